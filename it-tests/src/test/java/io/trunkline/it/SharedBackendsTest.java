package io.trunkline.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.trunkline.protocol.SqlState;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Two clients that get in each other's way on one backend of a real server, which neither of them is to notice. */
class SharedBackendsTest {
    private static final String LONG = "/* " + "x".repeat(200_000) + " */";
    private static final String WORK_MEM = "SELECT current_setting('work_mem'), txid_current()";

    private static final String UNDEFINED_TABLE = "42P01";

    /** object_not_in_prerequisite_state */
    private static final String NOT_DRAWN = "55000";

    @SuppressWarnings("NullAway.Init") // before each test
    private TestProxy proxy;

    @SuppressWarnings("NullAway.Init") // before each test
    private RawClient one;

    @SuppressWarnings("NullAway.Init") // before each test
    private RawClient two;

    @BeforeEach
    void start() throws IOException {
        // without questions about the catalog, for which the backend would be reset
        proxy = TestProxy.start(
                "worker_threads = 1", "pool_mode = transaction", "backend_pool_size = 1", "load_balance_mode = off");
        one = proxy.raw();
        two = proxy.raw();
        one.run("DROP TABLE IF EXISTS jobs");
        one.run("CREATE TABLE jobs (id int PRIMARY KEY)");
        one.run("INSERT INTO jobs VALUES (1)");
        one.run("CREATE OR REPLACE FUNCTION forget_all() RETURNS int LANGUAGE plpgsql"
                + " AS $$ BEGIN EXECUTE 'DEALLOCATE ALL'; RETURN txid_current(); END $$");
    }

    @AfterEach
    void stop() {
        one.close();
        two.close();
        proxy.close();
    }

    private static List<RawMessage> executed(RawClient client, String statement, String... values) throws IOException {
        client.bind("", statement, values).execute("", 0).sync().send();
        return client.untilReady();
    }

    private static void prepare(RawClient client, String name, String sql) throws IOException {
        client.parse(name, sql).sync().send();
        assertThat(RawClient.tags(client.untilReady())).isEqualTo("1Z");
    }

    /** Has a function, whose text Trunkline does not see, remove all statements of the one backend. */
    private void removesAll() throws IOException {
        String names = "SELECT count(*), txid_current() FROM pg_prepared_statements WHERE name <> ''";
        assertThat(two.ask(names)).isNotEqualTo("0");
        assertThat(two.ask("SELECT forget_all()")).isNotEmpty();
        assertThat(two.ask(names)).isEqualTo("0");
    }

    private int waiting() {
        return proxy.server().pool().waiting(Cluster.PRIMARY);
    }

    @Test
    void statementsThatAFunctionHasRemovedAreMadeAgain() throws IOException {
        prepare(one, "s", "SELECT 's', txid_current()");
        removesAll();
        assertThat(RawClient.firstValue(executed(one, "s"))).isEqualTo("s");
    }

    @Test
    void inATransactionOneErrorTellsOfThemAll() throws IOException {
        prepare(one, "s", "SELECT 's', txid_current()");
        prepare(one, "t", "SELECT 't', txid_current()");
        removesAll();
        one.run("BEGIN");
        one.run("DELETE FROM jobs WHERE id = 0");
        assertThat(RawClient.error(executed(one, "s")).sqlState()).isEqualTo(SqlState.INVALID_STATEMENT_NAME);
        one.run("ROLLBACK");
        one.run("BEGIN");
        one.run("DELETE FROM jobs WHERE id = 0");
        assertThat(RawClient.firstValue(executed(one, "t"))).isEqualTo("t");
        assertThat(RawClient.firstValue(executed(one, "s"))).isEqualTo("s");
        one.run("COMMIT");
    }

