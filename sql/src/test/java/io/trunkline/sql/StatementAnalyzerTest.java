package io.trunkline.sql;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class StatementAnalyzerTest {
    private final StatementAnalyzer analyzer = new StatementAnalyzer();

    private Statement one(String sql) {
        return analyzer.analyze(sql).only().orElseThrow();
    }

    private static List<String> names(List<QualifiedName> names) {
        return names.stream().map(QualifiedName::toString).toList();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "SELECT 1",
                "select * from a where b in (select c from d)",
                "(VALUES (1)) UNION ALL TABLE a ORDER BY 1",
                "WITH RECURSIVE a AS (SELECT 1 UNION ALL SELECT * FROM a) SELECT * FROM a",
                "SHOW server_version",
                "EXPLAIN (COSTS off, VERBOSE) SELECT 1",
                "SELECT 'FOR UPDATE', \"into\", $$INSERT INTO a$$ /* DELETE FROM a */ FROM b -- FOR UPDATE",
                "SELECT t.into, a AS into, max(update), delete FROM t",
                "SELECT substring(a FOR 3) FROM b FOR READ ONLY",
                "SELECT 1;",
                ";;SELECT 1; ;SHOW a",
            })
    void readsAreReadOnly(String sql) {
        assertThat(analyzer.analyze(sql).isReadOnly()).isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                ";",
                "-- nothing",
                "SELECT 1 FOR UPDATE",
                "SELECT * FROM (SELECT 1 FOR NO KEY UPDATE SKIP LOCKED) a",
                "SELECT (SELECT 1 FROM a FOR KEY SHARE)",
                "SELECT 1 INTO a",
                "SELECT a INTO TEMP b FROM c",
                "WITH a AS (DELETE FROM b RETURNING *) SELECT * FROM a",
                "WITH a AS (SELECT 1), b AS NOT MATERIALIZED (UPDATE c SET d = 1 RETURNING 1) TABLE b",
                "WITH a AS (WITH b AS (INSERT INTO c VALUES (1) RETURNING 1) TABLE b) TABLE a",
                "WITH a AS (WITH RECURSIVE b(x) AS (SELECT 1) CYCLE x SET y USING z DELETE FROM c RETURNING 1) TABLE a",
                "WITH a AS (FROBNICATE) SELECT 1",
                "EXPLAIN ANALYZE SELECT 1",
                "EXPLAIN (ANALYZE 1) SELECT 1",
                "EXPLAIN INSERT INTO a VALUES (1)",
                "PREPARE a AS SELECT 1",
                "SELECT 1; DELETE FROM a",
                "SELECT 'a",
                "SELECT (1",
                "SELECT 1)",
                "SELECT (1]",
                "SELECT /* 1",
                "SELECT \"a",
                "SELECT $a$ 1 $b$",
                "SELECT \0",
                "SELECT 1\0",
                "FROBNICATE",
                "SELECT 1; FROBNICATE",
            })
    void whatMayWriteOrIsNotUnderstoodIsNotReadOnly(String sql) {
        assertThat(analyzer.analyze(sql).isReadOnly()).isFalse();
    }

    @Test
    void tooDeepNestingIsNotReadOnlyAndDoesNotOverflow() {
        int deepest = TokenStream.MAX_NESTING;
        assertThat(one("SELECT " + "(".repeat(deepest) + "1" + ")".repeat(deepest))
                        .isReadOnly())
                .isTrue();
        assertThat(one("SELECT " + "(".repeat(deepest + 1) + "1" + ")".repeat(deepest + 1))
                        .isReadOnly())
                .isFalse();
        String nested = "SELECT 1";
        for (int i = 0; i < deepest; i++) {
            nested = "WITH a AS (" + nested + ") SELECT * FROM a";
        }
        assertThat(one(nested).isReadOnly()).isTrue();
        assertThat(one("EXPLAIN ".repeat(100_000) + "SELECT 1").type()).isEqualTo(StatementType.UNKNOWN);
        assertThat(one("SELECT " + "CASE WHEN ".repeat(100_000)).tables()).isEmpty();
        assertThat(one("SELECT * FROM a" + " JOIN a ON true".repeat(100_000)).tables())
                .hasSize(1);
    }

    @Test
    void malformedTextIsOneUnknownStatement() {
        Analysis analysis = analyzer.analyze("SELECT 1; SELECT 'a");
        assertThat(analysis.type()).isEqualTo(StatementType.UNKNOWN);
        assertThat(analysis.only().orElseThrow().end()).isEqualTo(19);
    }

    @Test
    void splitsAtSemicolonsOfTheTopLevelOnly() {
        String sql = " SELECT ';' ; /* ; */ CREATE RULE r AS ON INSERT TO t DO (SELECT 1; SELECT 2);"
                + "CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT CASE WHEN a THEN 1 END; SELECT 2; END; SELECT 3";
        Analysis analysis = analyzer.analyze(sql);
        assertThat(analysis.type()).isEqualTo(StatementType.MULTIPLE);
        assertThat(analysis.statements().stream().map(s -> sql.substring(s.start(), s.end())))
                .containsExactly(
                        "SELECT ';'",
                        "CREATE RULE r AS ON INSERT TO t DO (SELECT 1; SELECT 2)",
                        "CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT CASE WHEN a THEN 1 END; SELECT 2; END",
                        "SELECT 3");
    }

    @Test
    void offsetsCountFromTheStartOfTheText() {
        byte[] text = "xxSELECT 1;SELECT 22yy".getBytes(StandardCharsets.US_ASCII);
        List<Statement> statements = analyzer.analyze(text, 2, text.length - 2, LexicalSettings.DEFAULT)
                .statements();
        assertThat(statements.get(1).start()).isEqualTo(9);
        assertThat(statements.get(1).end()).isEqualTo(18);
    }

    @Test
    void emptyTextHasNoStatement() {
        Analysis analysis = analyzer.analyze(" ; -- x");
        assertThat(analysis.type()).isEqualTo(StatementType.EMPTY);
        assertThat(analysis.statements()).isEmpty();
    }

    @Test
    void foldsAndUnquotesNames() {
        assertThat(names(
                        one("SELECT * FROM Foo, \"Foo\", S.\"a\"\"b\", U&\"\\0061!\" , U&\"!0062\" UESCAPE '!' c, db.s.t")
                                .tables()))
                .containsExactly("foo", "Foo", "s.a\"b", "a!", "b", "s.t");
        assertThat(one("TABLE " + "a".repeat(70)).tables().get(0).name()).hasSize(63);
        assertThat(names(one("TABLE Größe").tables())).containsExactly("größe");
    }

    @Test
    void namesKeptFromEarlierTextsAreNotMixedUp() {
        for (int i = 0; i < 3000; i++) {
            assertThat(names(
                            one("SELECT f" + i + "(1) FROM T" + i + ", s.t" + i).tables()))
                    .containsExactly("t" + i, "s.t" + i);
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '^',
            value = {
                "SELECT * FROM a JOIN (b CROSS JOIN LATERAL f(1) x) USING (c)|[a, b]|[f]",
                "WITH a AS (TABLE b) SELECT * FROM a, (WITH c AS (TABLE d) SELECT * FROM c) e, c|[b, d, c]|[]",
                "SELECT a(b)(c) FROM d AS a(b, c) WHERE e IN (1)|[d]|[a]",
                "SELECT left(a, 1), coalesce(f(b), 2), x::numeric(3), cast(y AS foo(3)), foo(3) 'z'|[]|[left, f]",
                "SELECT count(*) FILTER (WHERE f(x)) OVER (PARTITION BY g(x)) FROM t|[t]|[count, f, g]",
                "SELECT extract(year FROM f(a)), trim(BOTH g(b) FROM c), substring(h(a) FROM 2)|[]|[f, g, h]",
                "SELECT substring(a, 1), overlay(a, b, 1), position('a' IN b)|[]|[substring, overlay]",
                "SELECT a LIKE b ESCAPE c, a SIMILAR TO b|[]|[pg_catalog.like_escape, pg_catalog.similar_to_escape]",
                "SELECT 1 FROM a WHERE b IS DISTINCT FROM f(c) ORDER BY g(d) LIMIT h()|[a]|[f, g, h]",
                "SELECT \"left\"(1), s.coalesce(2)|[]|[left, s.coalesce]",
                "INSERT INTO a (b, c) SELECT f(d) FROM e ON CONFLICT (g(b)) DO UPDATE SET c = h(1)|[a, e]|[f, g, h]",
                "UPDATE ONLY a AS x SET b = f(c) FROM d WHERE x.e = d.e RETURNING g(b)|[a, d]|[f, g]",
                "DELETE FROM a USING b, c WHERE a.d = b.d|[a, b, c]|[]",
                "WITH a AS (SELECT 1) DELETE FROM a|[a]|[]",
                "CREATE TABLE a (b int DEFAULT f(1) CHECK (g(b)), LIKE c, FOREIGN KEY (b) REFERENCES d (e))|[a, c, d]|[f, g]",
                "COPY (SELECT f(a) FROM b) TO STDOUT|[b]|[f]",
                "SELECT * FROM ROWS FROM (f(1), g(2) AS (a int)) x(a, b)|[]|[f, g]",
                "SELECT * FROM a TABLESAMPLE system (f(1))|[a]|[f]",
                "SELECT a COLLATE FROM f(1), b|[b]|[f]",
                "SELECT a AS from FROM f(1), b|[b]|[f]",
                "SELECT a TIMESTAMP, f(1) OVER FROM b|[b]|[f]",
                "SELECT rank(1) WITHIN GROUP (ORDER BY f(a)) FROM b|[b]|[rank, f]",
                "SELECT 1 FROM a GROUP BY GROUPING SETS (CUBE (b), ROLLUP (f(c))), cube(d)|[a]|[f]",
                "SELECT cube(1), x LIKE ANY (f(1)), sum(a) OVER (ROWS f(1) PRECEDING)|[]|[cube, f, sum]",
                "SELECT CASE WHEN a THEN f(1) END AS g, (h(2)) i FROM j k (l, m)|[j]|[f, h]",
                "WITH recursive (n) AS (SELECT 1) SELECT * FROM recursive, b|[b]|[]",
                "WITH RECURSIVE a(b) AS (SELECT 1) SEARCH DEPTH FIRST BY b SET c UPDATE d SET e = 1, f = 2 FROM f|[d, f]|[]",
                "SELECT x OPERATOR(pg_catalog.+) f(1), y AT TIME ZONE g(2), z COLLATE \"C\"|[]|[f, g]",
                "SELECT xmlparse(CONTENT f(a)), xmlserialize(DOCUMENT g(b) AS text), xmlroot(c, VERSION h(d))|[]|[f, g, h]",
                "SELECT xmlexists('a' PASSING BY REF f(b)), json_object(KEY g(c) VALUE h(d))|[]|[f, g, h]",
                "SELECT json_objectagg(a VALUE f(b) OVER (ORDER BY g(c)))|[]|[f, g]",
                "SELECT * FROM JSON_TABLE(f(a), '$' PASSING g(b) AS c COLUMNS (d int PATH '$' DEFAULT h(1) ON ERROR)) e|[]|[f, g, h]",
                "SELECT * FROM XMLTABLE('a' PASSING f(b) COLUMNS c int PATH 'd' DEFAULT g(1)) h, i|[i]|[f, g]",
                "SELECT ARRAY[f(1)], (g(2)).*, a[h(3)] FROM b|[b]|[f, g, h]",
            })
    void namesTablesAndFunctions(String sql, String tables, String functions) {
        Statement statement = one(sql);
        assertThat(names(statement.tables()).toString()).isEqualTo(tables);
        assertThat(names(statement.functions()).toString()).isEqualTo(functions);
    }

    @Test
    void knowsFunctionsThatAStandbyMayRun() {
        assertThat(one("SELECT 1").callsOnlyKnownStableFunctions()).isTrue();
        assertThat(one("SELECT Count(*), now(), pg_catalog.lower(a) FROM b").callsOnlyKnownStableFunctions())
                .isTrue();
        assertThat(one("SELECT nextval('a')").callsOnlyKnownStableFunctions()).isFalse();
        assertThat(one("SELECT count(*), mine(a) FROM b").callsOnlyKnownStableFunctions())
                .isFalse();
        assertThat(one("SELECT public.lower(a)").callsOnlyKnownStableFunctions())
                .isFalse();
        assertThat(analyzer.analyze("SELECT 1; SELECT mine()").callsOnlyKnownStableFunctions())
                .isFalse();
    }

    @Test
    void seesSystemRelations() {
        assertThat(one("SELECT * FROM pg_class").usesSystemCatalog()).isTrue();
        assertThat(one("SELECT * FROM information_schema.tables").usesSystemCatalog())
                .isTrue();
        assertThat(one("SELECT * FROM a, (SELECT * FROM pg_catalog.x) b").usesSystemCatalog())
                .isTrue();
        assertThat(one("SELECT * FROM public.pg_class, pgbench_accounts").usesSystemCatalog())
                .isFalse();
    }

    @Test
    void oldStringsAreReadWithTheirEscapes() {
        byte[] text = "SELECT '\\'; DELETE FROM a; --'".getBytes(StandardCharsets.US_ASCII);
        assertThat(analyzer.analyze(text, 0, text.length, LexicalSettings.DEFAULT)
                        .isReadOnly())
                .isFalse();
        assertThat(analyzer.analyze(text, 0, text.length, new LexicalSettings(false, true))
                        .isReadOnly())
                .isTrue();
    }

    @Test
    void textInAnUnsafeEncodingIsAnalysedOnlyIfItIsAscii() {
        LexicalSettings unsafe = new LexicalSettings(true, LexicalSettings.isSafeEncoding("SJIS"));
        byte[] ascii = "SELECT 1".getBytes(StandardCharsets.US_ASCII);
        byte[] sjis = "SELECT '表'".getBytes(Charset.forName("Shift_JIS"));
        assertThat(analyzer.analyze(ascii, 0, ascii.length, unsafe).isReadOnly())
                .isTrue();
        assertThat(analyzer.analyze(sjis, 0, sjis.length, unsafe).type()).isEqualTo(StatementType.UNKNOWN);
    }

    @ParameterizedTest
    @CsvSource({"UTF8,true", "latin1,true", "EUC_JP,true", "sjis,false", "Shift_JIS_2004,false", "GB18030,false"})
    void knowsTheUnsafeEncodings(String name, boolean safe) {
        assertThat(LexicalSettings.isSafeEncoding(name)).isEqualTo(safe);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "/*NO LOAD BALANCE*/ SELECT 1|NO_LOAD_BALANCE|-1",
                "/* no load balance */ SELECT 1|NO_LOAD_BALANCE|-1",
                "SELECT /* trunkline: route=standby */ 1|STANDBY|-1",
                "/*Trunkline:route=PRIMARY*/ SELECT 1|PRIMARY|-1",
                "SELECT 1 /* trunkline: route=node:12 */|NODE|12",
            })
    void readsHints(String sql, RouteHint.Target target, int node) {
        assertThat(analyzer.analyze(sql).hint()).contains(new RouteHint(target, node));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/*+ SeqScan(a) */ SELECT 1",
                "SELECT '/*NO LOAD BALANCE*/'",
                "-- trunkline: route=primary\nSELECT 1",
                "/* NO LOAD BALANCE please */ SELECT 1"
            })
    void otherCommentsAreNoHints(String sql) {
        Analysis analysis = analyzer.analyze(sql);
        assertThat(analysis.hint()).isEmpty();
        assertThat(analysis.hasInvalidHint()).isFalse();
    }

    @ParameterizedTest
    @ValueSource(strings = {"route=node:", "route=node:99999", "route=node:x", "route=master", "rout=primary", ""})
    void unusableHintsAreReported(String hint) {
        Analysis analysis = analyzer.analyze("/* trunkline: " + hint + " */ SELECT 1");
        assertThat(analysis.hint()).isEmpty();
        assertThat(analysis.hasInvalidHint()).isTrue();
    }

    @Test
    void tellsLeadingFromInnerComments() {
        assertThat(analyzer.analyze("-- a\nSELECT 1").hasLeadingComment()).isTrue();
        assertThat(analyzer.analyze("-- a\nSELECT 1").hasInnerComment()).isFalse();
        assertThat(analyzer.analyze("SELECT /* a */ 1").hasInnerComment()).isTrue();
        assertThat(analyzer.analyze("SELECT 1").hasLeadingComment()).isFalse();
    }
}
