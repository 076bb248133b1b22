package io.trunkline.proxy.cluster;

import io.trunkline.failover.ClusterMemory;
import io.trunkline.failover.ClusterView;
import io.trunkline.failover.NodeStatus;
import io.trunkline.failover.state.SavedState;
import io.trunkline.failover.state.StatusFile;
import io.trunkline.pool.NodeAddress;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.IntFunction;
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
    private final AtomicReference<@Nullable SavedState> next = new AtomicReference<>();
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

    /** @param configured what a node is if nothing is known of it: waiting, or unused */
    ClusterMemory read(List<NodeAddress> addresses, IntFunction<NodeStatus> configured) {
        SavedState state = file == null
                ? new SavedState(0, ClusterView.NO_PRIMARY, OptionalInt.empty(), OptionalLong.empty(), List.of())
                : file.read(addresses.size());
        List<ClusterMemory.Former> nodes = new ArrayList<>();
        for (NodeAddress address : addresses) {
            NodeStatus status = configured.apply(address.node());
            boolean known = status != NodeStatus.UNUSED
                    && address.node() < state.nodes().size();
            boolean isDown = known && state.nodes().get(address.node()).status() == NodeStatus.DOWN;
            nodes.add(new ClusterMemory.Former(
                    address,
                    isDown ? NodeStatus.DOWN : status,
                    isDown && state.nodes().get(address.node()).detachedByAdministrator()));
        }
        return new ClusterMemory(nodes, state.primary(), state.timeline().orElse(0), state.systemIdentifier());
    }

    /** The coordinator's thread. */
    void save(ClusterView view, ClusterMemory memory) {
        if (file == null || memory.equals(saved)) {
            return;
        }
        saved = memory;
        List<SavedState.Node> nodes = new ArrayList<>();
        for (ClusterMemory.Former node : memory.nodes()) {
            nodes.add(new SavedState.Node(
                    node.status(), Optional.of(view.node(node.address().node()).statusSince()), node.detachedByHand()));
        }
        OptionalInt timeline = memory.timeline() == 0 ? OptionalInt.empty() : OptionalInt.of(memory.timeline());
        SavedState state = new SavedState(view.epoch(), memory.primary(), timeline, memory.systemIdentifier(), nodes);
        if (next.getAndSet(state) == null) {
            writer.execute(() -> write(file));
        }
    }

    private void write(StatusFile to) {
        SavedState state = next.getAndSet(null);
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
