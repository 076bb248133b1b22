package io.trunkline.proxy.cluster;

import io.trunkline.failover.ClusterMemory;
import io.trunkline.failover.state.StatusFile;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps what has to be known of the cluster after a restart, in {@code pgpool_status} and the file beside it. Writes on a
 * thread of its own, only what has changed, and of several changes in a row the last.
 */
public final class StateKeeper implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(StateKeeper.class);

    private final @Nullable StatusFile file;
    private final AtomicReference<@Nullable ClusterMemory> next = new AtomicReference<>();
    private final ThreadPoolExecutor writer;
    private @Nullable ClusterMemory saved;

    private StateKeeper(@Nullable StatusFile file) {
        this.file = file;
        this.writer = new ThreadPoolExecutor(0, 1, 1, TimeUnit.SECONDS, new LinkedBlockingQueue<>(), task -> {
            Thread thread = new Thread(task, "state file");
            thread.setDaemon(true);
            return thread;
        });
    }

    /** Keeps nothing: every start is as the first. */
    public static StateKeeper none() {
        return new StateKeeper(null);
    }

    public static StateKeeper in(StatusFile file) {
        return new StateKeeper(file);
    }

    /** work_dir; empty if nothing is kept. */
    Optional<Path> directory() {
        return Optional.ofNullable(file).map(StatusFile::directory);
    }

    ClusterMemory read(int nodes) {
        return file == null ? ClusterMemory.NONE : file.read(nodes);
    }

    /** The coordinator's thread. */
    void save(ClusterMemory memory) {
        if (file == null || memory.equals(saved)) {
            return;
        }
        saved = memory;
        if (next.getAndSet(memory) == null) {
            writer.execute(() -> write(file));
        }
    }

    private void write(StatusFile to) {
        ClusterMemory state = next.getAndSet(null);
        try {
            if (state != null) {
                to.write(state);
            }
        } catch (IOException e) {
            log.error("{} cannot be written: {}", to.path(), e.toString());
        }
    }

    /** Returns when everything is written. */
    @Override
    public void close() {
        writer.shutdown();
        try {
            if (!writer.awaitTermination(5, TimeUnit.SECONDS)) {
                log.error("the state of the nodes could not be written in time");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
