package io.trunkline.proxy.cluster;

import io.trunkline.failover.ClusterView;
import io.trunkline.failover.NodeEvents;
import io.trunkline.pool.BackendConnection;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * Where sessions know the cluster from, and whom they tell what they see of it: a coordinator of this process, or, after a
 * restart for those who go on in the old process, that of another. Methods may be called from any thread.
 */
public final class ClusterSource implements NodeEvents {
    /** Hears of what sessions see while the coordinator is elsewhere. */
    public interface Hints {
        Hints NONE = (node, why, byServer) -> {};

        /** @param byServer whether the server has said that it is being shut down */
        void failed(int node, String why, boolean byServer);
    }

    private volatile @Nullable ClusterServices services;

    /** What another process says; null while this one decides. */
    private volatile @Nullable ClusterView followed;

    private volatile Hints hints = Hints.NONE;

    /** From now on this process decides; {@code own} is to be started next. */
    public void lead(ClusterServices own) {
        services = own;
        followed = null;
        hints = Hints.NONE;
    }

    /**
     * Stops deciding as soon as nothing is under way; the view stays as it is until another process says something else.
     * Blocks until all that is to be kept has been written.
     *
     * @return false if something was still under way at the end of the limit; all goes on as before then
     */
    public boolean release(Duration limit) throws InterruptedException {
        ClusterServices own = services();
        try {
            own.release(limit, last -> followed = last).get(limit.toMillis() * 2, TimeUnit.MILLISECONDS);
        } catch (TimeoutException | java.util.concurrent.ExecutionException e) {
            return false;
        }
        if (followed == null) {
            return false;
        }
        own.close();
        return true;
    }

    /** Another process decides, and is told what sessions see. Only after {@link #release}. */
    public void tell(Hints other) {
        hints = other;
    }

    /** What another process says of the cluster. Only after {@link #release}. */
    public void follow(ClusterView view) {
        followed = view;
    }

    public ClusterView view() {
        ClusterView told = followed;
        return told != null ? told : services().view();
    }

    /** The coordinator of this process with what works for it, be it that it has stopped. */
    public ClusterServices services() {
        ClusterServices own = services;
        if (own == null) {
            throw new IllegalStateException("nothing is known of the cluster yet");
        }
        return own;
    }

    /** Looks at every node now, if this process decides. */
    public CompletableFuture<Void> look(long limitMillis) {
        return followed == null ? services().look(limitMillis) : CompletableFuture.completedFuture(null);
    }

    /** Ends what there is of it. */
    public void close() {
        ClusterServices own = services;
        if (own != null && followed == null) {
            own.close();
        }
    }

    @Override
    public void connected(BackendConnection backend) {
        if (followed == null) {
            services().nodeEvents().connected(backend);
        }
    }

    @Override
    public void unreachable(int node, String why) {
        if (followed == null) {
            services().nodeEvents().unreachable(node, why);
        } else {
            hints.failed(node, why, false);
        }
    }

    @Override
    public void shutDown(int node) {
        if (followed == null) {
            services().nodeEvents().shutDown(node);
        } else {
            hints.failed(node, "it is being shut down", true);
        }
    }
}
