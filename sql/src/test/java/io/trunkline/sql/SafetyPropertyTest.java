package io.trunkline.sql;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.From;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tuple;
import net.jqwik.api.Tuple.Tuple2;

/** Whatever is put around a text, what it does shows through. */
class SafetyPropertyTest {
    private final StatementAnalyzer analyzer = new StatementAnalyzer();

    /** Each has a place, marked by the percent sign, for a query or data modification, and is a query itself. */
    private static final List<String> QUERIES = List.of(
            "WITH w AS (%) SELECT * FROM w",
            "WITH v AS (SELECT 1), w(a, b) AS MATERIALIZED (%) TABLE w",
            "WITH RECURSIVE w AS (%) SELECT f(a) FROM w WHERE a > 1",
            "WITH w AS (WITH x AS (%) SELECT * FROM x) VALUES (1)",
            "SELECT * FROM (%) s",
            "SELECT * FROM a LEFT JOIN ((%) s CROSS JOIN b) ON true",
            "SELECT (%), 1",
            "SELECT a, ARRAY(%) FROM b",
            "SELECT * FROM a WHERE EXISTS (%) AND c",
            "SELECT * FROM a WHERE b IN (%) ORDER BY 1",
            "SELECT CASE WHEN a = ANY (%) THEN 1 END FROM b",
            "SELECT 1 UNION ALL (%)",
            "(%)");

    /** The same, but they are not to be put into a query. */
    private static final List<String> OTHERS = List.of(
            "EXPLAIN %",
            "/* a /* b */ c */ %",
            "-- a ' \n%",
            "% -- \" ",
            "%/**/",
            "SELECT 1; %",
            "%; SELECT 1;",
            "; %",
            "BEGIN; %",
            "PREPARE p AS %",
            "DECLARE c CURSOR FOR %",
            "COPY (%) TO STDOUT");

    @Property(tries = 3000)
    void wrappingNeverMakesATextSafer(
            @ForAll @From("statements") String sql, @ForAll @From("wrappers") String wrapper) {
        Analysis bare = analyzer.analyze(sql);
        Analysis wrapped = analyzer.analyze(wrapper.replace("%", sql));
        if (!bare.isReadOnly()) {
            assertThat(wrapped.isReadOnly()).as("%s", wrapped).isFalse();
        }
        if (!bare.callsOnlyKnownStableFunctions()) {
            assertThat(wrapped.callsOnlyKnownStableFunctions())
                    .as("%s", wrapped)
                    .isFalse();
        }
        assertThat(wrapped.statements().stream().flatMap(s -> s.functions().stream()))
                .containsAll(bare.statements().get(0).functions());
        assertThat(wrapped.statements().stream().flatMap(s -> s.tables().stream()))
                .containsAll(bare.statements().get(0).tables());
    }

    @Property(tries = 2000)
    void nestedWrappingNeverMakesATextSafer(
            @ForAll @From("statements") String sql,
            @ForAll @From("queryWrappers") String inner,
            @ForAll @From("wrappers") String outer) {
        String once = inner.replace("%", sql);
        if (!analyzer.analyze(once).isReadOnly()) {
            assertThat(analyzer.analyze(outer.replace("%", once)).isReadOnly()).isFalse();
        }
    }

    @Property(tries = 2000)
    void writtenClausesAreSeenWhereverTheyAre(
            @ForAll @From("statements") String sql, @ForAll @From("writes") String write) {
        assertThat(analyzer.analyze("WITH w AS (" + write + ") " + sql).isReadOnly())
                .isFalse();
        assertThat(analyzer.analyze(sql + "; " + write).isReadOnly()).isFalse();
        assertThat(analyzer.analyze(write + ";" + sql).isReadOnly()).isFalse();
    }

    @Property(tries = 2000)
    void commentsBetweenTokensChangeNothing(
            @ForAll @From("statements") String sql, @ForAll @From("comments") String comment) {
        Analysis bare = analyzer.analyze(sql);
        Analysis commented = analyzer.analyze(sql.replace(" ", comment));
        assertThat(commented.isReadOnly()).isEqualTo(bare.isReadOnly());
        assertThat(commented.type()).isEqualTo(bare.type());
        assertThat(commented.statements().get(0).functions())
                .isEqualTo(bare.statements().get(0).functions());
        assertThat(commented.statements().get(0).tables())
                .isEqualTo(bare.statements().get(0).tables());
    }

    @Property(tries = 5000)
    void anythingAtAllIsAnsweredAndSpansAreInOrder(@ForAll @From("rubble") String sql) {
        int length = sql.getBytes(StandardCharsets.UTF_8).length;
        int last = 0;
        for (Statement statement : analyzer.analyze(sql).statements()) {
            assertThat(statement.start()).isGreaterThanOrEqualTo(last);
            assertThat(statement.end()).isBetween(statement.start(), length);
            last = statement.end();
        }
    }

    @Property(tries = 2000)
    void answersDoNotDependOnWhatWasReadBefore(
            @ForAll @From("rubble") String before, @ForAll @From("statements") String sql) {
        analyzer.analyze(before);
        assertThat(analyzer.analyze(sql).toString())
                .isEqualTo(new StatementAnalyzer().analyze(sql).toString());
    }

