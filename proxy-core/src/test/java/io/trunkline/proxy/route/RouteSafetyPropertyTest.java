package io.trunkline.proxy.route;

import static org.assertj.core.api.Assertions.assertThat;

import io.trunkline.sql.QualifiedName;
import java.util.List;
import java.util.stream.Stream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.From;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tuple;

/** A plan never becomes less safe by what is put around the text, under any configuration of the lists. */
class RouteSafetyPropertyTest {
    /** Each has a place, marked by the percent sign, for a query. */
    private static final List<String> AROUND_QUERIES = List.of(
            "WITH w AS (%) SELECT * FROM w",
            "WITH w AS MATERIALIZED (%), x AS (SELECT 1) SELECT f(1) FROM x",
            "WITH RECURSIVE w(a) AS (SELECT 1 UNION ALL (%)) TABLE w",
            "SELECT * FROM (%) s",
            "SELECT * FROM b JOIN LATERAL (%) s ON true",
            "SELECT (%), 1",
            "SELECT 1 WHERE EXISTS (%)",
            "SELECT a FROM b WHERE c IN (%) ORDER BY 1",
            "SELECT 1 EXCEPT (%)",
            "VALUES ((%))",
            "(%)",
            "EXPLAIN %",
            "EXPLAIN ANALYZE %",
            "PREPARE p AS %",
            "DECLARE c CURSOR FOR %",
            "COPY (%) TO STDOUT");

    /** The same, for any statement. */
    private static final List<String> AROUND_ANY = List.of(
            "/* a */ %",
            "/* trunkline: route=standby */ %",
            "/* trunkline: route=node:1 */ %",
            "/*NO LOAD BALANCE*/ %",
            "% /* a /* nested */ ; */",
            "-- '\n %",
            "%\n-- \"",
            " %;",
            "; %",
            "%; SELECT 1",
            "SELECT 1; %",
            "BEGIN; %; COMMIT",
            "SET a.b TO 1; %",
            "%; SHOW timezone");

    private static final List<RoutingRules> CONFIGURATIONS = List.of(
            Rules.of(),
            Rules.of("allow_sql_comments = on"),
            Rules.of("write_function_list = 'f,nextval'"),
            Rules.of("read_only_function_list = 'g,count'"),
            Rules.of("primary_routing_query_pattern_list = '.*secret.*'", "allow_sql_comments = on"),
            Rules.of("disable_load_balance_on_write = dml_adaptive", "ignore_leading_white_space = off"));

    @Property(tries = 4000)
    void aWrappedQueryIsNoSafer(
            @ForAll @From("queries") String sql,
            @ForAll @From("aroundQueries") String inner,
            @ForAll @From("aroundAny") String outer,
            @ForAll @From("configurations") RoutingRules rules) {
        String once = inner.replace("%", sql);
        assertNoSafer(sql, once, rules);
        assertNoSafer(once, outer.replace("%", once), rules);
    }

    @Property(tries = 2000)
    void aWriteIsSeenWhateverIsAroundIt(
            @ForAll @From("writes") String sql,
            @ForAll @From("aroundAny") String outer,
            @ForAll @From("configurations") RoutingRules rules) {
        assertThat(Plans.plan(outer.replace("%", sql), rules).destination()).isEqualTo(Destination.PRIMARY);
    }

    @Property(tries = 2000)
    void aWriteIsSeenInAWithOfAnyQuery(
            @ForAll @From("queries") String sql,
            @ForAll @From("modifications") String write,
            @ForAll @From("aroundAny") String outer,
            @ForAll @From("configurations") RoutingRules rules) {
        String written = "WITH w AS (" + write + ") " + sql;
        assertThat(Plans.plan(outer.replace("%", written), rules).destination()).isEqualTo(Destination.PRIMARY);
    }

