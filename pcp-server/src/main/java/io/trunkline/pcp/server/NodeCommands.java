package io.trunkline.pcp.server;

import io.trunkline.config.ClusteringMode;
import io.trunkline.pcp.AdminOperations;
import io.trunkline.pcp.AdminOutcome;
import io.trunkline.pcp.NodeAction;
import io.trunkline.pcp.NodeFacts;
import io.trunkline.pcp.NodeWork;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The requests that do something with a node. What Pgpool-II refuses is refused with its words; to attach and to detach a
 * node is answered as soon as it is clear that it is done.
 */
final class NodeCommands {
    private static final Logger log = LoggerFactory.getLogger(NodeCommands.class);

    /** Ids are below this, as in Pgpool-II. */
    private static final int MAX_NODES = 128;

    private static final String RECOVERY_REFUSED = "process recovery request failed";
    private static final String PROMOTION_REFUSED = "could not process promote request";

    private final AdminOperations operations;
    private final Supplier<PcpSettings> settings;

    NodeCommands(AdminOperations operations, Supplier<PcpSettings> settings) {
        this.operations = operations;
        this.settings = settings;
    }

    // ---- into service

    CompletableFuture<PcpReply> attach(PcpRequest request, String asker) throws PcpFailure {
        int id = inRange(request.text(0), "invalid failback request");
        NodeFacts node = find(id).orElseThrow(() -> invalidForFailback(id, 0));
        // elsewhere Pgpool-II takes the request for a node that is up, and only its log says that nothing comes of it
        if (settings.get().mode() == ClusteringMode.RAW && node.status().isInService()) {
            throw invalidForFailback(id, node.status().number());
        }
        log.info("PCP: {} attaches node {}", asker, id);
        return operations.node(NodeAction.ATTACH, id).accepted().thenCompose(accepted -> {
            boolean isDone = accepted.done() || node.status().isInService();
            return isDone ? done('c') : failed(canceled("failback request", id, accepted.text()));
        });
    }

    private static PcpFailure invalidForFailback(int id, int status) {
        return PcpFailure.error(
                "invalid failback request, node id : " + id + " status: [" + status + "] not valid for failback", "");
    }

    // ---- out of service

    CompletableFuture<PcpReply> detach(PcpRequest request, String asker) throws PcpFailure {
        return detach(request, NodeAction.DETACH, asker).thenApply(work -> PcpReply.complete('d'));
    }

    /** Answered when nothing is open on the node any more, or after recovery_timeout. */
    CompletableFuture<PcpReply> detachGracefully(PcpRequest request, String asker) throws PcpFailure {
        int id = Numbers.parse(request.text(0)).orElse(-1);
        return detach(request, NodeAction.DETACH_GRACEFULLY, asker)
                .thenCompose(
                        work -> bounded(work.done(), settings.get().drainLimit().toMillis()))
                .thenCompose(ended -> operations.drained(id))
                .thenApply(isDrained -> PcpReply.complete('d'));
    }

    private CompletableFuture<NodeWork> detach(PcpRequest request, NodeAction action, String asker) throws PcpFailure {
        int id = inRange(request.text(0), "invalid degenerate backend request");
        NodeFacts node = find(id).orElseThrow(() -> invalidForFailover(id, 0));
        boolean wasDown = !node.status().isInService() && node.status() != NodeFacts.Status.QUARANTINE;
        log.info("PCP: {} detaches node {}", asker, id);
        // one that is down already is told too: it shall stay so
        NodeWork work = operations.node(action, id);
        return work.accepted().thenCompose(accepted -> {
            if (wasDown) {
                return failed(invalidForFailover(id, node.status().number()));
            }
            // the node goes even if no other can take its place
            if (accepted.done()
                    || find(id).filter(now -> !now.status().isInService()).isPresent()) {
                return CompletableFuture.completedFuture(work);
            }
            return failed(
                    settings.get().neverFailedOver().contains(id)
                            ? PcpFailure.error(
                                    canceledText("degenerate backend request", id)
                                            + " because failover is disallowed on the node",
                                    "")
                            : canceled("degenerate backend request", id, accepted.text()));
        });
    }

    private static PcpFailure invalidForFailover(int id, int status) {
        return PcpFailure.error(
                "invalid degenerate backend request, node id : " + id + " status: [" + status
                        + "] is not valid for failover",
                "");
    }

    private static PcpFailure canceled(String what, int id, String why) {
        return PcpFailure.error(canceledText(what, id), why);
    }

