package io.trunkline.proxy.session;

import io.trunkline.failover.NodeView;
import io.trunkline.proxy.route.Mentions;
import io.trunkline.proxy.route.Plan;
import io.trunkline.proxy.route.Rule;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.OptionalLong;

/** The answer to {@code EXPLAIN ROUTE}: where a statement would go now, by which rule, and the facts behind that. */
final class RouteReport {
    private final LoopServices loop;
    private final SessionState state;
    private final ReadPermission permission;
    private final List<List<String>> rows = new ArrayList<>();

    RouteReport(LoopServices loop, SessionState state, ReadPermission permission) {
        this.loop = loop;
        this.state = state;
        this.permission = permission;
    }

    /**
     * @param plan of the statement
     * @param node that it would go to; -1 if there is none
     * @param rule that decides
     */
    LocalResult of(Plan plan, int node, Rule rule) {
        if (node < 0) {
            row("node", "none: no primary node is known at the moment");
        } else {
            node(loop.cluster().node(node));
        }
        row("rule", rule.text());
        if (rule != plan.rule()) {
            row("by its text alone", plan.rule().text());
        }
        mentions(plan.mentions());
        row("transaction", transaction());
        if (state.pinnedTo() != SessionState.NOWHERE) {
            row("tied to", "node " + state.pinnedTo() + ": " + state.pinReason());
        }
        return LocalResult.table(List.of("item", "value"), rows);
    }

    private void node(NodeView node) {
        row("node", Integer.toString(node.id()));
        row("address", node.address().host() + ":" + node.address().port());
        boolean primary = node.id() == loop.cluster().primary();
        row("role", primary ? "primary" : node.role().name().toLowerCase(Locale.ROOT));
        OptionalLong lag = node.lagBytes();
        if (!primary) {
            row("replication delay", lag.isPresent() ? lag.getAsLong() + " bytes" : "not known");
        }
    }

    private void mentions(Mentions mentions) {
        permission.facts(mentions).forEach(fact -> row("catalog", fact));
    }

    private String transaction() {
        SessionTransaction transaction = state.transaction;
        if (!transaction.isOpen()) {
            return "none";
        }
        if (transaction.isFailed()) {
            return "failed";
        }
        String open = transaction.isDeferred() ? "open, begun on no node yet" : "open";
        return transaction.hasWritten() ? open + ", has written" : open;
    }

    private void row(String item, String value) {
        rows.add(List.of(item, value));
    }
}
