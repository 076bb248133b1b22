package io.trunkline.proxy.route;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.trunkline.failover.ClusterView;
import io.trunkline.failover.NodeRole;
import io.trunkline.failover.NodeStatus;
import io.trunkline.failover.NodeView;
import io.trunkline.pool.NodeAddress;
import io.trunkline.sql.RouteHint;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Random;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Node 0 is the primary, 1 and 2 are standbys. */
class ReadNodeChooserTest {
    private static final Reader WHO = new Reader("report", "sales", "ann");
    private static final RouteHint STANDBY_HINT = new RouteHint(RouteHint.Target.STANDBY, -1);
    private static final String[] CHECKED = {"sr_check_user = 'checker'", "sr_check_period = 1"};
    private static final int NOTHING = -1;

    /** What the random source says next; a choice that asks for more fails the test. */
    private final List<Double> draws = new ArrayList<>();

    private final ReadNodeChooser chooser = new ReadNodeChooser(WHO, () -> draws.remove(0));

    // ---- weights

    @Test
    void readsAreSpreadByWeightAndThePrimaryTakesPart() {
        ClusterView cluster = cluster(node(0, 0.5), node(1, 0.3), node(2, 0.2));
        ReadNodeChooser random = new ReadNodeChooser(WHO, new Random(42)::nextDouble);
        int[] hits = new int[3];
        for (int i = 0; i < 100_000; i++) {
            hits[random.choose(Rules.of(), cluster, NOTHING).id()]++;
        }
        assertThat(hits[0] / 100_000.0).isCloseTo(0.5, within(0.01));
        assertThat(hits[1] / 100_000.0).isCloseTo(0.3, within(0.01));
        assertThat(hits[2] / 100_000.0).isCloseTo(0.2, within(0.01));
    }

    @Test
    void drawsFallIntoTheNodesShares() {
        ClusterView cluster = cluster(node(0, 0.5), node(1, 0.25), node(2, 0.25));
        assertThat(chosen(cluster, 0.49)).isEqualTo(new ReadNode(0, Rule.WEIGHT));
        assertThat(chosen(cluster, 0.5)).isEqualTo(new ReadNode(1, Rule.WEIGHT));
        assertThat(chosen(cluster, 0.75)).isEqualTo(new ReadNode(2, Rule.WEIGHT));
    }

    @Test
    void withoutAnyWeightThePrimaryIsRead() {
        assertThat(chosen(cluster(node(0, 0), node(1, 0), node(2, 0)))).isEqualTo(new ReadNode(0, Rule.NO_WEIGHT));
    }

    @Test
    void withoutAnyWeightAndWithoutAPrimaryTheFirstNodeInServiceIsRead() {
        ClusterView cluster = new ClusterView(1, List.of(down(0), node(1, 0), node(2, 0)), -1);
        assertThat(chosen(cluster)).isEqualTo(new ReadNode(1, Rule.NO_WEIGHT));
    }

    @Test
    void withoutANodeInServiceThereIsNone() {
        assertThat(chosen(new ClusterView(1, List.of(down(0), down(1)), -1))).isEqualTo(ReadNode.NOWHERE);
    }

    @Test
    void aNodeThatDoesNotAnswerOrIsOutOfServiceIsNotChosen() {
        assertThat(chosen(cluster(node(0, 0), down(1), node(2, 0.1)), 0.0).id()).isEqualTo(2);
        assertThat(chosen(cluster(node(0, 0), unreachable(1), node(2, 0.1)), 0.0)
                        .id())
                .isEqualTo(2);
    }

    // ---- redirects

    @Test
    void theListForApplicationsGoesBeforeDatabasesAndThoseBeforeUsers() {
        String user = "user_redirect_preference_list = 'ann:2'";
        String database = "database_redirect_preference_list = 'sales:1'";
        String application = "app_name_redirect_preference_list = 'report:0'";
        assertThat(redirected(user)).isEqualTo(new ReadNode(2, Rule.USER_REDIRECT));
        assertThat(redirected(user, database)).isEqualTo(new ReadNode(1, Rule.DATABASE_REDIRECT));
        assertThat(redirected(user, database, application)).isEqualTo(new ReadNode(0, Rule.APPLICATION_REDIRECT));
    }

