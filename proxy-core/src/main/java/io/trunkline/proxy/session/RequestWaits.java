package io.trunkline.proxy.session;

import io.netty.util.concurrent.ScheduledFuture;
import io.trunkline.pool.NodeAddress;
import io.trunkline.pool.OpenFailure;
import io.trunkline.protocol.ServerMessage;
import io.trunkline.protocol.SqlState;
import io.trunkline.proxy.route.Destination;
import io.trunkline.proxy.route.Plan;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** What the request at hand of a session waits for, or why it cannot be served. Event loop only. */
final class RequestWaits {
    private static final long CATALOG_PAUSE_MILLIS = 5;

    /** So many pauses, a second in all. */
    private static final int CATALOG_PAUSES = 200;

    private final ClientSession session;
    private final BackendWish wish;
    private final PrimaryWait primary;
    private final LoopServices loop;
    private @Nullable ServerMessage refusal;

    /** How many pauses the request has waited for the catalog. */
    private int catalogPauses;

    private @Nullable ScheduledFuture<?> catalogRetry;

    RequestWaits(ClientSession session, LoopServices loop, BackendWish wish) {
        this.session = session;
        this.loop = loop;
        this.wish = wish;
        this.primary = new PrimaryWait(session, loop);
    }

    /** Whether the request that was asked for last cannot be served, for the reason {@link #takeRefusal()}. */
    boolean isRefused() {
        return refusal != null;
    }

    void refuse(ServerMessage why) {
        refusal = why;
    }

    ServerMessage takeRefusal() {
        ServerMessage message = Objects.requireNonNull(refusal);
        refusal = null;
        return message.isFatal() ? message.asError() : message;
    }

    /** There is no primary, or it takes no new transactions. */
    void awaitPrimary() {
        refusal = primary.begin(null);
    }

    /** No backend of the node could be opened that is to serve the request. */
    void failedToOpen(OpenFailure why) {
        ServerMessage message = why.message();
        boolean mayPass = !why.answered() || message.sqlState().equals(SqlState.CANNOT_CONNECT_NOW);
        refusal = mayPass ? primary.begin(message.asError()) : message;
    }

    /**
     * Asks for a backend; not while a node is left alone that could not be reached. As with an older Pgpool-II, a session
     * gets none to write while a second primary is missed that is to stay in service.
     *
     * @return as {@link BackendWish#make}
     */
    boolean awaitBackend(NodeAddress address, Plan plan) {
        if (plan.destination() == Destination.PRIMARY
                && loop.settings().likeOlderPgpool()
                && loop.cluster().missesRival()) {
            refusal = ServerMessage.error(SqlState.CONNECTION_FAILURE, "failed to create a backend connection")
                    .withDetail("executing failover on backend");
            return false;
        }
        return !primary.isPausing() && wish.make(address, plan);
    }

    /** Whether the session waits until others give back a backend of the node. */
    boolean isQueuedFor(int node) {
        return wish.isQueuedFor(node);
    }

    /**
     * Where a session does as with an older Pgpool-II: has the request offered again soon while what it asks of the catalog is
     * being looked up.
     *
     * @return whether it waits; not when it has waited long enough
     */
    boolean awaitsCatalog(boolean isKnown) {
        if (isKnown || !loop.settings().likeOlderPgpool()) {
            catalogPauses = 0;
            return false;
        }
        if (catalogPauses >= CATALOG_PAUSES) {
            return false;
        }
        if (catalogRetry == null) {
            catalogRetry = loop.eventLoop().schedule(this::retry, CATALOG_PAUSE_MILLIS, TimeUnit.MILLISECONDS);
        }
        return true;
    }

    private void retry() {
        catalogRetry = null;
        catalogPauses++;
        session.proceed();
    }

    /** The request has its backend. */
    void served() {
        catalogPauses = 0;
        primary.over();
    }

    /** Gives up a request that waits, with this error. @return whether one waited */
    boolean cancel(ServerMessage why) {
        boolean wished = wish.withdraw();
        boolean waited = primary.over();
        if (!wished && !waited) {
            return false;
        }
        refusal = why;
        session.proceed();
        return true;
    }

    /** Nodes have come or gone, or the primary has. */
    void clusterChanged() {
        if (wish.isOutdated()) {
            wish.withdraw();
            session.proceed();
        }
        primary.clusterChanged();
    }

    /** In a few words, for people; empty if no request waits. */
    String text() {
        int node = wish.wantedNode();
        return primary.isWaiting() ? "a primary" : node >= 0 ? "a connection to node " + node : "";
    }

    /** The session is over. */
    void end() {
        if (catalogRetry != null) {
            catalogRetry.cancel(false);
        }
        wish.withdraw();
        primary.over();
    }
}
