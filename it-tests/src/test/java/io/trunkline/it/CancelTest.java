package io.trunkline.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** A cancel request reaches the right backend or none. */
class CancelTest {
    private static TestProxy proxy;

    @BeforeAll
    static void start() {
        proxy = TestProxy.start().knowing("here");
    }

    @AfterAll
    static void stop() {
        proxy.close();
    }

    @Test
    void cancelEndsThatStatementOnly() throws IOException {
        int count = 12;
        List<RawClient> clients = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            RawClient client = new RawClient(proxy.port());
            client.startUp(
                    i % 2 == 0 ? RawClient.V3_0 : RawClient.V3_2,
                    Map.of("user", Cluster.USER, "database", Cluster.USER));
            client.query("SELECT pg_sleep(3), txid_current() /* sleeper */").send();
            clients.add(client);
        }
        Eventually.holds(
                () -> assertThat(Cluster.backends(Cluster.PRIMARY, "query LIKE '%/* sleeper */' AND state = 'active'"))
                        .isEqualTo(count));
        for (int i = 0; i < count; i += 3) {
            clients.get(i).cancel();
        }
        for (int i = 0; i < count; i++) {
            List<RawMessage> answers = clients.get(i).untilReady();
            if (i % 3 == 0) {
                assertThat(RawClient.error(answers).sqlState()).isEqualTo("57014");
            } else {
                assertThat(RawClient.tags(answers)).isEqualTo("TDCZ");
            }
            assertThat(clients.get(i).ask("SELECT 42")).isEqualTo("42");
            clients.get(i).close();
        }
    }

    @Test
    void cancelReachesAReadOnTheStandby() throws IOException {
        try (RawClient client = proxy.raw()) {
            client.query("SELECT count(*) FROM here, generate_series(1, 4000000000)")
                    .send();
            Eventually.holds(() -> assertThat(
                            Cluster.backends(TestProxy.READ_NODE, "query LIKE '%4000000000)' AND state = 'active'"))
                    .isEqualTo(1));
            client.cancel();

            assertThat(RawClient.error(client.untilReady()).sqlState()).isEqualTo("57014");
        }
    }

    @Test
    void wrongKeysCancelNothing() throws IOException {
        try (RawClient client = proxy.raw()) {
            client.query("SELECT pg_sleep(1), txid_current() /* not cancelled */")
                    .send();
            Eventually.holds(() -> assertThat(
                            Cluster.backends(Cluster.PRIMARY, "query LIKE '%/* not cancelled */' AND state = 'active'"))
                    .isEqualTo(1));
            byte[] wrong = client.cancelKey();
            wrong[wrong.length - 1] ^= 1;
            client.cancel(client.pid(), wrong);
            client.cancel(client.pid() + 1, client.cancelKey());
            client.cancel(client.pid(), new byte[32]);
            client.cancel(client.pid(), new byte[256]);
            String backend = Cluster.ask(
                    Cluster.PRIMARY, "SELECT pid FROM pg_stat_activity WHERE query LIKE '%/* not cancelled */'");
            client.cancel(Integer.parseInt(backend), client.cancelKey());

            assertThat(RawClient.tags(client.untilReady())).isEqualTo("TDCZ");
        }
    }

    @Test
    void cancelOfAnIdleSessionHitsNobody() throws IOException {
        try (RawClient client = proxy.raw()) {
            for (int i = 0; i < 50; i++) {
                assertThat(client.ask("SELECT " + i + ", txid_current()")).isEqualTo(Integer.toString(i));
                client.cancel();
            }
            assertThat(client.ask("SELECT 42")).isEqualTo("42");
        }
    }

    @Test
    void cancelOfASessionThatWaitsForABackendGivesTheWaitUp() throws IOException {
        try (TestProxy narrow = TestProxy.start("backend_pool_size = 1");
                RawClient holder = narrow.raw();
                RawClient waiting = narrow.raw()) {
            holder.run("BEGIN");
            holder.run("SELECT txid_current()");
            waiting.query("SELECT txid_current()").send();
            Eventually.isTrue("one waits", () -> narrow.server().pool().waiting(Cluster.PRIMARY) == 1);
            waiting.cancel();

            assertThat(RawClient.error(waiting.untilReady()).sqlState()).isEqualTo("57014");
            assertThat(narrow.server().pool().waiting(Cluster.PRIMARY)).isZero();
            assertThat(holder.ask("SELECT 42")).isEqualTo("42");
        }
    }

    @Test
    void backendThatIsLentOnNeverSeesALateCancel() throws Exception {
        try (TestProxy narrow = TestProxy.start("backend_pool_size = 1")) {
            Random random = new Random(3);
            for (int i = 0; i < 60; i++) {
                RawClient first = narrow.raw();
                first.query("SELECT pg_sleep(0.005), txid_current()").send();
                Thread canceller = new Thread(() -> {
                    try {
                        first.cancel();
                    } catch (IOException failure) {
                        throw new java.io.UncheckedIOException(failure);
                    }
                });
                canceller.start();
                if (random.nextBoolean()) {
                    first.untilReady();
                    first.terminate().send();
                } else {
                    first.reset();
                }
                try (RawClient second = narrow.raw()) {
                    List<RawMessage> answers = second.run("SELECT pg_sleep(0.02), txid_current()");
                    assertThat(RawClient.tags(answers))
                            .as("round %d: %s", i, answers)
                            .isEqualTo("TDCZ");
                }
                canceller.join();
                first.close();
            }
        }
    }
}
