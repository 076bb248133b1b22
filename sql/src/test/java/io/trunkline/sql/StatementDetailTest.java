package io.trunkline.sql;

import static org.assertj.core.api.Assertions.assertThat;

import io.trunkline.sql.StatementDetail.CatalogObject;
import io.trunkline.sql.StatementDetail.Channel;
import io.trunkline.sql.StatementDetail.Cursor;
import io.trunkline.sql.StatementDetail.IsolationLevel;
import io.trunkline.sql.StatementDetail.Lock;
import io.trunkline.sql.StatementDetail.LockMode;
import io.trunkline.sql.StatementDetail.ObjectClass;
import io.trunkline.sql.StatementDetail.Prepared;
import io.trunkline.sql.StatementDetail.Scope;
import io.trunkline.sql.StatementDetail.Setting;
import io.trunkline.sql.StatementDetail.SettingAction;
import io.trunkline.sql.StatementDetail.Transaction;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class StatementDetailTest {
    private final StatementAnalyzer analyzer = new StatementAnalyzer();

    private Statement one(String sql) {
        return analyzer.analyze(sql).only().orElseThrow();
    }

    private <T extends StatementDetail> T detail(String sql, Class<T> wanted) {
        return one(sql).detail(wanted).orElseThrow();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '^',
            value = {
                "SELECT 1|SELECT",
                "(SELECT 1) UNION SELECT 2|SELECT",
                "WITH a AS (SELECT 1) SELECT * FROM a|SELECT",
                "VALUES (1)|VALUES",
                "TABLE a|TABLE",
                "SELECT 1 INTO a|SELECT_INTO",
                "WITH a AS (SELECT 1) INSERT INTO b SELECT * FROM a|INSERT",
                "UPDATE a SET b = 1|UPDATE",
                "DELETE FROM a|DELETE",
                "MERGE INTO a USING b ON true WHEN MATCHED THEN DELETE|MERGE",
                "BEGIN|BEGIN",
                "START TRANSACTION|BEGIN",
                "END WORK|COMMIT",
                "COMMIT AND CHAIN|COMMIT",
                "ABORT|ROLLBACK",
                "ROLLBACK TO SAVEPOINT a|ROLLBACK_TO",
                "SAVEPOINT a|SAVEPOINT",
                "RELEASE a|RELEASE",
                "PREPARE TRANSACTION 'a'|PREPARE_TRANSACTION",
                "COMMIT PREPARED 'a'|COMMIT_PREPARED",
                "ROLLBACK PREPARED 'a'|ROLLBACK_PREPARED",
                "SET a = 1|SET",
                "SET SESSION a TO 1|SET",
                "SET LOCAL a = 1|SET_LOCAL",
                "SET TRANSACTION READ ONLY|SET_TRANSACTION",
                "SET TRANSACTION SNAPSHOT '1-1'|SET_TRANSACTION_SNAPSHOT",
                "SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY|SET_SESSION_CHARACTERISTICS",
                "SET CONSTRAINTS ALL DEFERRED|SET_CONSTRAINTS",
                "SET ROLE a|SET_ROLE",
                "SET SESSION AUTHORIZATION a|SET_SESSION_AUTHORIZATION",
                "RESET a|RESET",
                "RESET ALL|RESET_ALL",
                "SHOW a|SHOW",
                "SHOW ALL|SHOW",
                "DISCARD ALL|DISCARD_ALL",
                "DISCARD TEMPORARY|DISCARD_TEMP",
                "DISCARD PLANS|DISCARD_PLANS",
                "DISCARD SEQUENCES|DISCARD_SEQUENCES",
                "PREPARE a AS SELECT 1|PREPARE",
                "EXECUTE a|EXECUTE",
                "DEALLOCATE a|DEALLOCATE",
                "DEALLOCATE PREPARE ALL|DEALLOCATE_ALL",
                "DECLARE a CURSOR FOR SELECT 1|DECLARE_CURSOR",
                "FETCH a|FETCH",
                "MOVE ALL IN a|MOVE",
                "CLOSE a|CLOSE",
                "LISTEN a|LISTEN",
                "UNLISTEN *|UNLISTEN",
                "NOTIFY a, 'b'|NOTIFY",
                "COPY a FROM STDIN|COPY_FROM",
                "COPY a (b, c) TO STDOUT WITH (FORMAT csv)|COPY_TO_STDOUT",
                "COPY (SELECT 1) TO STDOUT|COPY_TO_STDOUT",
                "COPY a TO '/tmp/a'|COPY_TO_OTHER",
                "COPY a TO PROGRAM 'cat'|COPY_TO_OTHER",
                "LOCK a|LOCK",
                "EXPLAIN SELECT 1|EXPLAIN",
                "EXPLAIN (ANALYZE) SELECT 1|EXPLAIN_ANALYZE",
                "EXPLAIN (ANALYZE off) SELECT 1|EXPLAIN",
                "EXPLAIN (\"analyze\") SELECT 1|EXPLAIN_ANALYZE",
                "EXPLAIN (SELECT 1)|EXPLAIN",
                "CALL a()|CALL",
                "DO $$ $$|DO",
                "VACUUM FULL a|VACUUM",
                "ANALYZE a|ANALYZE",
                "CLUSTER|CLUSTER",
                "REINDEX TABLE a|REINDEX",
                "CHECKPOINT|CHECKPOINT",
                "LOAD 'a'|LOAD",
                "CREATE TABLE a AS SELECT 1|CREATE_TABLE_AS",
                "CREATE MATERIALIZED VIEW a AS SELECT 1|CREATE_TABLE_AS",
                "TRUNCATE a|TRUNCATE",
                "CREATE DATABASE a|CREATE_DATABASE",
                "ALTER DATABASE a OWNER TO b|ALTER_DATABASE",
                "ALTER DATABASE a SET b = 1|ALTER_DATABASE_SET",
                "ALTER DATABASE a SET TABLESPACE b|ALTER_DATABASE",
                "DROP DATABASE a|DROP_DATABASE",
                "ALTER USER a PASSWORD 'b'|ALTER_ROLE",
                "ALTER ROLE a RESET ALL|ALTER_ROLE_SET",
                "DROP USER a|DROP_ROLE",
                "ALTER SYSTEM SET a = 1|ALTER_SYSTEM",
                "GRANT SELECT ON a TO b|GRANT",
                "REVOKE a FROM b|REVOKE",
                "CREATE TABLE a (b int)|CREATE",
                "ALTER TABLE a ADD b int|ALTER",
                "DROP TABLE a|DROP",
                "COMMENT ON TABLE a IS 'b'|OTHER_DDL",
                "REFRESH MATERIALIZED VIEW a|OTHER_DDL",
                "FROBNICATE a|UNKNOWN",
                "1|UNKNOWN",
                "COMMIT PREPARED|UNKNOWN",
                "EXPLAIN FROBNICATE|UNKNOWN",
            })
    void tellsTheType(String sql, StatementType type) {
        assertThat(one(sql).type()).isEqualTo(type);
        assertThat(one(sql.toUpperCase(java.util.Locale.ROOT)).kind()).isEqualTo(type.kind());
    }

    @Test
    void readsTransactionModes() {
        Transaction begin =
                detail("BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY NOT DEFERRABLE", Transaction.class);
        assertThat(begin.isolation()).contains(IsolationLevel.REPEATABLE_READ);
        assertThat(begin.readOnly()).contains(true);
        assertThat(begin.deferrable()).contains(false);
        assertThat(detail("START TRANSACTION READ WRITE", Transaction.class).readOnly())
                .contains(false);
        assertThat(detail("BEGIN", Transaction.class).readOnly()).isEmpty();
        assertThat(detail("SET SESSION CHARACTERISTICS AS TRANSACTION ISOLATION LEVEL SERIALIZABLE", Transaction.class)
                        .isolation())
                .contains(IsolationLevel.SERIALIZABLE);
        assertThat(detail("COMMIT AND CHAIN", Transaction.class).chain()).isTrue();
        assertThat(detail("ROLLBACK AND NO CHAIN", Transaction.class).chain()).isFalse();
    }

    @Test
    void namesSavepointsAndPreparedTransactions() {
        assertThat(detail("SAVEPOINT \"A\"", Transaction.class).name()).contains("A");
        assertThat(detail("ROLLBACK WORK TO A", Transaction.class).name()).contains("a");
        assertThat(detail("COMMIT PREPARED E'a\\'b'", Transaction.class).name()).contains("a'b");
    }

    @Test
    void transactionControlWithSomethingElseBehindItIsUnknown() {
        assertThat(one("BEGIN DELETE FROM a").type()).isEqualTo(StatementType.UNKNOWN);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '^',
            value = {
                "SET Search_Path TO a, \"B\", 'c d'|search_path|a, B, c d",
                "SET x.y = -1.5|x.y|-1.5",
                "SET a = on|a|on",
                "SET TIME ZONE 'UTC'|timezone|UTC",
                "SET TIME ZONE -5|timezone|-5",
                "SET TIME ZONE INTERVAL '-08:00' HOUR TO MINUTE|timezone|interval -08:00 hour to minute",
                "SET NAMES 'LATIN1'|client_encoding|LATIN1",
                "SET SCHEMA 'a'|search_path|a",
                "SET ROLE none|role|none",
                "SET LOCAL ROLE 'a'|role|a",
                "SET SESSION SESSION AUTHORIZATION 'a'|session_authorization|a",
                "SET XML OPTION DOCUMENT|xmloption|document",
                "SET session = 1|session|1",
                "SET work_mem='64 MB'|work_mem|64 MB",
                "SET transaction_isolation TO serializable|transaction_isolation|serializable",
            })
    void readsSettings(String sql, String name, String value) {
        Setting setting = detail(sql, Setting.class);
        assertThat(setting.action()).isEqualTo(SettingAction.SET);
        assertThat(setting.name()).isEqualTo(name);
        assertThat(setting.value()).contains(value);
    }

    @Test
    void keepsValuesOfSettingsOutOfLogs() {
        assertThat(detail("SET app.token = 'sesame'", Setting.class).toString())
                .contains("app.token")
                .doesNotContain("sesame");
    }

    @Test
    void tellsHowFarASettingReaches() {
        assertThat(detail("SET LOCAL a = 1", Setting.class).scope()).isEqualTo(Scope.LOCAL);
        assertThat(detail("SET SESSION a = 1", Setting.class).scope()).isEqualTo(Scope.SESSION);
        assertThat(one("SET LOCAL TRANSACTION READ ONLY").type()).isEqualTo(StatementType.SET_TRANSACTION);
    }

    @ParameterizedTest
    @CsvSource({
        "SET a TO DEFAULT,a",
        "RESET a.B,a.b",
        "RESET ALL,all",
        "SET TIME ZONE LOCAL,timezone",
        "RESET SESSION AUTHORIZATION,session_authorization",
        "SET SESSION AUTHORIZATION DEFAULT,session_authorization"
    })
    void readsResets(String sql, String name) {
        Setting setting = detail(sql, Setting.class);
        assertThat(setting.action()).isEqualTo(SettingAction.RESET);
        assertThat(setting.name()).isEqualTo(name);
        assertThat(setting.value()).isEmpty();
    }

    @Test
    void readsWhatIsShown() {
        assertThat(detail("SHOW Pool_Nodes", Setting.class).name()).isEqualTo("pool_nodes");
        assertThat(detail("SHOW TRANSACTION ISOLATION LEVEL", Setting.class).name())
                .isEqualTo("transaction_isolation");
        assertThat(detail("SHOW TIME ZONE", Setting.class).name()).isEqualTo("timezone");
        assertThat(one("SHOW a b").isReadOnly()).isFalse();
    }

    @Test
    void namesPreparedStatementsAndWhatIsInThem() {
        String sql = "PREPARE \"P\" (int, text) AS UPDATE a SET b = $1";
        Statement prepare = one(sql);
        assertThat(prepare.detail(Prepared.class).orElseThrow().name()).contains("P");
        Statement inner = prepare.inner().orElseThrow();
        assertThat(inner.type()).isEqualTo(StatementType.UPDATE);
        assertThat(sql.substring(inner.start(), inner.end())).isEqualTo("UPDATE a SET b = $1");
        assertThat(prepare.tables()).containsExactly(QualifiedName.of("a"));
        assertThat(detail("DEALLOCATE ALL", Prepared.class).name()).isEmpty();
        assertThat(detail("EXECUTE P(1, f(2))", Prepared.class).name()).contains("p");
        assertThat(one("EXECUTE p(f(2))").functions()).containsExactly(QualifiedName.of("f"));
        assertThat(one("PREPARE p AS SELECT 1").inner().orElseThrow().isReadOnly())
                .isTrue();
    }

    @Test
    void namesCursors() {
        Cursor cursor = detail("DECLARE c BINARY SCROLL CURSOR WITH HOLD FOR SELECT 1", Cursor.class);
        assertThat(cursor.name()).contains("c");
        assertThat(cursor.hold()).isTrue();
        assertThat(detail("DECLARE c CURSOR WITHOUT HOLD FOR SELECT 1", Cursor.class)
                        .hold())
                .isFalse();
        assertThat(detail("FETCH FORWARD 10 FROM c", Cursor.class).name()).contains("c");
        assertThat(detail("FETCH NEXT", Cursor.class).name()).contains("next");
        assertThat(detail("CLOSE ALL", Cursor.class).name()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "SELECT set_config('A.b', 'it''s', false)",
                "select pg_catalog . set_config(E'A.b', $$it's$$, FALSE);",
                "SELECT /* x */ Set_Config('A.b','it''s',false) -- y"
            })
    void readsSetConfigOfLiteralsAsASetting(String sql) {
        assertThat(detail(sql, Setting.class))
                .isEqualTo(new Setting("a.b", SettingAction.SET, Scope.SESSION, Optional.of("it's")));
    }

    @Test
    void readsSetConfigForTheTransaction() {
        assertThat(detail("SELECT set_config('a.b', '', true)", Setting.class).scope())
                .isEqualTo(Scope.LOCAL);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "SELECT set_config('a.b', c, false)",
                "SELECT set_config('a.b', '1', $1)",
                "SELECT set_config('a.b', '1', false) FROM t",
                "SELECT set_config('a.b', '1', false), 1",
                "SELECT set_config('a.b', '1' || '2', false)",
                "SELECT x.set_config('a.b', '1', false)",
                "SELECT \"Set_config\"('a.b', '1', false)",
                "SELECT set_config('a.b', '1', false) UNION ALL SELECT 1",
                "(SELECT set_config('a.b', '1', false))"
            })
    void readsNoSettingFromOtherUsesOfSetConfig(String sql) {
        assertThat(one(sql).detail()).isEmpty();
    }

    @Test
    void namesWhatCreateTableAsExecutes() {
        assertThat(detail("CREATE TABLE a AS EXECUTE \"P\"(1)", Prepared.class).name())
                .contains("P");
    }

    @Test
    void tellsWhereTheStatementOfExplainRouteBegins() {
        Statement statement = one("/* é */ explain /* ROUTE */ Route SELECT 1");
        assertThat(statement.type()).isEqualTo(StatementType.EXPLAIN_ROUTE);
        assertThat(statement
                        .detail(StatementDetail.Explained.class)
                        .orElseThrow()
                        .from())
                .isEqualTo("/* é */ explain /* ROUTE */ Route".getBytes(StandardCharsets.UTF_8).length);
        assertThat(one("EXPLAIN ROUTE").type()).isEqualTo(StatementType.UNKNOWN);
        assertThat(one("EXPLAIN EXPLAIN ROUTE SELECT 1").type()).isEqualTo(StatementType.UNKNOWN);
    }

    @Test
    void readsTheCommandsOfPgpool() {
        assertThat(one("pgpool show ALL").type()).isEqualTo(StatementType.PGPOOL);
        assertThat(detail("PGPOOL SHOW Backend_Port0", Setting.class).name()).isEqualTo("backend_port0");
        Setting set = detail("PGPOOL SET client_idle_limit = 30", Setting.class);
        assertThat(set.action()).isEqualTo(SettingAction.SET);
        assertThat(set.name()).isEqualTo("client_idle_limit");
        assertThat(set.value()).contains("30");
        assertThat(detail("PGPOOL SET log_statement TO 'on'", Setting.class).value())
                .contains("on");
        assertThat(detail("PGPOOL RESET ALL", Setting.class).action()).isEqualTo(SettingAction.RESET);
        Setting cache = detail("PGPOOL SET CACHE DELETE 'SELECT 1'", Setting.class);
        assertThat(cache.name()).isEqualTo("cache delete");
        assertThat(cache.value()).contains("SELECT 1");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"PGPOOL", "PGPOOL SELECT 1", "PGPOOL SHOW", "PGPOOL SET a", "pgpool.show a", "PGPOOLS SHOW a"})
    void doesNotTakeAnythingForACommandOfPgpool(String sql) {
        assertThat(one(sql).type()).isEqualTo(StatementType.UNKNOWN);
    }

    @Test
    void namesChannels() {
        assertThat(detail("LISTEN \"C\"", Channel.class).name()).contains("C");
        assertThat(detail("UNLISTEN *", Channel.class).name()).isEmpty();
        assertThat(detail("NOTIFY c, 'payload'", Channel.class).name()).contains("c");
    }

    @ParameterizedTest
    @ValueSource(strings = {"LISTEN a", "LISTEN Level", "LISTEN \"a b\" /* c */", "UNLISTEN *", "UNLISTEN a"})
    void knowsChannelsThatMeanTheSameEverywhere(String sql) {
        assertThat(detail(sql, Channel.class).isPlain()).isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "LISTEN",
                "LISTEN a b",
                "LISTEN a.b",
                "LISTEN *",
                "LISTEN select",
                "LISTEN \"\"",
                "LISTEN 'a'",
                "LISTEN \"\u00e4\"",
                "LISTEN U&\"a\"",
                "LISTEN a123456789012345678901234567890123456789012345678901234567890123",
                "UNLISTEN * a",
                "UNLISTEN"
            })
    void takesNoOtherChannelForThat(String sql) {
        assertThat(one(sql).detail(Channel.class).filter(Channel::isPlain)).isEmpty();
    }

    @ParameterizedTest
    @EnumSource(LockMode.class)
    void readsLockModes(LockMode mode) {
        Lock lock = detail("LOCK TABLE a, b IN " + mode.name().replace('_', ' ') + " MODE NOWAIT", Lock.class);
        assertThat(lock).isEqualTo(new Lock(mode, true));
    }

    @Test
    void locksExclusivelyUnlessToldOtherwise() {
        assertThat(detail("LOCK a", Lock.class)).isEqualTo(new Lock(LockMode.ACCESS_EXCLUSIVE, false));
    }

    @Test
    void namesDatabasesAndRoles() {
        assertThat(detail("DROP DATABASE IF EXISTS \"D\" WITH (FORCE)", CatalogObject.class))
                .isEqualTo(new CatalogObject(ObjectClass.DATABASE, Optional.of("D"), Optional.empty()));
        assertThat(detail("ALTER ROLE r IN DATABASE d SET a = 1", CatalogObject.class))
                .isEqualTo(new CatalogObject(ObjectClass.ROLE, Optional.of("r"), Optional.of("d")));
        assertThat(detail("ALTER ROLE ALL SET a = 1", CatalogObject.class).name())
                .isEmpty();
        assertThat(detail("ALTER USER CURRENT_USER RESET a", CatalogObject.class)
                        .name())
                .isEmpty();
        assertThat(detail("DROP ROLE a, b", CatalogObject.class).name()).isEmpty();
        assertThat(detail("CREATE DATABASE d TEMPLATE t", CatalogObject.class).name())
                .contains("d");
        assertThat(detail("ALTER DATABASE d RENAME TO e", CatalogObject.class).name())
                .contains("d");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "CREATE TEMP TABLE a (b int)",
                "CREATE LOCAL TEMPORARY TABLE a AS SELECT 1",
                "CREATE OR REPLACE TEMP VIEW a AS SELECT 1",
                "CREATE TEMP SEQUENCE a",
                "CREATE TABLE pg_temp.a (b int)",
                "CREATE FUNCTION pg_temp.f() RETURNS int RETURN 1",
                "SELECT 1 INTO TEMP a",
                "SELECT 1 INTO LOCAL TEMPORARY TABLE a",
                "SELECT 1 INTO pg_temp.a"
            })
    void seesThatSomethingTemporaryIsMade(String sql) {
        assertThat(one(sql).createsTemporary()).isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"CREATE TABLE temp (a int)", "CREATE UNLOGGED TABLE a ()", "SELECT 1 INTO a"})
    void seesThatNothingTemporaryIsMade(String sql) {
        assertThat(one(sql).createsTemporary()).isFalse();
    }
}