    /** Primary stays primary, state stays known, and what the catalog is asked about is asked about still. */
    private static void assertNoSafer(String bare, String wrapped, RoutingRules rules) {
        Plan before = Plans.plan(bare, rules);
        Plan after = Plans.plan(wrapped, rules);
        if (!comment(before.rule()) && before.destination() == Destination.PRIMARY) {
            assertThat(after.destination()).as("%s: %s", wrapped, after).isEqualTo(Destination.PRIMARY);
        }
        if (before.effect() == Plan.Effect.PINS) {
            assertThat(after.effect()).as("%s: %s", wrapped, after).isEqualTo(Plan.Effect.PINS);
        }
        if (before.destination() == Destination.READ && after.destination() == Destination.READ) {
            assertThat(all(after))
                    .as("%s: %s", wrapped, after)
                    .containsAll(all(before).toList());
        }
    }

    /** Where what surrounded the text decided, and other surroundings may decide otherwise. */
    private static boolean comment(Rule rule) {
        return rule == Rule.LEADING_COMMENT || rule == Rule.LEADING_SPACE || rule == Rule.HINT;
    }

    private static Stream<QualifiedName> all(Plan plan) {
        return Stream.concat(plan.mentions().tables().stream(), plan.mentions().functions().stream());
    }

    @Provide
    Arbitrary<String> aroundQueries() {
        return Arbitraries.of(AROUND_QUERIES);
    }

    @Provide
    Arbitrary<String> aroundAny() {
        return Arbitraries.of(AROUND_ANY);
    }

    @Provide
    Arbitrary<RoutingRules> configurations() {
        return Arbitraries.of(CONFIGURATIONS);
    }

    @Provide
    Arbitrary<String> modifications() {
        return Arbitraries.of(
                "DELETE FROM x RETURNING 1",
                "INSERT INTO x VALUES (1) RETURNING a",
                "UPDATE x SET y = 1 RETURNING y",
                "MERGE INTO x USING y ON true WHEN MATCHED THEN DELETE RETURNING 1");
    }

    @Provide
    Arbitrary<String> writes() {
        return Arbitraries.oneOf(
                modifications(),
                Arbitraries.of(
                        "CREATE TABLE x (a int)",
                        "SELECT 1 INTO x",
                        "TRUNCATE x",
                        "COPY x FROM STDIN",
                        "CALL p()",
                        "DO 'x'",
                        "LOCK x",
                        "EXPLAIN ANALYZE DELETE FROM x",
                        "SELECT nextval('s')",
                        "REFRESH MATERIALIZED VIEW x",
                        "NOTIFY x",
                        "unheard of"));
    }

    @Provide
    Arbitrary<String> queries() {
        Arbitrary<String> targets = Arbitraries.of(
                "1",
                "*",
                "a, g(b)",
                "f(a)",
                "public.f(a)",
                "nextval('s')",
                "count(*)",
                "random()",
                "'secret'",
                "set_config('a.b', c, false)",
                "set_config('a.b', c, true)",
                "(SELECT h(1))",
                "DISTINCT a",
                "lo_get(1)");
        Arbitrary<String> into = Arbitraries.frequency(Tuple.of(12, ""), Tuple.of(1, " INTO n"));
        Arbitrary<String> from = Arbitraries.of(
                "",
                " FROM t",
                " FROM s.t x, u",
                " FROM t JOIN u USING (a)",
                " FROM f(1) v",
                " FROM pg_class",
                " FROM pg_temp.t",
                " FROM (SELECT a FROM t FOR UPDATE) s",
                " FROM information_schema.tables");
        Arbitrary<String> where = Arbitraries.of(
                "",
                " WHERE a = 'x'",
                " WHERE a IN (SELECT g(b) FROM c)",
                " WHERE f(a) IS NULL",
                " WHERE pg_try_advisory_lock(1)");
        Arbitrary<String> tail =
                Arbitraries.of("", " GROUP BY a", " ORDER BY f(1)", " LIMIT 1", " UNION SELECT 2 FROM v");
        Arbitrary<String> lock = Arbitraries.frequency(Tuple.of(6, ""), Tuple.of(1, " FOR SHARE"));
        return Combinators.combine(targets, into, from, where, tail, lock)
                .as((a, b, c, d, e, f) -> "SELECT " + a + b + c + d + e + f);
    }
}
