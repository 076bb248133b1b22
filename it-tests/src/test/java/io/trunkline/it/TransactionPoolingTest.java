package io.trunkline.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** pool_mode = transaction in front of a real server: many clients on few backends, each as if it had one of its own. */
class TransactionPoolingTest {
    private static final String PID = "SELECT pg_backend_pid(), txid_current()";

    @SuppressWarnings("NullAway.Init") // before each test
    private TestProxy proxy;

    @BeforeEach
    void start() {
        proxy = TestProxy.start("worker_threads = 1", "pool_mode = transaction", "backend_pool_size = 1");
    }

    @AfterEach
    void stop() {
        proxy.close();
    }

    @Test
    void manyClientsWorkOnOneBackend() throws IOException {
        List<RawClient> clients = new ArrayList<>();
        Set<String> pids = new LinkedHashSet<>();
        try {
            for (int i = 0; i < 20; i++) {
                clients.add(proxy.raw());
            }
            for (int round = 0; round < 3; round++) {
                for (RawClient client : clients) {
                    pids.add(client.ask(PID));
                }
            }
        } finally {
            clients.forEach(RawClient::close);
        }
        assertThat(pids).hasSize(1);
    }

    @Test
    void whoWaitsIsServedInTheOrderOfArrival() throws IOException {
        try (RawClient holder = proxy.raw();
                RawClient second = proxy.raw();
                RawClient third = proxy.raw()) {
            holder.run("BEGIN");
            holder.run("CREATE TABLE IF NOT EXISTS turns (id int)");
            second.query("SELECT clock_timestamp(), pg_sleep(0.01), txid_current()")
                    .send();
            Eventually.holds(() -> assertThat(waiting()).isEqualTo(1));
            third.query("SELECT clock_timestamp(), txid_current()").send();
            Eventually.holds(() -> assertThat(waiting()).isEqualTo(2));
            holder.run("COMMIT");
            String ofSecond = RawClient.firstValue(second.untilReady());
            String ofThird = RawClient.firstValue(third.untilReady());
            assertThat(ofSecond).isLessThan(ofThird);
        }
    }

    private int waiting() {
        return proxy.server().pool().waiting(Cluster.PRIMARY);
    }

    @Test
    void settingsFollowTheirSession() throws IOException {
        Cluster.shared().node(Cluster.PRIMARY).query("GRANT pg_monitor TO " + Cluster.USER);
        try (RawClient one = proxy.raw();
                RawClient two = proxy.raw()) {
            one.run("SET search_path = pg_catalog");
            one.run("SELECT set_config('work_mem', '1234kB', false)");
            two.run("SET TimeZone = 'Asia/Tokyo'");
            two.run("SET ROLE pg_monitor");
            for (int i = 0; i < 3; i++) {
                assertThat(one.ask("SELECT current_setting('search_path') || current_setting('work_mem')"))
                        .isEqualTo("pg_catalog1234kB");
                assertThat(one.ask("SELECT current_user = session_user")).isEqualTo("t");
                assertThat(two.ask("SELECT current_user || current_setting('TimeZone')"))
                        .isEqualTo("pg_monitorAsia/Tokyo");
                assertThat(two.ask("SELECT current_setting('work_mem')")).isNotEqualTo("1234kB");
            }
            two.run("RESET ROLE");
            one.run("RESET ALL");
            assertThat(one.ask("SHOW work_mem")).isNotEqualTo("1234kB");
            assertThat(two.ask("SELECT current_user = session_user")).isEqualTo("t");
            assertThat(two.ask("SHOW TimeZone")).isEqualTo("Asia/Tokyo");
        }
    }

    @Test
    void whatIsSetForATransactionAtItsStartEndsWithIt() throws IOException {
        try (RawClient one = proxy.raw();
                RawClient two = proxy.raw()) {
            for (int i = 0; i < 3; i++) {
                for (RawClient client : List.of(one, two)) {
                    String name = client == one ? "one" : "two";
                    client.run("BEGIN READ ONLY");
                    client.extended(
                                    "SELECT set_config('search_path', $1, true), set_config('app.user', $2, true)",
                                    "pg_catalog",
                                    name)
                            .sync()
                            .send();
                    assertThat(RawClient.tags(client.untilReady())).doesNotContain("E");
                    // a read that may run anywhere, were it not for what is set
                    assertThat(client.ask("SELECT current_setting('app.user') || current_setting('search_path')"))
                            .isEqualTo(name + "pg_catalog");
                    client.run("COMMIT");
                }
            }
            assertThat(one.ask("SELECT current_setting('app.user', true) || txid_current()"))
                    .doesNotContain("one", "two");
            assertThat(two.ask(PID)).isNotEmpty();
        }
    }

