package io.trunkline.failover;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Asks nodes for their role, several at once, and notes what they say. The coordinator's thread only. */
final class Survey {
    private static final Logger log = LoggerFactory.getLogger(Survey.class);

    private final CoordinatorLoop loop;
    private final Outside outside;
    private final ClusterState state;

    Survey(CoordinatorLoop loop, Outside outside, ClusterState state) {
        this.loop = loop;
        this.outside = outside;
        this.state = state;
    }

    /**
     * Asks all of {@code nodes}.
     *
     * @param limitMillis after which the rest is not waited for
     * @param done gets those that have answered, by id
     * @return calls it off
     */
    Runnable ask(List<Node> nodes, long limitMillis, Consumer<List<Node>> done) {
        Round round = new Round(nodes, done);
        if (nodes.isEmpty()) {
            loop.execute(round::end);
        } else {
            round.timeout = loop.schedule(limitMillis, round::end);
            nodes.forEach(round::ask);
        }
        return round::callOff;
    }

    private final class Round {
        private final Set<Node> missing;
        private final List<Node> answered = new ArrayList<>();
        private final Consumer<List<Node>> done;
        private Runnable timeout = () -> {};
        private boolean over;

        Round(List<Node> nodes, Consumer<List<Node>> done) {
            this.missing = new HashSet<>(nodes);
            this.done = done;
        }

        void ask(Node node) {
            outside.ask(node.id(), new Outside.ReportAnswer() {
                @Override
                public void report(NodeReport report) {
                    noted(node, report);
                    if (!over) {
                        answered.add(node);
                    }
                    heard(node);
                }

                @Override
                public void failed(String why, boolean serverAnswered) {
                    silent(node, why, serverAnswered);
                    heard(node);
                }
            });
        }

        private void heard(Node node) {
            missing.remove(node);
            if (missing.isEmpty()) {
                end();
            }
        }

        void end() {
            if (!over) {
                callOff();
                // another round may have found it silent meanwhile
                answered.removeIf(node -> node.report == null);
                answered.sort((a, b) -> Integer.compare(a.id(), b.id()));
                done.accept(answered);
            }
        }

        void callOff() {
            over = true;
            timeout.run();
        }
    }

    private void noted(Node node, NodeReport report) {
        node.report = report;
        node.refusal = "";
        node.reachable = true;
        if (report.inRecovery()) {
            node.receivedAsStandby = report.received();
        }
        NodeRole role = report.inRecovery() ? NodeRole.STANDBY : NodeRole.PRIMARY;
        if (node.role != role) {
            log.info("find_primary_node: {} node is {}", report.inRecovery() ? "standby" : "primary", node.id());
            node.role = role;
        }
    }

    private void silent(Node node, String why, boolean serverAnswered) {
        if (serverAnswered && why.equals(node.refusal)) {
            log.debug("node {} still cannot be asked for its role: {}", node.id(), why);
        } else if (serverAnswered) {
            log.error("node {} cannot be asked for its role: {}", node.id(), why);
        } else if (node.reachable) {
            log.warn("node {} cannot be reached: {}", node.id(), why);
        }
        node.refusal = serverAnswered ? why : "";
        node.report = null;
        node.reachable = serverAnswered;
        node.lagBytes = OptionalLong.empty();
        node.lagTime = Optional.empty();
        node.replication = NodeView.Replication.NONE;
        state.publish();
    }
}