    @Test
    void aTemporaryTableThatIsMadeAnewAllTheTimeIsNobodyElses() throws IOException {
        int rounds = 40;
        for (int i = 0; i < rounds; i++) {
            two.query("SELECT to_regclass('pg_temp.held') IS NULL, txid_current()")
                    .send();
            one.run("CREATE TEMP TABLE held (id int)");
            assertThat(one.ask("SELECT count(*) FROM held")).isEqualTo("0");
            one.run("DROP TABLE held");
            one.run("CREATE TEMP TABLE held (id int)");
            assertThat(one.ask("SELECT count(*) FROM held")).isEqualTo("0");
            one.run("DROP TABLE held");
        }
        for (int i = 0; i < rounds; i++) {
            assertThat(RawClient.firstValue(two.untilReady())).isEqualTo("t");
        }
    }

    @Test
    void whatIsSaidOfAStatementOfAnotherSessionIsWhatAServerSays() throws IOException {
        prepare(two, "s", "SELECT $1::int, txid_current()");
        one.parse("s", "SELECT $1::int, txid_current()")
                .bind("", "s", "no number")
                .execute("", 0)
                .sync()
                .send();
        assertThat(RawClient.tags(one.untilReady())).isEqualTo("1EZ");
        assertThat(RawClient.firstValue(executed(one, "s", "7"))).isEqualTo("7");
        one.extended("INSERT INTO jobs VALUES (1)")
                .parse("t", "SELECT $1::int, txid_current()")
                .bind("", "t", "8")
                .execute("", 0)
                .sync()
                .send();
        assertThat(RawClient.tags(one.untilReady())).isEqualTo("12nEZ");
        prepare(one, "t", "SELECT 't' || $1, txid_current()");
        assertThat(RawClient.firstValue(executed(one, "t", "8"))).isEqualTo("t8");
    }

    @Test
    void anExecuteInABatchFindsWhatWasPreparedElsewhere() throws IOException {
        one.run("PREPARE q AS SELECT 'q of one', txid_current()");
        two.run("PREPARE q AS SELECT 'q of two', txid_current()");
        one.extended("EXECUTE q").sync().send();
        List<RawMessage> answer = one.untilReady();
        assertThat(RawClient.tags(answer)).isEqualTo("12TDCZ");
        assertThat(RawClient.firstValue(answer)).isEqualTo("q of one");
    }

    @Test
    void anExecuteOfTheProtocolReturnsWhatItsOwnSessionHasPrepared() throws IOException {
        one.run("PREPARE q AS SELECT 'q of one', txid_current()");
        two.run("PREPARE q AS SELECT 2");
        one.extended("EXECUTE q").sync().send();
        RawMessage description = one.until('T').get(2);
        assertThat(ByteBuffer.wrap(description.body()).getShort()).isEqualTo((short) 2);
        one.untilReady();
        two.run("DEALLOCATE q");
        one.parse("e", "EXECUTE q")
                .describeStatement("e")
                .bind("", "e")
                .execute("", 0)
                .sync()
                .send();
        List<RawMessage> answer = one.untilReady();
        assertThat(RawClient.tags(answer)).isEqualTo("1tT2DCZ");
        assertThat(RawClient.firstValue(answer)).isEqualTo("q of one");
        two.run("PREPARE q AS SELECT 2");
        prepare(two, "e", "EXECUTE q");
        assertThat(RawClient.values(executed(two, "e"))).containsExactly("2");
        assertThat(RawClient.firstValue(executed(one, "e"))).isEqualTo("q of one");
    }

    @Test
    void aTemporaryTableIsFilledByWhatItsSessionHasPrepared() throws IOException {
        one.run("PREPARE q AS SELECT 'q of one' AS word");
        two.run("PREPARE q AS SELECT 'q of two' AS word");
        one.run("CREATE TEMP TABLE filled AS EXECUTE q");
        assertThat(one.ask("SELECT word FROM filled")).isEqualTo("q of one");
        one.run("DISCARD ALL");
        two.run("CREATE TABLE IF NOT EXISTS filled_for_good AS EXECUTE q");
        assertThat(two.ask("SELECT word, txid_current() FROM filled_for_good")).isEqualTo("q of two");
        two.run("DROP TABLE filled_for_good");
    }

