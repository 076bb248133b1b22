package io.trunkline.failover;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Predicate;

/**
 * Looks at all nodes in service at once, for somebody who is to be told how they are now and not how they were when they
 * were checked last. A node that is not there is treated as if a session had had trouble with it, and what comes of that is
 * waited for. Any client may ask for it, so those that ask at the same time share the connections to the nodes. The
 * coordinator's thread only.
 */
final class ClusterLook {
    /** Looks under way at most: who asks for one more gets what the last of them sees. */
    static final int LIMIT = 4;

    private static final long POLL_MILLIS = 50;

    private final CoordinatorLoop loop;
    private final Outside outside;
    private final ClusterState state;
    private final BooleanSupplier isFailingOver;
    private final Predicate<Node> mayFail;
    private final Consumer<Node> absent;
    private CompletableFuture<Void> last = CompletableFuture.completedFuture(null);
    private int underWay;

    /**
     * @param mayFail whether a node that is not there is taken out of service
     * @param absent is told of each that is not
     */
    ClusterLook(
            CoordinatorLoop loop,
            Outside outside,
            ClusterState state,
            BooleanSupplier isFailingOver,
            Predicate<Node> mayFail,
            Consumer<Node> absent) {
        this.loop = loop;
        this.outside = outside;
        this.state = state;
        this.isFailingOver = isFailingOver;
        this.mayFail = mayFail;
        this.absent = absent;
    }

    /** The future completes when all is known and done, or after the time. */
    CompletableFuture<Void> look(long limitMillis) {
        if (underWay == LIMIT) {
            return last;
        }
        CompletableFuture<Void> seen = new CompletableFuture<>();
        underWay++;
        last = seen;
        long end = loop.nowMillis() + limitMillis;
        List<Node> asked = state.inService();
        Set<Node> open = new HashSet<>(asked);
        for (Node node : asked) {
            outside.checkHealth(node.id(), outcome -> {
                boolean isGone = outcome.kind() == HealthOutcome.Kind.DEAD && !outcome.timedOut();
                if (isGone) {
                    absent.accept(node);
                }
                if (!isGone || !mayFail.test(node)) {
                    open.remove(node);
                }
            });
        }
        await(open, end, seen);
        return seen;
    }

    private void await(Set<Node> open, long end, CompletableFuture<Void> seen) {
        open.removeIf(node -> !node.isInService());
        if (open.isEmpty() && !isFailingOver.getAsBoolean() || loop.nowMillis() >= end) {
            underWay--;
            seen.complete(null);
        } else {
            loop.schedule(POLL_MILLIS, () -> await(open, end, seen));
        }
    }
}
