package io.trunkline.proxy.route;

import static io.trunkline.proxy.route.Plans.plan;
import static org.assertj.core.api.Assertions.assertThat;

import io.trunkline.sql.QualifiedName;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What keeps a read on the primary, and what the catalog is to be asked about. */
class ReadPlansTest {
    @ParameterizedTest(name = "{0}")
    @CsvSource(delimiter = '|', textBlock = """
            SELECT a FROM t JOIN S."U" ON f(a) = x.g(b)    | t,s.U | f,x.g
            SELECT count(*), abs(1)                        | ''    | ''
            SELECT count(*) FROM t                         | t     | ''
            SELECT public.count(1)                         | ''    | public.count
            WITH w AS (SELECT f() FROM t) TABLE w          | t     | f
            EXPLAIN SELECT f(a) FROM t                     | t     | f
            COPY (SELECT f(a) FROM t) TO STDOUT            | t     | f
            COPY t TO STDOUT                               | t     | ''
            """)
    void whatTheCatalogIsToBeAskedAboutIsMentioned(String sql, String tables, String functions) {
        Mentions mentions = plan(sql).mentions();
        assertThat(plan(sql).destination()).isEqualTo(Destination.READ);
        assertThat(names(mentions.tables())).isEqualTo(tables);
        assertThat(names(mentions.functions())).isEqualTo(functions);
    }

    @Test
    void aQueryThatMentionsNothingSharesItsPlan() {
        assertThat(plan("SELECT 1 + abs(2), now()")).isSameAs(Plan.READ);
    }

    @ParameterizedTest(name = "write {0}, read-only {1}: {2}")
    @CsvSource(delimiter = '|', textBlock = """
            f        | ''           | SELECT f()             | FUNCTION_LIST
            f        | ''           | SELECT F(), abs(1)     | FUNCTION_LIST
            f        | ''           | SELECT ff()            | READ_ONLY
            f        | ''           | SELECT public.f()      | READ_ONLY
            f,public.f | ''         | SELECT public.f()      | FUNCTION_LIST
            set_.*   | ''           | SELECT Set_x(1)        | FUNCTION_LIST
            f        | ''           | SELECT random()        | READ_ONLY
            f        | ''           | SELECT nextval('s')    | VOLATILE_FUNCTION
            count    | ''           | SELECT count(*) FROM t | FUNCTION_LIST
            ''       | f            | SELECT f()             | READ_ONLY
            ''       | f            | SELECT g()             | FUNCTION_LIST
            ''       | f            | SELECT f(), abs(1)     | FUNCTION_LIST
            ''       | f,abs        | SELECT f(), abs(1)     | READ_ONLY
            ''       | .*           | SELECT nextval('s')    | READ_ONLY
            ''       | .*           | SELECT set_config('a.b', c, false) FROM t | SET_CONFIG
            ''       | .*           | SELECT set_config('a.b', c, true), f() FROM t | SET_CONFIG
            ''       | f            | SELECT set_config('a.b', c, true), g() FROM t | FUNCTION_LIST
            f        | ''           | SELECT set_config('a.b', c, true), f() FROM t | FUNCTION_LIST
            ''       | ''           | SELECT set_config('a.b', c, true), nextval('s') | VOLATILE_FUNCTION
            ''       | ''           | SELECT set_config('a.b', c, true), abs(1) FROM t | SET_CONFIG
            f        | f            | SELECT f()             | READ_ONLY
            f        | g            | SELECT h()             | FUNCTION_LIST
            """)
    void theFunctionListsDecideWithoutTheCatalog(String write, String readOnly, String sql, Rule rule) {
        RoutingRules rules =
                Rules.of("write_function_list = '" + write + "'", "read_only_function_list = '" + readOnly + "'");
        Plan plan = plan(sql, rules);
        assertThat(plan.rule()).isEqualTo(rule);
        assertThat(plan.destination()).isEqualTo(rule == Rule.READ_ONLY ? Destination.READ : Destination.PRIMARY);
        assertThat(plan.mentions().functions()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "SELECT * FROM critical WHERE a = 1",
                "select\n*\nfrom critical",
                "SELECT 1;",
                "EXPLAIN SELECT * FROM critical",
                "COPY critical TO STDOUT"
            })
    void aQueryThatMatchesAPatternGoesToThePrimary(String sql) {
        RoutingRules rules = Rules.of("primary_routing_query_pattern_list = '.*CRITICAL.*;SELECT 1'");
        assertThat(plan(sql, rules).rule()).isEqualTo(Rule.QUERY_PATTERN);
        assertThat(plan(sql, rules).destination()).isEqualTo(Destination.PRIMARY);
        assertThat(plan("SELECT 12", rules).destination()).isEqualTo(Destination.READ);
    }

    @Test
    void aPatternThatOverwhelmsTheEngineCountsAsMatched() {
        RoutingRules rules = Rules.of("primary_routing_query_pattern_list = '(x|y)*z'");
        assertThat(plan("SELECT 1 --", rules).destination()).isEqualTo(Destination.READ);
        assertThat(plan(
                                "SELECT '" + "x".repeat(50_000) + "'",
                                Rules.of("primary_routing_query_pattern_list = '(.|y)*z'"))
                        .rule())
                .isEqualTo(Rule.QUERY_PATTERN);
    }

    private static String names(List<QualifiedName> names) {
        return String.join(",", names.stream().map(QualifiedName::toString).toList());
    }

    @Test
    void whatStandsBesideALocalSetConfigMayStillWrite() {
        Plan plan = plan("SELECT set_config('a.b', $1, true), f(1)", Rules.of());
        assertThat(plan.rule()).isEqualTo(Rule.SET_CONFIG);
        assertThat(plan.mentions().functions()).hasToString("[f]");
    }
}
