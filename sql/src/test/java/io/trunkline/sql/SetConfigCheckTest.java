package io.trunkline.sql;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Which statements call set_config() for their transaction only. */
class SetConfigCheckTest {
    private final StatementAnalyzer analyzer = new StatementAnalyzer();

    private boolean isLocal(String sql) {
        byte[] text = sql.getBytes(StandardCharsets.UTF_8);
        List<Statement> statements =
                analyzer.analyze(text, 0, text.length, LexicalSettings.DEFAULT).statements();
        assertThat(statements).hasSize(1);
        return statements.get(0).setsConfigLocally();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "SELECT set_config('search_path', $1, true)",
                "select set_config('search_path', $1, true), set_config('role', $2, true), set_config($3, $4, TRUE)",
                "SELECT pg_catalog.set_config($1, $2, true) AS set_config, 1 FROM t WHERE a = 'x'",
                "SELECT \"pg_catalog\" . \"set_config\" ($1, /* , */ $2, /* true? */ true)",
                "SELECT U&\"set_config\"($1, $2, true)",
                "SELECT U&\"set!005fconfig\" UESCAPE '!' ($1, $2, true)",
                "SELECT set_config('a.b', coalesce(f(1, 2), ARRAY[x, y]::text), true)",
                "SELECT set_config('a.b', set_config('c.d', $1, true), true)",
                "WITH x AS (SELECT set_config('a.b', $1, true)) SELECT * FROM x, LATERAL set_config('c.d', $2, true)",
                "(SELECT set_config('a.b', $1, true))",
                "INSERT INTO t SELECT set_config('a.b', $1, true)",
                "EXPLAIN ANALYZE SELECT set_config('a.b', $1, true)",
                "PREPARE p AS SELECT set_config('a.b', $1, true)",
                "COPY (SELECT set_config('a.b', c, true) FROM t) TO STDOUT",
                "SELECT set_config('a.b', $1, true), t.set_config FROM t"
            })
    void eachCallSaysTrue(String sql) {
        assertThat(isLocal(sql)).isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "SELECT 1",
                "SELECT set_config FROM t",
                "SELECT 'set_config(1, 2, true)', f(true)",
                "SELECT set_config('a.b', $1, false)",
                "SELECT set_config('a.b', $1, $2)",
                "SELECT set_config('a.b', $1, 'true')",
                "SELECT set_config('a.b', $1, \"true\") FROM t",
                "SELECT set_config('a.b', $1, NOT true)",
                "SELECT set_config('a.b', $1, (true))",
                "SELECT set_config('a.b', $1, true AND false)",
                "SELECT set_config('a.b', $1, c IS NOT true)",
                "SELECT set_config('a.b', $1, true::bool)",
                "SELECT set_config('a.b', $1, x.true)",
                "SELECT set_config('a.b', $1, is_local => true)",
                "SELECT set_config('a.b', $1, VARIADIC true)",
                "SELECT set_config('a.b', true)",
                "SELECT set_config(true)",
                "SELECT set_config()",
                "SELECT set_config('a.b', $1, false, true)",
                "SELECT x.set_config('a.b', $1, true)",
                "SELECT x.pg_catalog.set_config('a.b', $1, true)",
                "SELECT \"Set_config\"('a.b', $1, true)",
                "SELECT set_config('a.b', $1, true), set_config('c.d', $2, false)",
                "SELECT set_config('a.b', $1, false), set_config('c.d', $2, true)",
                "SELECT set_config('a.b', set_config('c.d', $1, false), true)",
                "SELECT set_config('a.b', $1, true), \"set_config\"('c.d', $2, false)",
                "SELECT set_config('a.b', $1, true), U&\"set!005fconfig\" UESCAPE '!' ('c.d', $2, false)",
                "SELECT set_config('a.b', $1, true) FROM t WHERE pg_catalog.set_config('c.d', a, b) > ''",
                "COPY (SELECT set_config('a.b', $1, true), set_config('c.d', $1, false)) TO STDOUT"
            })
    void notEachCallSaysTrue(String sql) {
        assertThat(isLocal(sql)).isFalse();
    }

    private record Call(String text, boolean local) {}

    @Provide
    Arbitrary<Call> calls() {
        Arbitrary<String> names = Arbitraries.of(
                "set_config", "SET_CONFIG", "pg_catalog.set_config", "\"set_config\"", "set_config /* x */");
        Arbitrary<String> values =
                Arbitraries.of("$1", "''", "'a, true'", "f(a, b)", "a || 'b'", "(SELECT max(a) FROM t)");
        Arbitrary<String> lasts =
                Arbitraries.of("true", "true", "true", "TRUE /* not false */", "false", "$2", "a > b");
        return Combinators.combine(names, values, lasts)
                .as((name, value, last) -> new Call(
                        name + "('a.b', " + value + ", " + last + ")", last.regionMatches(true, 0, "true", 0, 4)));
    }

    @Property
    void oneCallThatDoesNotIsEnough(@ForAll("callLists") List<Call> calls, @ForAll("frames") String frame) {
        String list = String.join(", ", calls.stream().map(Call::text).toList());
        String sql = frame.replace("?", list);
        assertThat(isLocal(sql)).as(sql).isEqualTo(calls.stream().allMatch(Call::local));
    }

    @Provide
    Arbitrary<List<Call>> callLists() {
        return calls().list().ofMinSize(1).ofMaxSize(4);
    }

    @Provide
    Arbitrary<String> frames() {
        return Arbitraries.of(
                "SELECT ?",
                "SELECT a, ?, b AS c FROM t WHERE d = 'set_config(x, y, false)'",
                "SELECT 1 FROM t WHERE coalesce(?) > ''",
                "WITH x AS (SELECT ?) SELECT * FROM x ORDER BY 1",
                "INSERT INTO t VALUES (?) ON CONFLICT DO NOTHING RETURNING a",
                "UPDATE t SET a = concat(?) WHERE b",
                "SELECT CASE WHEN a THEN concat(?) END FROM t GROUP BY b",
                "SELECT * FROM ROWS FROM (?) AS z",
                "DECLARE c CURSOR FOR SELECT ?",
                "EXPLAIN (ANALYZE) VALUES (?)");
    }
}