    @Test
    void aSettingThatIsRolledBackIsNotKept() throws IOException {
        try (RawClient one = proxy.raw();
                RawClient two = proxy.raw()) {
            one.run("BEGIN");
            one.run("SET work_mem = '1234kB'");
            one.run("SET LOCAL enable_seqscan = off");
            one.run("ROLLBACK");
            assertThat(two.ask("SHOW work_mem")).isNotEqualTo("1234kB");
            assertThat(one.ask("SHOW work_mem")).isNotEqualTo("1234kB");
            assertThat(one.ask("SHOW enable_seqscan")).isEqualTo("on");
        }
    }

    @Test
    void preparedStatementsFollowTheirSession() throws IOException {
        try (RawClient one = proxy.raw();
                RawClient two = proxy.raw()) {
            one.parse("s", "SELECT 'one', txid_current()").sync().send();
            one.untilReady();
            two.parse("s", "SELECT 'two', txid_current()").sync().send();
            two.untilReady();
            one.run("PREPARE q AS SELECT 'q of one', txid_current()");
            two.run("PREPARE q AS SELECT 'q of two', txid_current()");
            for (int i = 0; i < 3; i++) {
                assertThat(executed(one, "s")).isEqualTo("one");
                assertThat(executed(two, "s")).isEqualTo("two");
                assertThat(one.ask("EXECUTE q")).isEqualTo("q of one");
                assertThat(two.ask("EXECUTE q")).isEqualTo("q of two");
            }
            one.run("DEALLOCATE q");
            assertThat(RawClient.error(one.run("EXECUTE q")).sqlState()).isEqualTo("26000");
            assertThat(two.ask("EXECUTE q")).isEqualTo("q of two");
            assertThat(RawClient.error(two.run("PREPARE q AS SELECT 1")).sqlState())
                    .isEqualTo("42P05");
            two.closeStatement("s").sync().send();
            two.untilReady();
            two.bind("", "s").execute("", 0).sync().send();
            assertThat(RawClient.error(two.untilReady()).sqlState()).isEqualTo("26000");
            assertThat(executed(one, "s")).isEqualTo("one");
        }
    }

    @Test
    void aStatementOfAnotherSessionIsNotPreparedInATransactionThatHasFailed() throws IOException {
        String text = "SET work_mem = '4MB'";
        try (RawClient one = proxy.raw();
                RawClient two = proxy.raw()) {
            prepared(one, text);
            assertThat(RawClient.tags(one.untilReady())).isEqualTo("12CZ");
            two.run("BEGIN");
            two.run("SELECT nothing");
            prepared(two, text);
            assertThat(RawClient.tags(two.untilReady())).isEqualTo("EZ");
            two.run("ROLLBACK");
            two.bind("", "s").execute("", 0).sync().send();
            assertThat(RawClient.error(two.untilReady()).sqlState()).isEqualTo("26000");

            // the same without waiting for any answer
            prepared(two.query("BEGIN").query("SELECT nothing"), text);
            assertThat(RawClient.tags(two.untilReady())).isEqualTo("CZ");
            assertThat(RawClient.tags(two.untilReady())).isEqualTo("EZ");
            assertThat(RawClient.tags(two.untilReady())).isEqualTo("EZ");
        }
    }

    private static void prepared(RawClient client, String text) throws IOException {
        client.parse("s", text).bind("", "s").execute("", 0).sync().send();
    }

    private static String executed(RawClient client, String statement) throws IOException {
        client.bind("", statement).execute("", 0).sync().send();
        return RawClient.firstValue(client.untilReady());
    }

