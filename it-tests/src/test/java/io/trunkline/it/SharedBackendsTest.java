package io.trunkline.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.trunkline.protocol.SqlState;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Two clients that get in each other's way on one backend of a real server, which neither of them is to notice. */
class SharedBackendsTest {
    private static final String LONG = "/* " + "x".repeat(200_000) + " */";
    private static final String WORK_MEM = "SELECT current_setting('work_mem'), txid_current()";

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
}
