package io.trunkline.failover;

import io.trunkline.pool.NodeAddress;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/** What the coordinator knows of one node. Its thread only. */
final class Node {
    final NodeAddress address;
    CoordinatorSettings.Slot slot;
    private NodeStatus status;
    private Instant statusSince;
    NodeRole role = NodeRole.UNKNOWN;

    /** Whether the last question to it, whoever asked, got an answer. */
    boolean reachable;

    boolean readable = true;
    boolean draining;
    OptionalLong lagBytes = OptionalLong.empty();
    Optional<Duration> lagTime = Optional.empty();
    NodeView.Replication replication = NodeView.Replication.NONE;

    /** It said last that it is a primary, and was not taken for the one that counts. */
    boolean rival;

    /** An administrator has taken it out of service: it does not come back by itself. */
    boolean detachedByHand;

    /** How far it was when it last said that it is a standby. */
    OptionalLong receivedAsStandby = OptionalLong.empty();

    /** Why it could not be asked when it answered with an error; empty if it could. */
    String refusal = "";

    /** What it said last; null before, and after it has failed to answer. */
    @Nullable
    NodeReport report;

    Node(NodeAddress address, CoordinatorSettings.Slot slot, NodeStatus status, Instant since) {
        this.address = address;
        this.slot = slot;
        this.status = status;
        this.statusSince = since;
        this.reachable = status != NodeStatus.UNUSED;
    }

    /** A gap in the numbering. */
    static Node unused(NodeAddress address, Instant now) {
        return new Node(address, CoordinatorSettings.Slot.unused(address.node()), NodeStatus.UNUSED, now);
    }

    int id() {
        return address.node();
    }

    NodeStatus status() {
        return status;
    }

    Instant statusSince() {
        return statusSince;
    }

    /** The first connection to a node that is in service is no change of that. */
    void status(NodeStatus next, Instant now) {
        boolean isAnother = next != status && !(next.isInService() && status.isInService());
        status = next;
        if (isAnother) {
            statusSince = now;
        }
    }

    boolean isUsed() {
        return status != NodeStatus.UNUSED;
    }

    boolean isInService() {
        return status.isInService();
    }

    /** Whether it has said, when asked last, that it takes writes. */
    boolean claimsToBePrimary() {
        return report != null && !report.inRecovery();
    }

    /** As it stands in the log: {@code host(port)}. */
    String hostAndPort() {
        return address.host() + "(" + address.port() + ")";
    }

    CommandCall.Node forCommand() {
        return new CommandCall.Node(id(), address.host(), address.port(), slot.dataDirectory());
    }

    NodeView view() {
        return new NodeView(
                address,
                slot.weight(),
                status,
                role,
                lagBytes,
                lagTime,
                replication,
                reachable,
                statusSince,
                readable,
                draining,
                detachedByHand && !isInService(),
                rival && !reachable && isInService() && !slot.mayFail());
    }
}
