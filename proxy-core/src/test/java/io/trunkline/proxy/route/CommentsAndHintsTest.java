package io.trunkline.proxy.route;

import static io.trunkline.proxy.route.Plans.plan;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.trunkline.sql.RouteHint;
import io.trunkline.sql.RouteHint.Target;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Comments before a statement, in it, and those that ask for a node. */
class CommentsAndHintsTest {
    private static final RoutingRules ALLOWED = Rules.of("allow_sql_comments = on");

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/* app */ SELECT 1",
                "-- app\nSELECT 1",
                "  /*+ SeqScan(t) */ SELECT 1",
                "/**/VALUES (1)",
                "/**/ WITH a AS (SELECT 1) TABLE a"
            })
    void aLeadingCommentKeepsAReadOnThePrimaryUnlessAllowed(String sql) {
        assertThat(plan(sql).rule()).isEqualTo(Rule.LEADING_COMMENT);
        assertThat(plan(sql).destination()).isEqualTo(Destination.PRIMARY);
        assertThat(plan(sql, ALLOWED).destination()).isEqualTo(Destination.READ);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "SELECT /* app */ 1",
                "SELECT 1 -- app",
                "/* app */ EXPLAIN SELECT 1",
                "/* app */ COPY t TO STDOUT",
                " \n\tSELECT 1"
            })
    void otherCommentsAndBlanksChangeNothing(String sql) {
        assertThat(plan(sql).destination()).isEqualTo(Destination.READ);
    }

    @Test
    void leadingWhiteSpaceCountsWhereItIsNotIgnored() {
        RoutingRules strict = Rules.of("ignore_leading_white_space = off");
        assertThat(plan(" SELECT 1", strict).rule()).isEqualTo(Rule.LEADING_SPACE);
        assertThat(plan("SELECT 1", strict).destination()).isEqualTo(Destination.READ);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/*NO LOAD BALANCE*/ SELECT 1",
                "SELECT /* no load balance */ 1",
                "SELECT f() FROM t /* trunkline: route=primary */",
                "/*NO LOAD BALANCE*/ BEGIN READ ONLY",
                "/*NO LOAD BALANCE*/ EXPLAIN SELECT 1",
                "/*NO LOAD BALANCE*/ COPY t TO STDOUT"
            })
    void aHintForThePrimaryIsFollowedWithOrWithoutCommentsAllowed(String sql) {
        for (RoutingRules rules : new RoutingRules[] {Rules.of(), ALLOWED}) {
            assertThat(plan(sql, rules).destination()).isEqualTo(Destination.PRIMARY);
            assertThat(plan(sql, rules).rule()).isEqualTo(Rule.HINT);
        }
    }

    @Test
    void toAnOlderPgpoolNoLoadBalanceIsACommentLikeAnyOther() {
        RoutingRules older = Rules.of("pgpool_compat_version = 4.3", "allow_sql_comments = on");
        assertThat(plan("/*NO LOAD BALANCE*/ SELECT 1", older).destination()).isEqualTo(Destination.READ);
        assertThat(plan("/*NO LOAD BALANCE*/ SELECT 1", older).hint()).isNull();
        assertThat(plan("/*NO LOAD BALANCE*/ SELECT 1", Rules.of("pgpool_compat_version = 4.3"))
                        .rule())
                .isEqualTo(Rule.LEADING_COMMENT);
        assertThat(plan("/* trunkline: route=primary */ SELECT 1", older).rule())
                .isEqualTo(Rule.HINT);
    }

    @ParameterizedTest
    @CsvSource({"standby, STANDBY, -1", "node:2, NODE, 2"})
    void aHintForAnotherNodeStaysInThePlanOfARead(String route, Target target, int node) {
        Plan plan = plan("/* trunkline: route=" + route + " */ SELECT a FROM t");
        assertThat(plan.destination()).isEqualTo(Destination.READ);
        assertThat(plan.hint()).isEqualTo(new RouteHint(target, node));
    }

    @Test
    void aHintForAStandbyDoesNotMakeAWriteARead() {
        assertThat(plan("/* trunkline: route=standby */ DELETE FROM t").destination())
                .isEqualTo(Destination.PRIMARY);
        assertThat(plan("/* trunkline: route=standby */ SELECT nextval('s')").destination())
                .isEqualTo(Destination.PRIMARY);
        assertThat(plan("/* trunkline: route=standby */ SELECT 1; SELECT 2").destination())
                .isEqualTo(Destination.PRIMARY);
    }

    @Test
    void aHintAtPrepareHoldsForWhatIsPrepared() {
        Plan inner =
                requireNonNull(plan("/*NO LOAD BALANCE*/ PREPARE p AS SELECT 1").inner());
        assertThat(inner.rule()).isEqualTo(Rule.HINT);
        assertThat(inner.destination()).isEqualTo(Destination.PRIMARY);
        assertThat(requireNonNull(plan("PREPARE p AS SELECT 1").inner()).destination())
                .isEqualTo(Destination.READ);
    }

    @Test
    void explainRouteSpeaksOfWhatStandsBehindIt() {
        Plan plan = plan("EXPLAIN /* x */ ROUTE /*NO LOAD BALANCE*/ SELECT a FROM t;");
        assertThat(plan.isLocal()).isTrue();
        assertThat(plan.name()).isEqualTo(Plan.EXPLAIN_ROUTE);
        assertThat(requireNonNull(plan.inner()).rule()).isEqualTo(Rule.HINT);
        assertThat(requireNonNull(plan("EXPLAIN ROUTE DELETE FROM t").inner()).rule())
                .isEqualTo(Rule.MODIFIES);
        assertThat(requireNonNull(plan("EXPLAIN ROUTE SELECT f(a) FROM t").inner())
                        .mentions()
                        .functions())
                .hasToString("[f]");
        assertThat(requireNonNull(plan("EXPLAIN ROUTE nonsense").inner()).rule())
                .isEqualTo(Rule.NOT_UNDERSTOOD);
        assertThat(requireNonNull(plan("EXPLAIN ROUTE EXPLAIN ROUTE SELECT 1").inner())
                        .rule())
                .isEqualTo(Rule.NOT_UNDERSTOOD);
    }
}