    @Test
    void theSameTextIsAnotherStatementUnderAnotherSearchPath() throws IOException {
        try (RawClient one = proxy.raw();
                RawClient two = proxy.raw()) {
            one.run("CREATE SCHEMA IF NOT EXISTS path_one");
            one.run("CREATE SCHEMA IF NOT EXISTS path_two");
            one.run("CREATE OR REPLACE VIEW path_one.whose AS SELECT 'one', txid_current()");
            one.run("CREATE OR REPLACE VIEW path_two.whose AS SELECT 'two', txid_current()");
            one.run("SET search_path = path_one");
            two.run("SET search_path = path_two");
            one.parse("s", "SELECT * FROM whose").sync().send();
            one.untilReady();
            two.parse("s", "SELECT * FROM whose").sync().send();
            two.untilReady();
            assertThat(executed(one, "s")).isEqualTo("one");
            assertThat(executed(two, "s")).isEqualTo("two");
        }
    }

    @Test
    void whatIsOnOneBackendOnlyKeepsItAndIsLetGoWhenItEnds() throws IOException {
        try (RawClient one = proxy.raw();
                RawClient two = proxy.raw()) {
            for (List<String> held : List.of(
                    List.of("CREATE TEMP TABLE held (id int)", "DROP TABLE held"),
                    List.of("SELECT pg_advisory_lock(4711)", "SELECT pg_advisory_unlock(4711)"),
                    List.of("DECLARE held CURSOR WITH HOLD FOR SELECT 1", "CLOSE held"),
                    List.of("CREATE TEMP TABLE held (id int)", "DISCARD ALL"))) {
                one.run(held.get(0));
                two.query(PID).send();
                Eventually.holds(() -> assertThat(waiting()).isEqualTo(1));
                one.run(held.get(1));
                assertThat(RawClient.firstValue(two.untilReady())).isNotEmpty();
            }
        }
    }

    @Test
    void aTableThatEndsWithItsTransactionKeepsNothing() throws IOException {
        try (RawClient one = proxy.raw();
                RawClient two = proxy.raw()) {
            one.run("BEGIN");
            one.run("CREATE TEMP TABLE short (id int) ON COMMIT DROP");
            one.run("COMMIT");
            assertThat(two.ask(PID)).isNotEmpty();
        }
    }

    @Test
    void aCancelStopsTheStatementOfItsOwnSessionOnly() throws IOException {
        try (RawClient one = proxy.raw();
                RawClient two = proxy.raw()) {
            one.ask(PID);
            two.query("SELECT pg_sleep(0.3), txid_current()").send();
            one.cancel();
            assertThat(RawClient.tags(two.untilReady())).contains("C");
            one.query("SELECT pg_sleep(30), txid_current()").send();
            Eventually.holds(() -> assertThat(executing()).isTrue());
            one.cancel();
            assertThat(RawClient.error(one.untilReady()).sqlState()).isEqualTo("57014");
            assertThat(two.ask(PID)).isNotEmpty();
        }
    }

    @Test
    void aCancelReachesWhoWaits() throws IOException {
        try (RawClient holder = proxy.raw();
                RawClient waits = proxy.raw()) {
            holder.run("BEGIN");
            holder.ask(PID);
            waits.query(PID).send();
            Eventually.holds(() -> assertThat(waiting()).isEqualTo(1));
            waits.cancel();
            assertThat(RawClient.error(waits.untilReady()).sqlState()).isEqualTo("57014");
            holder.run("COMMIT");
            assertThat(waits.ask(PID)).isNotEmpty();
        }
    }

    private static boolean executing() {
        return !Cluster.shared()
                .node(Cluster.PRIMARY)
                .query("SELECT pid FROM pg_stat_activity WHERE state = 'active' AND query LIKE '%pg_sleep(30)%'"
                        + " AND pid <> pg_backend_pid()")
                .isEmpty();
    }

    @Test
    void clientsThatAllWorkAtOnceEachSeeTheirOwnState() {
        List<CompletableFuture<Void>> all = new ArrayList<>();
        for (int i = 0; i < 12; i++) {
            int id = i;
            all.add(CompletableFuture.runAsync(() -> work(id)));
        }
        all.forEach(CompletableFuture::join);
    }

    private void work(int id) {
        try (RawClient client = proxy.raw()) {
            client.run("SET work_mem = '" + (1000 + id % 3) + "kB'");
            client.parse("mine", "SELECT " + id % 4 + ", txid_current()").sync().send();
            client.untilReady();
            for (int i = 0; i < 50; i++) {
                assertThat(client.ask("SHOW work_mem")).isEqualTo(1000 + id % 3 + "kB");
                assertThat(executed(client, "mine")).isEqualTo(Integer.toString(id % 4));
            }
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }
}
