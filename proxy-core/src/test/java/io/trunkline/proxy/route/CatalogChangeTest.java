package io.trunkline.proxy.route;

import static org.assertj.core.api.Assertions.assertThat;

import io.trunkline.proxy.route.CatalogChange.Extent;
import io.trunkline.sql.QualifiedName;
import io.trunkline.sql.StatementAnalyzer;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Which statements make knowledge about functions and relations untrue. */
class CatalogChangeTest {
    private static CatalogChange of(String sql) {
        return CatalogChange.of(new StatementAnalyzer().analyze(sql).statements());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "SELECT 1",
                "INSERT INTO t VALUES (1)",
                "SELECT f()",
                "TRUNCATE t",
                "GRANT SELECT ON t TO u",
                "REFRESH MATERIALIZED VIEW m",
                "COMMENT ON TABLE t IS 'create'",
                "VACUUM t",
                "BEGIN",
                "COMMIT",
                "EXECUTE p",
                "EXPLAIN CREATE TABLE t AS SELECT 1",
                "EXPLAIN ANALYZE DELETE FROM t"
            })
    void mostStatementsChangeNothing(String sql) {
        assertThat(of(sql).isNone()).isTrue();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "CREATE TABLE t (x int) | DATABASE",
                "CREATE OR REPLACE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1' | DATABASE",
                "ALTER FUNCTION f() VOLATILE | DATABASE",
                "ALTER TABLE t SET UNLOGGED | DATABASE",
                "CREATE TABLE t AS SELECT 1 | DATABASE",
                "SELECT 1 INTO t | DATABASE",
                "EXPLAIN ANALYZE CREATE TABLE t AS SELECT 1 | DATABASE",
                "DROP FUNCTION f(int) | DATABASE",
                "DROP SCHEMA s CASCADE | DATABASE",
                "DO 'BEGIN END' | DATABASE",
                "FROBNICATE t | DATABASE",
                "SELECT 1; DROP FUNCTION f(); CALL p() | DATABASE",
                "CALL p() | SUSPECT",
                "COMMIT PREPARED 'x' | SUSPECT",
                "ALTER ROLE r SET default_transaction_isolation = 'serializable' | EVERYWHERE",
                "ALTER DATABASE d SET default_transaction_isolation = 'serializable' | EVERYWHERE",
                "DROP DATABASE d | EVERYWHERE",
                "DO ''; ALTER ROLE r RESET ALL | EVERYWHERE"
            })
    void definitionsChangeTheDatabaseOrMore(String sql, Extent extent) {
        assertThat(of(sql)).isEqualTo(new CatalogChange(extent, List.of()));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "CREATE TEMP TABLE t AS SELECT * FROM big | t",
                "SELECT * INTO TEMPORARY t FROM big | t",
                "CREATE TEMP VIEW t AS SELECT * FROM big | t",
                "DROP TABLE t | t",
                "DROP VIEW IF EXISTS t CASCADE | t"
            })
    void whatComesForASessionAloneOrGoesConcernsItsNameOnly(String sql, String name) {
        assertThat(of(sql)).isEqualTo(new CatalogChange(Extent.NAMES, List.of(QualifiedName.of(name))));
    }

    @Test
    void changesAddUp() {
        CatalogChange names = of("DROP TABLE a, b; CREATE TEMP TABLE b (x int); DROP TABLE c");

        assertThat(names.names()).extracting(QualifiedName::name).containsExactly("a", "b", "c");
        assertThat(names.and(of("CALL p()")))
                .isEqualTo(new CatalogChange(Extent.SUSPECT, names.names()))
                .isEqualTo(of("CALL p()").and(names));
        assertThat(names.and(of("ALTER TABLE t ADD y int"))).isEqualTo(of("DO ''"));
        assertThat(names.and(CatalogChange.NONE)).isSameAs(names);
        assertThat(CatalogChange.NONE.and(names)).isSameAs(names);
    }
}