    @Test
    void whatCannotBePreparedAgainGetsTheServersReason() throws IOException {
        one.run("CREATE TABLE passing (id int)");
        one.run("PREPARE q AS SELECT id, txid_current() FROM passing");
        prepare(one, "s", "SELECT id, txid_current() FROM passing");
        two.run("DROP TABLE passing");
        two.run("PREPARE q AS SELECT 2");
        two.run("DISCARD ALL");
        for (String execute : List.of("EXECUTE q", "EXECUTE q", "EXECUTE s", "EXECUTE s")) {
            List<RawMessage> refused = one.run(execute);
            assertThat(RawClient.tags(refused)).isEqualTo("EZ");
            assertThat(RawClient.error(refused).sqlState()).isEqualTo(UNDEFINED_TABLE);
            one.extended(execute).sync().send();
            refused = one.untilReady();
            assertThat(RawClient.tags(refused)).endsWith("EZ").containsOnlyOnce("E");
            assertThat(RawClient.error(refused).sqlState()).isEqualTo(UNDEFINED_TABLE);
        }
        assertThat(one.ask("SELECT 'as ever', txid_current()")).isEqualTo("as ever");
        assertThat(RawClient.error(one.run("PREPARE q AS SELECT 1")).sqlState()).isEqualTo("42P05");
        one.run("BEGIN");
        assertThat(RawClient.error(one.run("EXECUTE q")).sqlState()).isEqualTo(UNDEFINED_TABLE);
        assertThat(RawClient.error(one.run("SELECT 1")).sqlState()).isEqualTo(SqlState.IN_FAILED_TRANSACTION);
        one.run("ROLLBACK");
        assertThat(RawClient.tags(one.run("DEALLOCATE q"))).isEqualTo("CZ");
        assertThat(RawClient.tags(one.run("DEALLOCATE s"))).isEqualTo("CZ");
        assertThat(RawClient.error(one.run("EXECUTE q")).sqlState()).isEqualTo(SqlState.INVALID_STATEMENT_NAME);
    }

    @Test
    void severalStatementsDoNotFailForWhatTheyDoNotUse() throws IOException {
        one.run("CREATE TABLE passing (id int)");
        one.run("PREPARE q AS SELECT id FROM passing");
        two.run("DROP TABLE passing");
        two.run("DISCARD ALL");
        one.run("BEGIN");
        one.run("INSERT INTO jobs VALUES (7)");
        assertThat(one.ask("SELECT 'one'; SELECT 'two'")).isEqualTo("one");
        one.run("COMMIT");
        assertThat(two.ask("SELECT count(*), txid_current() FROM jobs WHERE id = 7"))
                .isEqualTo("1");
    }

    @Test
    void severalStatementsPrepareForTheirSessionOnly() throws IOException {
        two.run("PREPARE q AS SELECT 'q of two', txid_current()");
        assertThat(one.ask("PREPARE q AS SELECT 'q of one', txid_current(); EXECUTE q"))
                .isEqualTo("q of one");
        assertThat(one.ask("EXECUTE q")).isEqualTo("q of one");
        one.run("DISCARD ALL");
        assertThat(two.ask("EXECUTE q; SELECT 1")).isEqualTo("q of two");
    }

    @Test
    void aLongScriptLeavesNothingToOthers() throws IOException {
        one.run("SET work_mem = '1234kB'; " + LONG + " SELECT 1");
        two.query(WORK_MEM).send();
        Eventually.holds(() -> assertThat(waiting()).isEqualTo(1));
        assertThat(one.ask(WORK_MEM)).isEqualTo("1234kB");
        one.run("DISCARD ALL");
        assertThat(RawClient.firstValue(two.untilReady())).isNotEqualTo("1234kB");
        one.run("INSERT INTO jobs VALUES (2) " + LONG + "; SET work_mem = '1234kB'");
        assertThat(two.ask(WORK_MEM)).isNotEqualTo("1234kB");
    }

