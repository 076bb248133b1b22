package io.trunkline.proxy.route;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.trunkline.pool.IdleFilter;
import java.nio.charset.StandardCharsets;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Where each kind of statement may run, and what it leaves behind. */
class StatementPlannerTest {
    private final StatementPlanner planner = new StatementPlanner();
    private static final RoutingRules BALANCING = Rules.of();
    private static final RoutingRules NOT_BALANCING = Rules.of("load_balance_mode = off");

    private boolean standardStrings = true;
    private boolean safeEncoding = true;

    private Plan plan(String sql) {
        return plan(sql.getBytes(StandardCharsets.UTF_8), true);
    }

    private Plan plan(byte[] sql, boolean balancing) {
        ByteBuf in = Unpooled.buffer().writeZero(3).writeBytes(sql).writeByte(0);
        try {
            return planner.plan(
                    in,
                    3,
                    sql.length,
                    new StatementPlanner.Dialect() {
                        @Override
                        public boolean hasStandardStrings() {
                            return standardStrings;
                        }

                        @Override
                        public boolean hasSafeEncoding() {
                            return safeEncoding;
                        }
                    },
                    balancing ? BALANCING : NOT_BALANCING);
        } finally {
            in.release();
        }
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(delimiter = '|', textBlock = """
            ''                                            | ANY     | NONE
            ;                                             | ANY     | NONE
            -- nothing                                    | ANY     | NONE
            SELECT 1                                      | READ    | NONE
            select * from t where a = 1                   | READ    | NONE
            VALUES (1)                                    | READ    | NONE
            TABLE t                                       | READ    | NONE
            EXPLAIN SELECT 1                              | READ    | NONE
            WITH x AS (SELECT 1) SELECT * FROM x          | READ    | NONE
            WITH x AS (DELETE FROM t RETURNING 1) SELECT * FROM x | PRIMARY | NONE
            SELECT * INTO x FROM t                        | PRIMARY | NONE
            SELECT * FROM t FOR UPDATE                    | PRIMARY | NONE
            SELECT nextval('s')                           | PRIMARY | NONE
            SELECT random()                               | PRIMARY | NONE
            SELECT pg_backend_pid()                       | PRIMARY | NONE
            SELECT lo_get(1)                              | PRIMARY | NONE
            SELECT pg_advisory_lock(1)                    | PRIMARY | HOLDS
            SELECT unknown_function()                     | READ    | NONE
            SELECT count(*) FROM pg_class                 | PRIMARY | NONE
            SELECT * FROM information_schema.tables       | PRIMARY | NONE
            SELECT * FROM pg_temp.t                       | PRIMARY | NONE
            SELECT set_config('a.b', '1', false)          | ANY     | SETTING
            SELECT pg_catalog.set_config('search_path', '', false) | ANY | SETTING
            SELECT set_config('a.b', '1', true)           | ANY     | TRANSACTION_SETTING
            SELECT set_config('a.b', b, false) FROM t     | PRIMARY | PINS
            SELECT set_config('a.b', '1', false), 2       | PRIMARY | PINS
            SELECT set_config($1, '1', false)             | PRIMARY | PINS
            SELECT 1 WHERE set_config('a.b', '1', false) > '' | PRIMARY | PINS
            INSERT INTO t SELECT set_config('a.b', '1', false) | PRIMARY | PINS
            SELECT set_config('a.b', $1, true), set_config($2, $3, true) | PRIMARY | TIES_TRANSACTION
            SELECT pg_catalog.set_config('a.b', b, true), c FROM t | PRIMARY | TIES_TRANSACTION
            INSERT INTO t SELECT set_config('a.b', $1, true) | PRIMARY | TIES_TRANSACTION
            COPY (SELECT set_config('a.b', '1', true)) TO STDOUT | PRIMARY | TIES_TRANSACTION
            EXPLAIN ANALYZE SELECT set_config('a.b', $1, true) | PRIMARY | TIES_TRANSACTION
            DECLARE c CURSOR FOR SELECT set_config('a.b', $1, true) | PRIMARY | TIES_TRANSACTION
            DECLARE c CURSOR WITH HOLD FOR SELECT set_config('a.b', $1, true) | PRIMARY | PINS
            CREATE TABLE x AS SELECT set_config('a.b', $1, true) | PRIMARY | TIES_TRANSACTION
            SELECT 1; SELECT set_config('a.b', 'b', true), 2 | PRIMARY | NONE
            SELECT set_config('a.b', $1, true), set_config('a.b', $1, false) | PRIMARY | PINS
            SELECT set_config('a.b', $1, $2)              | PRIMARY | PINS
            SELECT x.set_config('a.b', $1, true)          | PRIMARY | PINS
            SELECT set_config('a.b', $1, true), pg_advisory_lock(1) | PRIMARY | PINS
            PREPARE p AS SELECT set_config('a.b', $1, true) | PRIMARY | PINS
            EXPLAIN ANALYZE EXECUTE p(set_config('a.b', '1', true)) | PRIMARY | PINS
            CREATE TEMP TABLE x AS SELECT set_config('a.b', '1', true) | PRIMARY | PINS
            EXPLAIN ANALYZE SELECT 1                      | PRIMARY | NONE
            EXPLAIN (ANALYZE off) SELECT 1                | READ    | NONE
            EXPLAIN DELETE FROM t                         | PRIMARY | NONE
            EXPLAIN EXECUTE p                             | PRIMARY | EXECUTE
            EXPLAIN ANALYZE EXECUTE p                     | PRIMARY | EXECUTE
            CREATE TABLE x AS EXECUTE p                   | PRIMARY | EXECUTE
            CREATE TEMP TABLE x AS EXECUTE p              | PRIMARY | PINS
            CREATE TABLE pg_temp.x AS EXECUTE p           | PRIMARY | PINS
            EXPLAIN ROUTE SELECT 1                        | ANY     | LOCAL
            explain/**/"route" SELECT 1                   | PRIMARY | NONE
            EXPLAIN ROUTE                                 | PRIMARY | NONE
            COPY t TO STDOUT                              | READ    | NONE
            COPY (SELECT a FROM t) TO STDOUT              | READ    | NONE
            COPY pg_class TO STDOUT                       | PRIMARY | NONE
            COPY (SELECT nextval('s')) TO STDOUT          | PRIMARY | NONE
            COPY (SELECT 1 FOR UPDATE) TO STDOUT          | PRIMARY | NONE
            COPY (DELETE FROM t RETURNING 1) TO STDOUT    | PRIMARY | NONE
            COPY (SELECT set_config('a.b', '1', false)) TO STDOUT | PRIMARY | PINS
            COPY t TO '/tmp/x'                            | PRIMARY | NONE
            EXPLAIN ANALYZE DELETE FROM t                 | PRIMARY | NONE
            INSERT INTO t VALUES (1)                      | PRIMARY | NONE
            COPY t FROM STDIN                             | PRIMARY | NONE
            BEGIN                                         | PRIMARY | BEGIN
            START TRANSACTION READ WRITE                  | PRIMARY | BEGIN
            BEGIN READ ONLY                               | READ    | BEGIN
            BEGIN ISOLATION LEVEL SERIALIZABLE READ ONLY  | PRIMARY | BEGIN
            COMMIT                                        | ANY     | COMMIT
            ROLLBACK                                      | ANY     | ROLLBACK
            SAVEPOINT a                                   | ANY     | SAVEPOINT
            ROLLBACK TO a                                 | ANY     | ROLLBACK_TO
            SET search_path TO a                          | ANY     | SETTING
            SET search_path TO a, pg_temp                 | ANY     | SETTING
            SET search_path TO pg_temp, a                 | PRIMARY | PINS
            SET search_path = "pg_temp"                   | PRIMARY | PINS
            SET LOCAL search_path TO 'pg_temp'            | PRIMARY | PINS
            SELECT set_config('search_path', 'pg_temp', true) | PRIMARY | PINS
            SET LOCAL search_path TO a                    | ANY     | TRANSACTION_SETTING
            SET TRANSACTION READ ONLY                     | ANY     | TRANSACTION_SETTING
            SET ROLE x                                    | ANY     | SETTING
            SET SESSION AUTHORIZATION x                   | ANY     | SETTING
            RESET search_path                             | ANY     | SETTING
            RESET ALL                                     | ANY     | RESET_ALL
            LOAD 'plpgsql'                                | PRIMARY | SETTING
            SELECT 1; LOAD 'plpgsql'                      | PRIMARY | PINS
            SET default_transaction_isolation TO serializable | PRIMARY | PINS
            SHOW search_path                              | ANY     | NONE
            SHOW transaction_read_only                    | PRIMARY | NONE
            SHOW pool_nodes                               | ANY     | LOCAL
            show POOL_VERSION                             | ANY     | LOCAL
            DISCARD ALL                                   | ANY     | DISCARD_ALL
            DISCARD TEMP                                  | PRIMARY | NONE
            PREPARE p AS SELECT set_config('a.b', '1', false) | PRIMARY | PINS
            PREPARE p AS SELECT 1                         | PRIMARY | PREPARE
            EXECUTE p                                     | PRIMARY | EXECUTE
            DEALLOCATE p                                  | PRIMARY | DEALLOCATE
            DEALLOCATE ALL                                | PRIMARY | DEALLOCATE_ALL
            CREATE TEMP TABLE x (a int)                   | PRIMARY | PINS
            FETCH ALL FROM c                              | PRIMARY | NONE
            LOCK TABLE t IN ACCESS SHARE MODE             | PRIMARY | NONE
            PREPARE TRANSACTION 'x'                       | PRIMARY | PREPARE_TRANSACTION
            COMMIT PREPARED 'x'                           | PRIMARY | NONE
            RELEASE a                                     | ANY     | RELEASE
            SET TRANSACTION SNAPSHOT '1-1'                | ANY     | SNAPSHOT
            SET CONSTRAINTS ALL DEFERRED                  | ANY     | TRANSACTION_SETTING
            SET transaction_read_only TO off              | ANY     | TRANSACTION_SETTING
            SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY | ANY | SETTING
            SET SESSION CHARACTERISTICS AS TRANSACTION ISOLATION LEVEL SERIALIZABLE | PRIMARY | PINS
            DECLARE c CURSOR FOR SELECT 1                 | PRIMARY | NONE
            DECLARE c CURSOR WITH HOLD FOR SELECT 1       | PRIMARY | PINS
            DO 'BEGIN END'                                | PRIMARY | PINS
            CALL p()                                      | PRIMARY | PINS
            LISTEN x                                      | PRIMARY | LISTEN
            SELECT 1; SELECT 2                            | PRIMARY | NONE
            SELECT 1; SET a.b TO 1                        | PRIMARY | PINS
            BEGIN; INSERT INTO t VALUES (1); COMMIT       | PRIMARY | NONE
            BEGIN; ROLLBACK TO a                          | PRIMARY | PINS
            EXPLAIN ROUTE SELECT 1; SELECT 2              | PRIMARY | NONE
            nonsense                                      | PRIMARY | NONE
            SELECT 'open                                  | PRIMARY | NONE
            """)
    void aStatementHasItsPlan(String sql, Destination destination, Plan.Effect effect) {
        assertThat(plan(sql).destination()).isEqualTo(destination);
        assertThat(plan(sql).effect()).isEqualTo(effect);
        assertThat(plan(sql).rule()).isNotNull();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            ALTER ROLE x SET search_path TO a      | x    | USER
            ALTER USER x SET search_path TO a      | x    | USER
            ALTER DATABASE d SET search_path TO a  | d    | DATABASE
            DROP DATABASE d                        | d    | DATABASE
            DROP DATABASE IF EXISTS "D"            | D    | DATABASE
            """)
    void aStatementThatConcernsCachedBackendsSaysWhich(String sql, String name, String kind) {
        IdleFilter expected = kind.equals("USER") ? IdleFilter.ofUser(name) : IdleFilter.ofDatabase(name);
        assertThat(plan(sql).idle()).isEqualTo(expected);
        assertThat(plan("SELECT 1; " + sql).idle()).isEqualTo(IdleFilter.ALL);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', nullValues = "none", textBlock = """
            EXECUTE p                            | p
            EXPLAIN EXECUTE p(1)                 | p
            CREATE TABLE x AS EXECUTE p          | p
            CREATE TEMP TABLE x AS EXECUTE "P"(1) | P
            PREPARE p AS SELECT 1                | p
            DEALLOCATE p                         | p
            CREATE TEMP TABLE x AS SELECT 1      | none
            SET search_path TO p                 | none
            SELECT 1                             | none
            """)
    void aStatementTellsWhatIsPrepared(String sql, String name) {
        assertThat(plan(sql).preparedName()).isEqualTo(name);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "SELECT currval('s')",
                "SELECT lastval() + 1 FROM t",
                "INSERT INTO t VALUES (currval('s'))",
                "COPY (SELECT lastval()) TO STDOUT"
            })
    void whatTellsOfSequencesIsKnown(String sql) {
        for (boolean balancing : new boolean[] {true, false}) {
            Plan plan = plan(sql.getBytes(StandardCharsets.UTF_8), balancing);
            assertThat(plan.rule()).isEqualTo(Rule.LAST_VALUE);
            assertThat(plan.destination()).isEqualTo(Destination.PRIMARY);
            assertThat(plan.effect()).isEqualTo(Plan.Effect.NONE);
        }
    }

    @Test
    void aSettingIsKeptByteForByte() {
        byte[] sql = {'S', 'E', 'T', ' ', 'a', '.', 'b', ' ', 'T', 'O', ' ', '\'', (byte) 0xe9, (byte) 0xff, '\''};
        Plan plan = plan(sql, true);
        assertThat(plan.name()).isEqualTo("a.b");
        assertThat(String.valueOf(plan.text()).getBytes(StandardCharsets.ISO_8859_1))
                .isEqualTo(sql);
    }

    @Test
    void backslashesAreReadAsTheSessionReadsThem() {
        String sql = "SELECT 'a\\', nextval('s'), '";
        standardStrings = true;
        assertThat(plan(sql).destination()).isEqualTo(Destination.PRIMARY);
        String other = "SELECT 'a\\'; DELETE FROM t; --'";
        assertThat(plan(other).destination()).isEqualTo(Destination.PRIMARY);
        standardStrings = false;
        assertThat(plan(other).destination()).isEqualTo(Destination.READ);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "SELECT 1",
                "SELECT 1;",
                "INSERT INTO t VALUES (1)",
                "update t set a = 1",
                "Delete from t;",
                "SELECT interval '1 d', a.serve, nextvalue"
            })
    void whereNothingIsBalancedPlainStatementsAreNotLookedInto(String sql) {
        assertThat(plan(sql.getBytes(StandardCharsets.UTF_8), false)).isSameAs(Plan.WRITE);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "SET a.b TO 1",
                "SHOW pool_nodes",
                "DISCARD ALL",
                "selecta",
                "select",
                "SELECT 1; SET a.b TO 1",
                "INSERT INTO t VALUES (1);SET a.b TO 1"
            })
    void whereNothingIsBalancedTheOthersAre(String sql) {
        assertThat(plan(sql.getBytes(StandardCharsets.UTF_8), false))
                .isEqualTo(plan(sql.getBytes(StandardCharsets.UTF_8), true));
    }

    @Property(tries = 1000)
    void anyBytesHaveAPlan(@ForAll @Size(max = 200) byte[] sql, @ForAll boolean standard, @ForAll boolean safe) {
        standardStrings = standard;
        safeEncoding = safe;
        assertThat(plan(sql, true).destination()).isNotNull();
    }
}
