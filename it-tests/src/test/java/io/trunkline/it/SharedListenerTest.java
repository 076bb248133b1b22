package io.trunkline.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.postgresql.PGConnection;
import org.postgresql.PGNotification;

/** LISTEN and NOTIFY with pool_mode = transaction: many clients hear through one backend of a real server. */
class SharedListenerTest {
    private static final String LISTENER = "application_name = 'Trunkline listener'";
    private static final int EACH = 100;

    @SuppressWarnings("NullAway.Init") // before each test
    private TestProxy proxy;

    @BeforeEach
    void start() {
        proxy = TestProxy.start("worker_threads = 2", "pool_mode = transaction", "backend_pool_size = 2");
    }

    @AfterEach
    void stop() {
        proxy.close();
    }

    private static int listeners() {
        return Cluster.backends(Cluster.PRIMARY, LISTENER);
    }

    /** The next notification: channel and payload. */
    private static String heard(RawClient client) throws IOException {
        List<RawMessage> messages = client.until('A');
        assertThat(RawClient.tags(messages)).isEqualTo("A");
        return notification(messages.get(0));
    }

    private static String notification(RawMessage message) {
        ByteBuffer in = ByteBuffer.wrap(message.body());
        in.getInt();
        return RawMessage.text(in) + " " + RawMessage.text(in);
    }

    private static void notify(String channel, String payload) throws IOException {
        directly("SELECT pg_notify('" + channel + "', '" + payload + "')");
    }

    /** Runs a statement in the clients' database, past Trunkline. */
    private static void directly(String sql) throws IOException {
        try (RawClient direct =
                new RawClient(Cluster.shared().node(Cluster.PRIMARY).port())) {
            direct.startUp(Cluster.USER, Cluster.USER);
            assertThat(RawClient.tags(direct.run(sql))).endsWith("CZ");
        }
    }

    @Test
    void manyClientsHearAllInOrderThroughOneBackend() throws IOException {
        List<RawClient> clients = new ArrayList<>();
        try {
            for (int i = 0; i < 50; i++) {
                RawClient client = proxy.raw();
                client.patience(Duration.ofSeconds(30));
                clients.add(client);
                assertThat(RawClient.tags(client.run("LISTEN all_hear"))).isEqualTo("CZ");
                client.run("LISTEN \"Own " + i + "\"");
            }
            assertThat(listeners()).isEqualTo(1);
            assertThat(proxy.server().pool().open(Cluster.PRIMARY)).isLessThanOrEqualTo(2);
            CompletableFuture<Void> direct = CompletableFuture.runAsync(() -> {
                try {
                    directly("DO $$ BEGIN FOR i IN 1.." + EACH
                            + " LOOP PERFORM pg_notify('all_hear', 'direct ' || i); COMMIT; END LOOP; END $$");
                } catch (IOException failure) {
                    throw new UncheckedIOException(failure);
                }
            });
            try (RawClient through = proxy.raw()) {
                for (int i = 1; i <= EACH; i++) {
                    assertThat(RawClient.tags(through.run("NOTIFY all_hear, 'through " + i + "'")))
                            .isEqualTo("CZ");
                }
            }
            direct.join();
            for (int i = 0; i < clients.size(); i++) {
                notify("Own " + i, "last");
                List<String> heard = new ArrayList<>();
                for (int k = 0; k <= 2 * EACH; k++) {
                    heard.add(heard(clients.get(i)));
                }
                assertThat(heard).last().isEqualTo("Own " + i + " last");
                assertThat(heard)
                        .filteredOn(one -> one.contains("direct"))
                        .containsExactlyElementsOf(numbered("all_hear direct "));
                assertThat(heard)
                        .filteredOn(one -> one.contains("through"))
                        .containsExactlyElementsOf(numbered("all_hear through "));
            }
        } finally {
            clients.forEach(RawClient::close);
        }
        Eventually.holds(() -> assertThat(listeners()).isZero());
        proxy.awaitNoneBusy(Cluster.PRIMARY);
    }

    private static List<String> numbered(String what) {
        return IntStream.rangeClosed(1, EACH).mapToObj(i -> what + i).toList();
    }

    @Test
    void listenHoldsFromItsCommitOn() throws IOException {
        try (RawClient client = proxy.raw()) {
            client.run("BEGIN");
            client.run("LISTEN kept");
            client.run("SAVEPOINT s");
            client.run("LISTEN undone");
            client.run("ROLLBACK TO s");
            client.run("SELECT txid_current()");
            assertThat(RawClient.tags(client.run("COMMIT"))).isEqualTo("CZ");
            notify("undone", "1");
            notify("kept", "2");
            assertThat(heard(client)).isEqualTo("kept 2");

            client.run("BEGIN");
            client.run("LISTEN later");
            client.run("SELECT txid_current()");
            client.run("ROLLBACK");
            notify("later", "3");
            notify("kept", "4");
            assertThat(heard(client)).isEqualTo("kept 4");

            client.run("BEGIN");
            client.run("SELECT txid_current()");
            notify("kept", "5");
            assertThat(RawClient.tags(client.run("SELECT 1"))).isEqualTo("TDCZ");
            client.query("COMMIT").send();
            assertThat(RawClient.tags(client.until('A'))).isEqualTo("CZA");
        }
    }

