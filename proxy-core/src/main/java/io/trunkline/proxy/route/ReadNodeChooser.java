package io.trunkline.proxy.route;

import io.trunkline.config.Redirect;
import io.trunkline.failover.ClusterView;
import io.trunkline.failover.NodeView;
import io.trunkline.sql.RouteHint;
import java.util.List;
import java.util.function.DoubleSupplier;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Chooses the node for the reads of one session. The first of these that names a node which can be used:
 *
 * <ol>
 *   <li>the first entry that matches in the redirect list for applications, then databases, then users;
 *   <li>the weights, which the primary takes part in with its own;
 *   <li>the primary, then any node.
 * </ol>
 *
 * <p>An entry with a ratio is a draw: with that probability its target, else the others. A target needs no weight.
 * Whether the node is too far behind the primary is asked at each read ({@link #forRead}), as that changes while
 * the choice stays. The answers depend on nothing but the arguments and the random
 * source; what is kept is which redirects match. Not safe for several threads.
 */
public final class ReadNodeChooser {
    private static final Logger log = LoggerFactory.getLogger(ReadNodeChooser.class);
    private static final Rule[] REDIRECTS = {Rule.APPLICATION_REDIRECT, Rule.DATABASE_REDIRECT, Rule.USER_REDIRECT};

    private final Reader who;
    private final DoubleSupplier random;

    /** Whose redirects {@link #matched} are: matching costs more than choosing. */
    private @Nullable RoutingRules matchedOf;

    private final @Nullable Redirect[] matched = new Redirect[3];

    /** @param random numbers from 0 to below 1 */
    public ReadNodeChooser(Reader who, DoubleSupplier random) {
        this.who = who;
        this.random = random;
    }

    /**
     * The node for the reads of a session, or of one statement.
     *
     * @param avoid a node that has just failed; -1 = none
     * @return {@link ReadNode#NOWHERE} if no node is in service
     */
    public ReadNode choose(RoutingRules rules, ClusterView cluster, int avoid) {
        ReadNode chosen = chosen(rules, cluster, avoid);
        log.debug("selecting load balance node {} ({})", chosen.id(), chosen.rule());
        return chosen;
    }

    private ReadNode chosen(RoutingRules rules, ClusterView cluster, int avoid) {
        match(rules);
        for (int i = 0; i < matched.length; i++) {
            Redirect redirect = matched[i];
            int node = redirect == null ? ReadNode.NONE : redirected(redirect, cluster, avoid);
            if (node >= 0) {
                return new ReadNode(node, REDIRECTS[i]);
            }
        }
        int node = byWeight(cluster, avoid, any -> true);
        return node >= 0 ? new ReadNode(node, Rule.WEIGHT) : withoutWeight(cluster, avoid);
    }

    private void match(RoutingRules rules) {
        if (matchedOf != rules) {
            matchedOf = rules;
            matched[0] = firstMatch(rules.redirectsByApplication(), who.application());
            matched[1] = firstMatch(rules.redirectsByDatabase(), who.database());
            matched[2] = firstMatch(rules.redirectsByUser(), who.user());
        }
    }

    private static @Nullable Redirect firstMatch(List<Redirect> list, String name) {
        for (Redirect redirect : list) {
            if (redirect.matches(name)) {
                return redirect;
            }
        }
        return null;
    }

    /** @return -1 if the target cannot be used: then the entry does not count */
    private int redirected(Redirect redirect, ClusterView cluster, int avoid) {
        if (redirect.target() == Redirect.Target.STANDBY) {
            int standby = standby(cluster, avoid);
            boolean wanted = standby >= 0 && isDrawn(redirect.ratio());
            return wanted || !isUsable(cluster, cluster.primary(), avoid) ? standby : cluster.primary();
        }
        int target = redirect.node().orElse(cluster.primary());
        if (!isUsable(cluster, target, avoid)) {
            return ReadNode.NONE;
        }
        if (isDrawn(redirect.ratio())) {
            return target;
        }
        int other = byWeight(cluster, avoid, node -> node.id() != target);
        return other >= 0 ? other : withoutWeight(cluster, avoid).id();
    }

    private boolean isDrawn(double ratio) {
        return ratio >= 1 || random.getAsDouble() < ratio;
    }

    /** A standby by weight; where none has a weight all are alike, as a standby was asked for. */
    private int standby(ClusterView cluster, int avoid) {
        int standby = byWeight(cluster, avoid, node -> node.id() != cluster.primary());
        return standby >= 0 ? standby : evenly(cluster, avoid, node -> node.id() != cluster.primary());
    }

    private int byWeight(ClusterView cluster, int avoid, Predicate<NodeView> allowed) {
        return draw(cluster, node -> node.id() != avoid && node.isUsable() && allowed.test(node) ? node.weight() : 0);
    }

    private int evenly(ClusterView cluster, int avoid, Predicate<NodeView> allowed) {
        return draw(cluster, node -> node.id() != avoid && node.isUsable() && allowed.test(node) ? 1 : 0);
    }

    private interface Share {
        double of(NodeView node);
    }

    /** A node by its share; -1 if none has one. */
    private int draw(ClusterView cluster, Share share) {
        double sum = 0;
        for (NodeView node : cluster.nodes()) {
            sum += share.of(node);
        }
        if (sum <= 0) {
            return ReadNode.NONE;
        }
        double left = random.getAsDouble() * sum;
        int last = ReadNode.NONE;
        for (NodeView node : cluster.nodes()) {
            double part = share.of(node);
            if (part > 0) {
                last = node.id();
                left -= part;
                if (left < 0) {
                    break;
                }
            }
        }
        return last;
    }

    private static ReadNode withoutWeight(ClusterView cluster, int avoid) {
        if (isUsable(cluster, cluster.primary(), avoid)) {
            return new ReadNode(cluster.primary(), Rule.NO_WEIGHT);
        }
        for (NodeView node : cluster.nodes()) {
            if (node.id() != avoid && node.isUsable()) {
                return new ReadNode(node.id(), Rule.NO_WEIGHT);
            }
        }
        return ReadNode.NOWHERE;
    }

    private static boolean isUsable(ClusterView cluster, int node, int avoid) {
        return node >= 0
                && node != avoid
                && node < cluster.nodes().size()
                && cluster.node(node).isUsable();
    }

    // ---- one read

    /**
     * The node for one read. Allocates nothing where the session's own node serves it.
     *
     * @param hint what a comment asks for; a node that it names is taken however far it is behind
     * @param own the session's node for reads: it stays where the hint allows it, or asks for what there is not
     */
    public ReadNode forRead(RoutingRules rules, ClusterView cluster, @Nullable RouteHint hint, ReadNode own) {
        ReadNode node = hint == null ? own : hinted(hint, cluster, own);
        boolean named = hint != null && hint.target() != RouteHint.Target.STANDBY && node.rule() == Rule.HINT;
        return !named && isTooFarBehind(rules, cluster, node.id()) ? insteadOfDelayed(rules, cluster) : node;
    }

    private ReadNode hinted(RouteHint hint, ClusterView cluster, ReadNode own) {
        int primary = cluster.primary();
        int node = switch (hint.target()) {
            case PRIMARY, NO_LOAD_BALANCE -> primary;
            case NODE -> hint.node();
            case STANDBY -> isStandby(own.id(), cluster) ? own.id() : standby(cluster, ReadNode.NONE);
        };
        boolean kept = node != primary && !isUsable(cluster, node, ReadNode.NONE);
        return kept ? own : new ReadNode(node, Rule.HINT);
    }

    private static boolean isStandby(int node, ClusterView cluster) {
        return node != cluster.primary() && isUsable(cluster, node, ReadNode.NONE);
    }

    // ---- delay

    /**
     * Whether a node is too far behind the primary for a read. A delay that is not known counts as too far while a
     * threshold is set. Without a primary that could take the read no node is.
     */
    static boolean isTooFarBehind(RoutingRules rules, ClusterView cluster, int node) {
        return node >= 0
                && node != cluster.primary()
                && isUsable(cluster, cluster.primary(), ReadNode.NONE)
                && isOverThreshold(rules, cluster.node(node));
    }

    private static boolean isOverThreshold(RoutingRules rules, NodeView node) {
        if (isMeasuredInTime(rules, node)) {
            return node.lagTime().orElseThrow().compareTo(rules.delayThresholdByTime()) > 0;
        }
        return rules.delayThreshold() > 0 && node.lagBytes().orElse(Long.MAX_VALUE) > rules.delayThreshold();
    }

    private static boolean isMeasuredInTime(RoutingRules rules, NodeView node) {
        return !rules.delayThresholdByTime().isZero() && node.lagTime().isPresent();
    }

    /**
     * The node for a read whose own node {@link #isTooFarBehind}: the primary, or with prefer_lower_delay_standby the
     * standby that is least behind, if its delay is allowed and it has a weight.
     */
    private ReadNode insteadOfDelayed(RoutingRules rules, ClusterView cluster) {
        if (rules.preferLowerDelay()) {
            long least = Long.MAX_VALUE;
            for (NodeView node : cluster.nodes()) {
                least = mayReplace(rules, cluster, node) ? Math.min(least, delay(rules, node)) : least;
            }
            long limit = least;
            int standby = byWeight(
                    cluster, ReadNode.NONE, node -> mayReplace(rules, cluster, node) && delay(rules, node) == limit);
            if (standby >= 0) {
                return new ReadNode(standby, Rule.LEAST_DELAYED);
            }
        }
        return new ReadNode(cluster.primary(), Rule.TOO_FAR_BEHIND);
    }

    private static boolean mayReplace(RoutingRules rules, ClusterView cluster, NodeView node) {
        return node.id() != cluster.primary() && node.weight() > 0 && node.isUsable() && !isOverThreshold(rules, node);
    }

    /** In nanoseconds, or in bytes where the threshold is in bytes. */
    private static long delay(RoutingRules rules, NodeView node) {
        return isMeasuredInTime(rules, node)
                ? node.lagTime().orElseThrow().toNanos()
                : node.lagBytes().orElse(Long.MAX_VALUE);
    }
}