    @Test
    void theFirstEntryThatMatchesCounts() {
        assertThat(redirected("app_name_redirect_preference_list = 'psql:0,rep.*:1,report:2'")
                        .id())
                .isEqualTo(1);
    }

    @Test
    void anEntryMatchesTheWholeNameInAnyCase() {
        assertThat(redirected("app_name_redirect_preference_list = 'REPORT:1'").id())
                .isEqualTo(1);
        draws.add(0.0);
        assertThat(redirected("app_name_redirect_preference_list = 'rep:1'").rule())
                .isEqualTo(Rule.WEIGHT);
    }

    @Test
    void aTargetNeedsNoWeight() {
        RoutingRules rules = Rules.of("user_redirect_preference_list = 'ann:2'");
        assertThat(chooser.choose(rules, cluster(node(0, 0.5), node(1, 0.5), node(2, 0)), NOTHING))
                .isEqualTo(new ReadNode(2, Rule.USER_REDIRECT));
    }

    @Test
    void aTargetOutOfServiceLeavesTheNextListToDecide() {
        RoutingRules rules = Rules.of(
                "app_name_redirect_preference_list = 'report:1'", "database_redirect_preference_list = 'sales:2'");
        ClusterView cluster = cluster(node(0, 1), down(1), node(2, 0));
        assertThat(chooser.choose(rules, cluster, NOTHING)).isEqualTo(new ReadNode(2, Rule.DATABASE_REDIRECT));
    }

    @Test
    void aTargetThatIsNotConfiguredLeavesTheWeightsToDecide() {
        draws.add(0.0);
        assertThat(redirected("user_redirect_preference_list = 'ann:7'").rule()).isEqualTo(Rule.WEIGHT);
    }

    @Test
    void theRatioIsTheProbabilityOfTheTarget() {
        RoutingRules rules = Rules.of("user_redirect_preference_list = 'ann:1(0.3)'");
        ClusterView cluster = cluster(node(0, 0.25), node(1, 0.5), node(2, 0.25));
        ReadNodeChooser random = new ReadNodeChooser(WHO, new Random(7)::nextDouble);
        int[] hits = new int[3];
        for (int i = 0; i < 100_000; i++) {
            hits[random.choose(rules, cluster, NOTHING).id()]++;
        }
        assertThat(hits[0] / 100_000.0).isCloseTo(0.35, within(0.01));
        assertThat(hits[1] / 100_000.0).isCloseTo(0.3, within(0.01));
        assertThat(hits[2] / 100_000.0).isCloseTo(0.35, within(0.01));
    }

    @Test
    void theOthersAreThePrimaryWhereNoneHasAWeight() {
        RoutingRules rules = Rules.of("user_redirect_preference_list = 'ann:1(0.3)'");
        draws.add(0.3);
        assertThat(chooser.choose(rules, cluster(node(0, 0), node(1, 1), node(2, 0)), NOTHING)
                        .id())
                .isZero();
    }

    @Test
    void aStandbyIsDrawnByWeightAmongStandbys() {
        RoutingRules rules = Rules.of("user_redirect_preference_list = 'ann:standby'");
        ClusterView cluster = cluster(node(0, 0.8), node(1, 0.05), node(2, 0.15));
        draws.addAll(List.of(0.24, 0.26));
        assertThat(chooser.choose(rules, cluster, NOTHING)).isEqualTo(new ReadNode(1, Rule.USER_REDIRECT));
        assertThat(chooser.choose(rules, cluster, NOTHING)).isEqualTo(new ReadNode(2, Rule.USER_REDIRECT));
    }

    @Test
    void besidesAStandbyThereIsThePrimary() {
        RoutingRules rules = Rules.of("user_redirect_preference_list = 'ann:standby(0.4)'");
        draws.addAll(List.of(0.0, 0.4));
        assertThat(chooser.choose(rules, cluster(node(0, 0), node(1, 1), node(2, 1)), NOTHING))
                .isEqualTo(new ReadNode(0, Rule.USER_REDIRECT));
    }