    @Provide
    Arbitrary<String> wrappers() {
        return Arbitraries.oneOf(queryWrappers(), Arbitraries.of(OTHERS));
    }

    @Provide
    Arbitrary<String> queryWrappers() {
        return Arbitraries.of(QUERIES);
    }

    @Provide
    Arbitrary<String> comments() {
        return Arbitraries.of(" /* ; */ ", " -- FOR UPDATE\n", "/**/ ", " /* a /* ' */ */ ", "\n\t");
    }

    @Provide
    Arbitrary<String> writes() {
        return Arbitraries.of(
                "DELETE FROM x RETURNING *",
                "INSERT INTO x VALUES (1) RETURNING 1",
                "UPDATE x SET y = 1 RETURNING y",
                "UPDATE ONLY \"x\" SET y = 1 RETURNING y",
                "WITH q AS (SELECT 1) DELETE FROM x USING q RETURNING *",
                "WITH RECURSIVE q(c) AS (SELECT 1) SEARCH DEPTH FIRST BY c SET d UPDATE x SET y = 1 RETURNING y",
                "MERGE INTO x USING y ON true WHEN MATCHED THEN DO NOTHING RETURNING 1",
                "SELECT 1 FROM x FOR SHARE",
                "(SELECT 1 FROM x FOR NO KEY UPDATE OF x)");
    }

    @Provide
    Arbitrary<String> statements() {
        return Arbitraries.frequencyOf(Tuple.of(3, queries()), Tuple.of(1, writes()));
    }

    private static Arbitrary<String> queries() {
        Arbitrary<String> targets = Arbitraries.of(
                "1",
                "*",
                "a, b AS c",
                "f(a)",
                "nextval('s')",
                "count(*) FILTER (WHERE g(a)) OVER w",
                "a LIKE b ESCAPE c",
                "(SELECT h(1))",
                "a::numeric(3), left(b, 1)",
                "DISTINCT ON (f(a)) b",
                "CASE WHEN a THEN now() END",
                "");
        Arbitrary<String> into =
                Arbitraries.frequency(Tuple.of(8, ""), Tuple.of(1, " INTO n"), Tuple.of(1, " INTO TEMP n"));
        Arbitrary<String> from = Arbitraries.of(
                "",
                " FROM t",
                " FROM s.t AS x(y, z), u",
                " FROM t JOIN u USING (a) LEFT JOIN f(1) v ON g(v)",
                " FROM (SELECT * FROM t) s",
                " FROM ONLY (t), LATERAL (VALUES (f(t.a))) v(b)",
                " FROM ROWS FROM (f(1), g(2)) x",
                " FROM t TABLESAMPLE system (10)",
                " FROM pg_class");
        Arbitrary<String> where = Arbitraries.of(
                "",
                " WHERE a = 'x''y'",
                " WHERE a IN (SELECT b FROM c)",
                " WHERE f(a) IS DISTINCT FROM g(b)",
                " WHERE a BETWEEN SYMMETRIC f(1) AND g(2)",
                " WHERE NOT a <@ $1 AND b = $$;$$");
        Arbitrary<String> group = Arbitraries.of(
                "",
                " GROUP BY a",
                " GROUP BY GROUPING SETS (CUBE (a), (b)) HAVING max(c) > f(1)",
                " WINDOW w AS (ORDER BY f(a))");
        Arbitrary<String> tail = Arbitraries.of(
                "", " ORDER BY 1", " LIMIT f(1) OFFSET 2", " UNION ALL SELECT 2 FROM t", " FETCH FIRST ROW ONLY");
        Arbitrary<String> lock = Arbitraries.frequency(
                Tuple.of(6, ""),
                Tuple.of(1, " FOR UPDATE"),
                Tuple.of(1, " FOR KEY SHARE OF t NOWAIT"),
                Tuple.of(1, " FOR READ ONLY"));
        return Combinators.combine(targets, into, from, where, group, tail, lock)
                .as((a, b, c, d, e, f, g) -> "SELECT " + a + b + c + d + e + f + g);
    }

    @Provide
    Arbitrary<String> rubble() {
        Arbitrary<String> words = Arbitraries.of(Keyword.class).map(Keyword::name);
        Arbitrary<String> pieces = Arbitraries.of(
                "(",
                ")",
                "(",
                ")",
                "[",
                "]",
                ",",
                ".",
                ";",
                "::",
                ":=",
                "*",
                "=",
                "a",
                "b",
                "\"c\"",
                "U&\"d\"",
                "'e'",
                "U&'f' UESCAPE '!'",
                "$1",
                "1",
                "E'\\''",
                "$$",
                "/*",
                "*/",
                "--\n",
                "BEGIN ATOMIC",
                "FROM a",
                "SELECT",
                "WITH a AS (",
                "%");
        List<Tuple2<Integer, Arbitrary<String>>> mix = List.of(Tuple.of(1, words), Tuple.of(2, pieces));
        return Arbitraries.frequencyOf(mix).list().ofMaxSize(40).map(list -> String.join(" ", list));
    }
}