    private static String canceledText(String what, int id) {
        return what + " for node_id: " + id + " from pid ["
                + ProcessHandle.current().pid() + "] is canceled";
    }

    // ---- promotion

    /** A node number, and the option s where the present primary has to hand over. */
    CompletableFuture<PcpReply> promote(PcpRequest request, String asker) throws PcpFailure {
        String[] words = request.text(0).split(" ", -1);
        String option = request.secondText().orElse("");
        int id = valid(words[0], PROMOTION_REFUSED);
        if (settings.get().mode() != ClusteringMode.STREAMING_REPLICATION) {
            throw PcpFailure.fatal(
                    "invalid pgpool mode for process promote request",
                    "not in streaming replication mode, can't promote node id " + id);
        }
        if (find(id).filter(NodeFacts::isPrimary).isPresent()) {
            throw PcpFailure.fatal(
                    "invalid promote request", "specified node is already primary node, can't promote node id " + id);
        }
        boolean isSwitchover = option.startsWith("s");
        log.info("pcp_promote_node: promote option: {}", isSwitchover ? 's' : 'n');
        log.info("PCP: {} promotes node {}", asker, id);
        NodeWork work = operations.node(isSwitchover ? NodeAction.SWITCHOVER : NodeAction.PROMOTE, id);
        return bounded(work.done(), settings.get().limits().promotion().toMillis())
                .thenCompose(outcome -> outcome.isEmpty() || outcome.get().done()
                        ? done('d')
                        : failed(PcpFailure.error(
                                PROMOTION_REFUSED, outcome.get().text())));
    }

    // ---- recovery

    CompletableFuture<PcpReply> recover(PcpRequest request, String asker) throws PcpFailure {
        Interim.refuseIfFailoverRuns(operations.status());
        int id = valid(request.text(0), RECOVERY_REFUSED);
        if (settings.get().mode() != ClusteringMode.STREAMING_REPLICATION) {
            throw PcpFailure.error(
                    RECOVERY_REFUSED,
                    "recovery request is only allowed in replication and streaming replication modes.");
        }
        if (find(id).filter(NodeFacts::isPrimary).isPresent()) {
            throw PcpFailure.error(RECOVERY_REFUSED, "primary server cannot be recovered by online recovery.");
        }
        log.info("PCP: {} recovers node {}", asker, id);
        return operations
                .node(NodeAction.RECOVER, id)
                .done()
                .thenCompose(outcome -> outcome.done() ? done('c') : failed(recoveryFailure(outcome.text())));
    }

    /** The text is Pgpool-II's message, and its detail after a colon where that is of use to tell them apart. */
    private static PcpFailure recoveryFailure(String text) {
        String prefix = RECOVERY_REFUSED + ": ";
        return text.startsWith(prefix)
                ? PcpFailure.error(RECOVERY_REFUSED, text.substring(prefix.length()))
                : PcpFailure.error(text, "");
    }

    // ---- what they have in common

    private static int inRange(String text, String refusal) throws PcpFailure {
        int id = Numbers.parse(text).orElse(-1);
        if (id < 0 || id >= MAX_NODES) {
            throw PcpFailure.error(
                    refusal + ", node id: " + text + " is out of range. node id must be between [0 and " + MAX_NODES
                            + "]",
                    "");
        }
        return id;
    }

    private int valid(String text, String refusal) throws PcpFailure {
        int id = Numbers.parse(text).orElse(-1);
        if (find(id).isEmpty()) {
            throw PcpFailure.error(refusal, "node id " + text + " is not valid");
        }
        return id;
    }

    /** Empty where no node of that number is configured. */
    private Optional<NodeFacts> find(int id) {
        List<NodeFacts> nodes = operations.nodes();
        return id < 0 || id >= nodes.size()
                ? Optional.empty()
                : Optional.of(nodes.get(id)).filter(NodeFacts::isUsed);
    }

    private static CompletableFuture<PcpReply> done(char type) {
        return CompletableFuture.completedFuture(PcpReply.complete(type));
    }

    private static <T> CompletableFuture<T> failed(PcpFailure failure) {
        return CompletableFuture.failedFuture(failure);
    }

    /** What came of it, or nothing if it goes on for longer. */
    private static CompletableFuture<Optional<AdminOutcome>> bounded(
            CompletableFuture<AdminOutcome> work, long limitMillis) {
        return work.thenApply(Optional::of).completeOnTimeout(Optional.empty(), limitMillis, TimeUnit.MILLISECONDS);
    }
}