    @Test
    void standbysWithoutWeightAreAllAlikeWhereAStandbyIsAskedFor() {
        RoutingRules rules = Rules.of("user_redirect_preference_list = 'ann:standby'");
        draws.addAll(List.of(0.49, 0.51));
        ClusterView cluster = cluster(node(0, 1), node(1, 0), node(2, 0));
        assertThat(chooser.choose(rules, cluster, NOTHING).id()).isEqualTo(1);
        assertThat(chooser.choose(rules, cluster, NOTHING).id()).isEqualTo(2);
    }

    @Test
    void changedListsHoldForTheNextChoice() {
        assertThat(redirected("user_redirect_preference_list = 'ann:1'").id()).isEqualTo(1);
        assertThat(redirected("user_redirect_preference_list = 'ann:2'").id()).isEqualTo(2);
    }

    @Property
    void whatIsChosenIsInServiceAndNotTheOneToAvoid(
            @ForAll("nodes") List<NodeView> drawn,
            @ForAll @IntRange(min = -1, max = 3) int primary,
            @ForAll @IntRange(min = -1, max = 3) int avoid,
            @ForAll @Size(3) List<@DoubleRange(min = 0, max = 0.99) Double> numbers,
            @ForAll("redirect") String redirect) {
        List<NodeView> nodes = new ArrayList<>();
        for (int id = 0; id < drawn.size(); id++) {
            NodeView like = drawn.get(id);
            nodes.add(node(id, like.weight(), like.status(), like.reachable(), like.lagBytes()));
        }
        ClusterView cluster = new ClusterView(1, nodes, primary < nodes.size() ? primary : -1);
        List<Double> left = new ArrayList<>(numbers);
        ReadNode chosen = new ReadNodeChooser(WHO, () -> left.remove(0))
                .choose(Rules.of("user_redirect_preference_list = 'ann:" + redirect + "'"), cluster, avoid);
        boolean possible = nodes.stream().anyMatch(node -> node.isUsable() && node.id() != avoid);
        assertThat(chosen.exists()).isEqualTo(possible);
        if (possible) {
            assertThat(cluster.node(chosen.id()).isUsable()).isTrue();
            assertThat(chosen.id()).isNotEqualTo(avoid);
        }
    }

    @Provide
    Arbitrary<List<NodeView>> nodes() {
        Arbitrary<NodeView> node = Combinators.combine(
                        Arbitraries.of(0.0, 0.2, 1.0), Arbitraries.of(NodeStatus.class), Arbitraries.of(true, false))
                .as((weight, status, reachable) -> node(0, weight, status, reachable, OptionalLong.empty()));
        return node.list().ofMinSize(1).ofMaxSize(4);
    }

    @Provide
    Arbitrary<String> redirect() {
        return Arbitraries.of("primary", "standby", "0", "1", "3", "primary(0.5)", "standby(0.5)", "1(0.5)", "2(0)");
    }

    // ---- delay

    @Test
    void aStandbyOverTheThresholdIsReplacedByThePrimary() {
        RoutingRules rules = delayed("delay_threshold = 1000");
        assertThat(read(rules, lagging(1000, 0), 1)).isEqualTo(new ReadNode(1, Rule.WEIGHT));
        assertThat(read(rules, lagging(1001, 0), 1)).isEqualTo(new ReadNode(0, Rule.TOO_FAR_BEHIND));
    }

    @Test
    void aDelayThatIsNotKnownIsTooFarOnlyWhereThereIsAThreshold() {
        ClusterView cluster = cluster(node(0, 0), node(1, 1), node(2, 1));
        assertThat(read(delayed("delay_threshold = 1000"), cluster, 1).id()).isZero();
        assertThat(read(delayed(), cluster, 1).id()).isEqualTo(1);
    }

    @Test
    void withoutRegularChecksNothingIsTooFarBehind() {
        ClusterView cluster = lagging(5000, 5000);
        assertThat(read(Rules.of("delay_threshold = 1000", "sr_check_user = 'c'", "sr_check_period = 0"), cluster, 1)
                        .id())
                .isEqualTo(1);
        assertThat(read(Rules.of("delay_threshold = 1000"), cluster, 1).id()).isEqualTo(1);
    }

