package io.trunkline.it;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Keeps a standby of the shared cluster behind the primary, until closed. */
final class Replay implements AutoCloseable {
    private final int node;
    private final CountDownLatch over = new CountDownLatch(1);
    private @Nullable CompletableFuture<@Nullable Void> toggling;

    private Replay(int node) {
        this.node = node;
    }

    /** Nothing is replayed any more. */
    static Replay paused(int node) {
        Replay replay = new Replay(node);
        replay.call("pg_wal_replay_pause()");
        return replay;
    }

    /** Replay stops and goes on, again and again. */
    static Replay stumbling(int node, long millis) {
        Replay replay = paused(node);
        replay.toggling = CompletableFuture.runAsync(() -> {
            for (boolean pause = false; !replay.isOver(millis); pause = !pause) {
                replay.call(pause ? "pg_wal_replay_pause()" : "pg_wal_replay_resume()");
            }
        });
        return replay;
    }

    private boolean isOver(long withinMillis) {
        try {
            return over.await(withinMillis, TimeUnit.MILLISECONDS);
        } catch (InterruptedException stop) {
            Thread.currentThread().interrupt();
            return true;
        }
    }

    private void call(String function) {
        Cluster.shared().node(node).query("SELECT " + function);
    }

    @Override
    public void close() {
        over.countDown();
        try {
            if (toggling != null) {
                toggling.join();
            }
        } finally {
            call("pg_wal_replay_resume()");
        }
    }
}