    @Test
    void aLongStatementDoesNotKeepItsBackendOnceItHasBeenUsed() throws IOException {
        one.parse("", "INSERT INTO jobs VALUES (3) " + LONG).sync().send();
        one.untilReady();
        assertThat(RawClient.tags(executed(one, ""))).isEqualTo("2CZ");
        assertThat(two.ask(WORK_MEM)).isNotEmpty();
        assertThat(RawClient.error(executed(one, "")).sqlState()).isEqualTo(SqlState.INVALID_STATEMENT_NAME);
    }

    @Test
    void aSessionThatOnlyReadsDoesNotMakeOthersRead() throws IOException {
        one.run("SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY");
        one.run("SET SESSION CHARACTERISTICS AS TRANSACTION ISOLATION LEVEL REPEATABLE READ");
        two.run("SET SESSION CHARACTERISTICS AS TRANSACTION ISOLATION LEVEL REPEATABLE READ");
        for (int i = 10; i < 13; i++) {
            assertThat(RawClient.error(one.run("INSERT INTO jobs VALUES (0)")).sqlState())
                    .isEqualTo("25006");
            assertThat(RawClient.tags(two.run("INSERT INTO jobs VALUES (" + i + ")")))
                    .isEqualTo("CZ");
        }
    }

    @Test
    void aLockThatAnUpdateTakesKeepsItsBackend() throws IOException {
        one.run("UPDATE jobs SET id = id WHERE pg_try_advisory_lock(4712)");
        two.query("SELECT pg_try_advisory_lock(4712), txid_current()").send();
        Eventually.holds(() -> assertThat(waiting()).isEqualTo(1));
        one.run("SELECT pg_advisory_unlock(4712)");
        assertThat(RawClient.firstValue(two.untilReady())).isEqualTo("t");
    }

    @Test
    void anotherSessionsNameIsNotTold() throws IOException {
        List<RawMessage> answer = two.run("DISCARD ALL");
        assertThat(answer.stream().filter(message -> message.tag() == 'S')).isEmpty();
        one.run("SET application_name = 'mine'");
        one.run("RESET application_name");
        assertThat(two.ask("SHOW application_name")).isEmpty();
    }

    @Test
    void whateverIsInTheTemporarySchemaKeepsItsBackend() throws IOException {
        for (String object : List.of("STATISTICS pg_temp.odd ON id, more FROM jobs", "DOMAIN pg_temp.odd AS int")) {
            one.run("ALTER TABLE jobs ADD COLUMN IF NOT EXISTS more int");
            one.run("CREATE " + object);
            two.query("SELECT 'two', txid_current()").send();
            Eventually.holds(() -> assertThat(waiting()).isEqualTo(1));
            String drop = "DROP " + object.substring(0, object.indexOf(' ', object.indexOf(' ') + 1));
            assertThat(RawClient.tags(one.run(drop))).isEqualTo("CZ");
            assertThat(RawClient.firstValue(two.untilReady())).isEqualTo("two");
        }
    }

    @Test
    void aSearchPathThatMakesTablesTemporaryKeepsItsBackend() throws IOException {
        one.run("SET search_path = pg_temp, public");
        one.run("CREATE TABLE hidden (id int)");
        two.query("SELECT to_regclass('hidden') IS NULL, txid_current()").send();
        Eventually.holds(() -> assertThat(waiting()).isEqualTo(1));
        assertThat(one.ask("SELECT count(*) FROM hidden")).isEqualTo("0");
        one.run("DISCARD ALL");
        assertThat(RawClient.firstValue(two.untilReady())).isEqualTo("t");
    }

    @Test
    void soDoesOneOfATransaction() throws IOException {
        one.run("BEGIN");
        one.run("SET LOCAL search_path = pg_temp, public");
        one.run("CREATE TABLE hidden (id int)");
        one.run("COMMIT");
        two.query("SELECT to_regclass('hidden') IS NULL, txid_current()").send();
        Eventually.holds(() -> assertThat(waiting()).isEqualTo(1));
        one.run("DISCARD ALL");
        assertThat(RawClient.firstValue(two.untilReady())).isEqualTo("t");
    }