    @Test
    void theThresholdInTimeGoesBeforeTheOneInBytes() {
        RoutingRules rules = delayed("delay_threshold = 1000", "delay_threshold_by_time = 2s");
        ClusterView fastButFull =
                cluster(node(0, 0), timed(1, 5000, Duration.ofSeconds(1)), timed(2, 0, Duration.ofMillis(2001)));
        assertThat(read(rules, fastButFull, 1).id()).isEqualTo(1);
        assertThat(read(rules, fastButFull, 2).id()).isZero();
    }

    @Test
    void theLeastDelayedStandbyIsTakenWhereItIsPreferred() {
        RoutingRules rules = delayed("delay_threshold = 1000", "prefer_lower_delay_standby = on");
        draws.add(0.5);
        assertThat(read(rules, lagging(2000, 999), 1)).isEqualTo(new ReadNode(2, Rule.LEAST_DELAYED));
        assertThat(read(rules, lagging(2000, 1001), 1)).isEqualTo(new ReadNode(0, Rule.TOO_FAR_BEHIND));
    }

    @Test
    void theLeastDelayedStandbyNeedsAWeight() {
        RoutingRules rules = delayed("delay_threshold = 1000", "prefer_lower_delay_standby = on");
        ClusterView cluster = cluster(node(0, 1), lag(1, 1, 2000), lag(2, 0, 10));
        assertThat(read(rules, cluster, 1).id()).isZero();
    }

    @Test
    void amongStandbysThatAreEquallyLittleBehindTheWeightsDecide() {
        RoutingRules rules = delayed("delay_threshold = 1000", "prefer_lower_delay_standby = on");
        ClusterView cluster = cluster(node(0, 0), lag(1, 0.5, 2000), lag(2, 0.1, 10), lag(3, 0.3, 10), lag(4, 0.1, 20));
        draws.addAll(List.of(0.24, 0.26));
        assertThat(read(rules, cluster, 1).id()).isEqualTo(2);
        assertThat(read(rules, cluster, 1).id()).isEqualTo(3);
    }

    @Test
    void whileThePrimaryCannotBeReadNoStandbyIsTooFarBehind() {
        RoutingRules rules = delayed("delay_threshold = 1000");
        assertThat(read(rules, cluster(unreachable(0), lag(1, 1, 2000)), 1).id())
                .isEqualTo(1);
        ClusterView none = new ClusterView(1, List.of(down(0), lag(1, 1, 2000)), -1);
        assertThat(read(rules, none, 1).id()).isEqualTo(1);
    }

    @Test
    void thePrimaryIsNeverTooFarBehind() {
        assertThat(read(delayed("delay_threshold = 1"), lagging(0, 0), 0)).isEqualTo(new ReadNode(0, Rule.WEIGHT));
    }

    // ---- hints

    @Test
    void aHintNamesTheNode() {
        ClusterView cluster = cluster(node(0, 0), node(1, 1), node(2, 0));
        assertThat(hinted(Rules.of(), cluster, nodeHint(2))).isEqualTo(new ReadNode(2, Rule.HINT));
        assertThat(hinted(Rules.of(), cluster, nodeHint(0))).isEqualTo(new ReadNode(0, Rule.HINT));
    }

    @Test
    void aHintForANodeThatIsNotThereIsIgnored() {
        ClusterView cluster = cluster(node(0, 0), node(1, 1), down(2));
        assertThat(hinted(Rules.of(), cluster, nodeHint(2))).isEqualTo(new ReadNode(1, Rule.WEIGHT));
        assertThat(hinted(Rules.of(), cluster, nodeHint(9))).isEqualTo(new ReadNode(1, Rule.WEIGHT));
    }

    @Test
    void aNodeNamedByAHintIsTakenHoweverFarItIsBehind() {
        assertThat(hinted(delayed("delay_threshold = 10"), lagging(0, 5000), nodeHint(2))
                        .id())
                .isEqualTo(2);
    }