    @Test
    void aClientHearsItself() throws IOException {
        try (RawClient client = proxy.raw()) {
            client.run("LISTEN own");
            client.query("NOTIFY own, 'x'").send();
            List<RawMessage> answer = client.until('A');
            assertThat(RawClient.tags(answer)).isEqualTo("CZA");
            assertThat(notification(answer.get(2))).isEqualTo("own x");
            client.run("BEGIN");
            client.run("LISTEN same");
            client.run("NOTIFY same, 'y'");
            client.query("COMMIT").send();
            assertThat(notification(client.until('A').get(2))).isEqualTo("same y");
        }
    }

    @Test
    void aBatchListensOverTheExtendedProtocol() throws IOException {
        try (RawClient client = proxy.raw()) {
            client.extended("LISTEN batch").sync().send();
            assertThat(RawClient.tags(client.untilReady())).endsWith("CZ");
            notify("batch", "1");
            assertThat(heard(client)).isEqualTo("batch 1");
            client.extended("UNLISTEN *").sync().send();
            client.untilReady();
            Eventually.holds(() -> assertThat(listeners()).isZero());
        }
    }

    @Test
    void theEndOfTheListeningBackendEndsItsListenersOnly() throws IOException {
        try (RawClient first = proxy.raw();
                RawClient second = proxy.raw();
                RawClient other = proxy.raw()) {
            first.run("LISTEN killed");
            second.run("LISTEN killed");
            other.run("LISTEN killed");
            other.run("UNLISTEN killed");
            Cluster.ask(Cluster.PRIMARY, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE " + LISTENER);
            for (RawClient client : List.of(first, second)) {
                List<RawMessage> last = client.untilClosed();
                assertThat(RawClient.tags(last)).isEqualTo("E");
                assertThat(last.get(0).sqlState()).isEqualTo("57P01");
            }
            assertThat(other.ask("SELECT 1")).isEqualTo("1");
            assertThat(RawClient.tags(other.run("LISTEN killed"))).isEqualTo("CZ");
            notify("killed", "again");
            assertThat(heard(other)).isEqualTo("killed again");
        }
    }

    @Test
    void aClientThatListensSharesItsBackends() throws IOException {
        try (RawClient one = proxy.raw();
                RawClient two = proxy.raw()) {
            one.run("LISTEN shared");
            two.run("LISTEN shared");
            one.run("SELECT txid_current()");
            two.run("SELECT txid_current()");
            Eventually.holds(() -> assertThat(proxy.busy(Cluster.PRIMARY)).isEqualTo(1));
            assertThat(RawClient.tags(one.run("DISCARD ALL"))).isEqualTo("CZ");
            notify("shared", "1");
            assertThat(heard(two)).isEqualTo("shared 1");
            assertThat(RawClient.tags(one.run("SELECT 1"))).isEqualTo("TDCZ");
        }
    }

    @Test
    void jdbcHears() throws SQLException {
        try (Connection listening = proxy.connect();
                Connection notifying = proxy.connect();
                Statement listen = listening.createStatement();
                Statement notify = notifying.createStatement()) {
            listen.execute("LISTEN jdbc_channel");
            listening.setAutoCommit(false);
            listen.execute("LISTEN \"Other\"");
            listening.commit();
            listening.setAutoCommit(true);
            notify.execute("NOTIFY jdbc_channel, 'h\u00e4llo'");
            notify.execute("NOTIFY \"Other\", 'there'");
            List<String> got = new ArrayList<>();
            while (got.size() < 2) {
                for (PGNotification one : listening.unwrap(PGConnection.class).getNotifications(10_000)) {
                    got.add(one.getName() + " " + one.getParameter());
                }
            }
            assertThat(got).containsExactly("jdbc_channel h\u00e4llo", "Other there");
        }
    }

    @Test
    void pythonHears() throws IOException {
        String python = "/usr/bin/python3";
        Assumptions.assumeTrue(Files.isExecutable(Path.of(python)), python + " is not installed");
        Assumptions.assumeTrue(
                External.run(Map.of(), "", List.of(python, "-c", "import asyncpg, psycopg2"))
                                .exit()
                        == 0,
                "asyncpg and psycopg2 are not installed");
        String script;
        try (InputStream resource =
                Objects.requireNonNull(getClass().getResourceAsStream("/python/listen.py"), "listen.py")) {
            script = new String(resource.readAllBytes(), StandardCharsets.UTF_8);
        }
        Map<String, String> where =
                Map.of("PROXY_PORT", Integer.toString(proxy.port()), "WRITE_PORT", Cluster.port(Cluster.PRIMARY));
        assertThat(External.run(where, script, List.of(python, "-")).succeeded().out())
                .endsWith("passed\n");
    }
}