    @Test
    void aNameThatIsGivenUpCanBeTakenAtOnce() throws IOException {
        one.run("PREPARE q AS SELECT 1");
        two.run("DISCARD ALL");
        one.query("DEALLOCATE q")
                .query("PREPARE q AS SELECT 2")
                .query("EXECUTE q")
                .send();
        assertThat(RawClient.tags(one.untilReady())).isEqualTo("CZ");
        assertThat(RawClient.tags(one.untilReady())).isEqualTo("CZ");
        assertThat(RawClient.firstValue(one.untilReady())).isEqualTo("2");
        assertThat(RawClient.tags(two.run("PREPARE q AS SELECT 'two', txid_current()")))
                .isEqualTo("CZ");
        assertThat(one.ask("EXECUTE q")).isEqualTo("2");
        two.run("DISCARD ALL");
        one.query("DEALLOCATE q").query("EXECUTE q").send();
        assertThat(RawClient.tags(one.untilReady())).isEqualTo("CZ");
        assertThat(RawClient.error(one.untilReady()).sqlState()).isEqualTo(SqlState.INVALID_STATEMENT_NAME);
    }

    @Test
    void aStatementThatExecutesItselfEndsNothing() throws IOException {
        one.parse("x", "CREATE TEMP TABLE y AS EXECUTE x")
                .bind("", "x")
                .execute("", 0)
                .sync()
                .send();
        assertThat(RawClient.tags(one.untilReady())).endsWith("EZ");
        one.run("DISCARD ALL");
        assertThat(one.ask("SELECT 'as ever', txid_current()")).isEqualTo("as ever");
    }

    @Test
    void whatAnotherSessionHasDrawnFromASequenceIsNotTold() throws IOException {
        one.run("CREATE SEQUENCE drawn");
        one.run("PREPARE last AS SELECT lastval(), txid_current()");
        try {
            one.run("SELECT nextval('drawn')");
            two.run("SELECT nextval('drawn')");
            for (String ask : List.of("SELECT currval('drawn')", "SELECT lastval()", "EXECUTE last")) {
                assertThat(RawClient.error(one.run(ask)).sqlState()).isEqualTo(NOT_DRAWN);
                two.run("SELECT nextval('drawn')");
                one.extended(ask).sync().send();
                assertThat(RawClient.error(one.untilReady()).sqlState()).isEqualTo(NOT_DRAWN);
                one.run("BEGIN");
                assertThat(RawClient.error(one.run(ask)).sqlState()).isEqualTo(NOT_DRAWN);
                one.run("ROLLBACK");
                two.run("SELECT nextval('drawn')");
            }
            assertThat(RawClient.error(one.run("INSERT INTO jobs VALUES (currval('drawn'))"))
                            .sqlState())
                    .isEqualTo(NOT_DRAWN);
        } finally {
            one.run("DROP SEQUENCE drawn");
        }
    }

    @Test
    void whatATransactionHasDrawnFromASequenceItIsTold() throws IOException {
        one.run("CREATE SEQUENCE drawn START 70");
        try {
            assertThat(one.ask("SELECT nextval('drawn') + currval('drawn')")).isEqualTo("140");
            one.run("BEGIN");
            one.run("INSERT INTO jobs VALUES (nextval('drawn'))");
            assertThat(one.ask("SELECT currval('drawn')")).isEqualTo("71");
            assertThat(one.ask("SELECT lastval()")).isEqualTo("71");
            one.run("COMMIT");
            one.run("BEGIN");
            one.run("DECLARE c CURSOR FOR SELECT nextval('drawn')");
            one.run("FETCH c");
            assertThat(one.ask("SELECT lastval()")).isEqualTo("72");
            one.run("COMMIT");
            one.extended("INSERT INTO jobs VALUES (nextval('drawn'))")
                    .extended("SELECT lastval()")
                    .sync()
                    .send();
            assertThat(RawClient.values(one.untilReady())).containsExactly("73");
        } finally {
            one.run("DROP SEQUENCE drawn");
        }
    }
}