    @Test
    void aHintForAStandbyKeepsTheOneThatTheSessionHas() {
        assertThat(hinted(Rules.of(), cluster(node(0, 0), node(1, 0), node(2, 1)), STANDBY_HINT)
                        .id())
                .isEqualTo(1);
    }

    @Test
    void aHintForAStandbyTakesASessionOffThePrimary() {
        draws.add(0.9);
        ClusterView cluster = cluster(node(0, 1), node(1, 0), node(2, 0));
        assertThat(chooser.forRead(Rules.of(), cluster, STANDBY_HINT, new ReadNode(0, Rule.WEIGHT)))
                .isEqualTo(new ReadNode(2, Rule.HINT));
    }

    @Test
    void aHintForAStandbyDoesNotTakeOneTooFarBehind() {
        assertThat(hinted(delayed("delay_threshold = 10"), lagging(5000, 5000), STANDBY_HINT)
                        .id())
                .isZero();
    }

    @Test
    void withoutAStandbyAHintForOneChangesNothing() {
        ClusterView cluster = cluster(node(0, 1), down(1), down(2));
        ReadNode own = new ReadNode(0, Rule.WEIGHT);
        assertThat(chooser.forRead(Rules.of(), cluster, STANDBY_HINT, own)).isSameAs(own);
    }

    // ---- the cast

    private ReadNode chosen(ClusterView cluster, Double... numbers) {
        draws.addAll(List.of(numbers));
        return chooser.choose(Rules.of(), cluster, NOTHING);
    }

    private ReadNode redirected(String... lines) {
        return chooser.choose(Rules.of(lines), cluster(node(0, 0.5), node(1, 0.5), node(2, 0)), NOTHING);
    }

    private ReadNode read(RoutingRules rules, ClusterView cluster, int own) {
        return chooser.forRead(rules, cluster, null, new ReadNode(own, Rule.WEIGHT));
    }

    private ReadNode hinted(RoutingRules rules, ClusterView cluster, @Nullable RouteHint hint) {
        return chooser.forRead(rules, cluster, hint, new ReadNode(1, Rule.WEIGHT));
    }

    private static RouteHint nodeHint(int node) {
        return new RouteHint(RouteHint.Target.NODE, node);
    }

    private static RoutingRules delayed(String... lines) {
        List<String> all = new ArrayList<>(List.of(CHECKED));
        all.addAll(List.of(lines));
        return Rules.of(all.toArray(String[]::new));
    }

    private static ClusterView cluster(NodeView... nodes) {
        return new ClusterView(1, List.of(nodes), 0);
    }

    private static ClusterView lagging(long first, long second) {
        return cluster(lag(0, 0, 0), lag(1, 0.5, first), lag(2, 0.5, second));
    }

    private static NodeView node(int id, double weight) {
        return node(id, weight, NodeStatus.UP, true, OptionalLong.empty());
    }

    private static NodeView down(int id) {
        return node(id, 1, NodeStatus.DOWN, true, OptionalLong.empty());
    }

    private static NodeView unreachable(int id) {
        return node(id, 1, NodeStatus.UP, false, OptionalLong.empty());
    }

    private static NodeView lag(int id, double weight, long bytes) {
        return node(id, weight, NodeStatus.UP, true, OptionalLong.of(bytes));
    }

    private static NodeView node(int id, double weight, NodeStatus status, boolean reachable, OptionalLong lag) {
        return view(id, weight, status, reachable, lag, Optional.empty());
    }

    private static NodeView timed(int id, long bytes, Duration time) {
        return view(id, 1, NodeStatus.UP, true, OptionalLong.of(bytes), Optional.of(time));
    }

    private static NodeView view(
            int id, double weight, NodeStatus status, boolean reachable, OptionalLong lag, Optional<Duration> time) {
        NodeRole role = id == 0 ? NodeRole.PRIMARY : NodeRole.STANDBY;
        NodeAddress address = new NodeAddress(id, "10.0.0." + id, 5432, 0);
        return new NodeView(address, weight, status, role, lag, time, reachable, Instant.EPOCH);
    }
}
