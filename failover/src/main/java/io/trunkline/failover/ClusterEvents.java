package io.trunkline.failover;

import io.trunkline.config.NodeParameter;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The last changes of the cluster that people want to know of, with their reasons as far as they are known: what
 * SHOW POOL_EVENTS shows. Written on the coordinator's thread, read by any.
 */
public final class ClusterEvents {
    /** How many are kept. */
    public static final int LIMIT = 200;

    /**
     * A change.
     *
     * @param node -1 if it is of the cluster as a whole
     * @param what a few words, such as {@code down}
     * @param reason whose word led to it; empty if not known
     */
    public record Event(Instant at, int node, String what, String reason) {}

    private final ArrayDeque<Event> events = new ArrayDeque<>();
    private final CoordinatorLoop loop;
    private final @Nullable NodeRequest[] asked;
    private ClusterView before;

    ClusterEvents(CoordinatorLoop loop, ClusterView first) {
        this.loop = loop;
        this.before = first;
        this.asked = new NodeRequest[NodeParameter.MAX_NODES];
    }

    /** The oldest first. */
    public synchronized List<Event> last() {
        return new ArrayList<>(events);
    }

    /** Something is to be done with a node: what changes next of it, changes for that. */
    synchronized void asked(NodeRequest request) {
        if (request.node() >= 0 && request.node() < asked.length) {
            asked[request.node()] = request;
        }
    }

    /** It is done, or will not be. */
    synchronized void answered(NodeRequest request) {
        if (request.node() >= 0 && request.node() < asked.length && asked[request.node()] == request) {
            asked[request.node()] = null;
        }
    }

    /** The cluster has changed. */
    synchronized void changed(ClusterView now) {
        for (NodeView node : now.nodes()) {
            boolean isNew = node.id() >= before.nodes().size();
            NodeView old = isNew ? node : before.node(node.id());
            if (isNew && node.status() != NodeStatus.UNUSED) {
                add(node.id(), "added", "");
            } else if (old.status() != node.status()) {
                // that the first connection is made is nothing to speak of
                boolean isFirstUse = old.status() == NodeStatus.WAITING && node.status() == NodeStatus.UP;
                if (!isFirstUse) {
                    add(node.id(), node.status().text(), reason(node.id()));
                }
            } else if (old.readable() != node.readable() && node.status().isInService()) {
                add(node.id(), node.readable() ? "serves reads" : "serves no reads", "");
            }
        }
        if (now.primary() != before.primary() && now.hasPrimary()) {
            add(now.primary(), "primary", reasonOfPrimary(now.primary()));
        }
        if (now.writes() != before.writes()) {
            add(ClusterView.NO_PRIMARY, "writes " + now.writes().text(), "");
        }
        before = now;
    }

    private String reason(int node) {
        NodeRequest request = asked[node];
        asked[node] = null;
        return request == null ? "" : request.origin().toString();
    }

    private String reasonOfPrimary(int node) {
        return switch (before.writes()) {
            case AWAITED -> "failover";
            case HELD -> "switchover";
            default -> reason(node);
        };
    }

    private void add(int node, String what, String reason) {
        if (events.size() == LIMIT) {
            events.removeFirst();
        }
        events.addLast(new Event(loop.now(), node, what, reason));
    }
}
