package io.trunkline.proxy.session;

import io.trunkline.config.RoutingParameters.AfterWrite;
import io.trunkline.failover.ClusterView;
import io.trunkline.proxy.metrics.LoopMetrics;
import io.trunkline.proxy.route.Plan;
import io.trunkline.proxy.route.Rule;
import io.trunkline.proxy.route.StatementGroup;

/** Counts the statements of a session that are on their way, and notes what the next ones have to heed. Event loop only. */
final class SentStatements {
    private final LoopServices loop;
    private final SessionNodes nodes;
    private final SessionState state;

    SentStatements(LoopServices loop, SessionNodes nodes, SessionState state) {
        this.loop = loop;
        this.nodes = nodes;
        this.state = state;
    }

    /** A statement is on its way. */
    void went(Plan plan, StatementGroup group, AttachedBackend backend) {
        LoopMetrics metrics = loop.metrics();
        metrics.statement(backend.node(), plan.destination(), nodes.choice().rule());
        metrics.sent(backend.node(), group);
        state.transaction.sent();
        if (state.transaction.isOpen() || loop.routing().afterWrite() == AfterWrite.ALWAYS) {
            rememberWrite(plan, backend);
        }
        if (!plan.rule().isOneStatement()) {
            state.transaction.staysOn(backend.node());
        }
        if (!plan.change().isNone()) {
            state.catalogChange = state.catalogChange.and(plan.change());
        }
        nodes.pooling().question().sent(plan);
    }

    private void rememberWrite(Plan plan, AttachedBackend backend) {
        Plan done = state.executed(plan);
        if (nodes.choice().rule().writes()
                || mayBeWrittenOn(backend) && nodes.choice().permission().mayWrite(done)) {
            boolean known = nodes.choice().rule() != Rule.NOT_LOOKED_UP
                    || !done.mentions().functions().isEmpty();
            state.wrote(done, known);
        }
    }

    private boolean mayBeWrittenOn(AttachedBackend backend) {
        ClusterView cluster = loop.cluster();
        return !cluster.hasPrimary()
                || cluster.primary() == backend.node()
                || state.transaction.writer() == backend.node();
    }
}
