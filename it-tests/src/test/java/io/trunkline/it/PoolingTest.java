package io.trunkline.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** What becomes of backends between sessions. */
class PoolingTest {
    private static final String PID = "SELECT pg_backend_pid(), txid_current()";

    /** With one event loop: a backend is not lent to a session on another. */
    private static TestProxy proxy(String... settings) {
        List<String> all = new ArrayList<>(List.of("worker_threads = 1"));
        all.addAll(List.of(settings));
        return TestProxy.start(all.toArray(String[]::new));
    }

    @Test
    void backendIsUsedByTheNextSession() throws IOException {
        try (TestProxy proxy = proxy()) {
            String first = pidOfOneSession(proxy);

            try (RawClient next = nextOn(proxy, first)) {
                assertThat(next.ask("SELECT 42")).isEqualTo("42");
            }
        }
    }

    @Test
    void resetLeavesNothingOfTheSessionBefore() throws IOException {
        try (TestProxy proxy = proxy()) {
            String pid;
            try (RawClient first = proxy.raw()) {
                pid = first.ask(PID);
                first.run("SET work_mem = '7890kB'");
                first.run("CREATE TEMP TABLE left_over (id int)");
                first.run("PREPARE left_over AS SELECT 1");
                first.run("LISTEN left_over");
                first.run("SELECT pg_advisory_lock(4711)");
                first.run("DECLARE left_over CURSOR WITH HOLD FOR SELECT 1");
                first.parse("left_over_too", "SELECT 1").sync().send();
                first.untilReady();
                first.terminate().send();
            }
            try (RawClient second = nextOn(proxy, pid)) {
                assertThat(second.ask("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = " + pid))
                        .isEqualTo("0");
                assertThat(second.ask("SHOW work_mem")).isNotEqualTo("7890kB");
                assertThat(second.ask("SELECT count(*) FROM pg_listening_channels()"))
                        .isEqualTo("0");
                assertThat(second.ask("SELECT count(*) FROM pg_prepared_statements"))
                        .isEqualTo("0");
                assertThat(second.ask("SELECT count(*) FROM pg_cursors")).isEqualTo("0");
                assertThat(RawClient.error(second.run("TABLE left_over")).sqlState())
                        .isEqualTo("42P01");
            }
        }
    }

    @Test
    void openTransactionIsRolledBackAndTheBackendKept() throws IOException {
        assertTransactionIsAborted("INSERT INTO pooled_rows VALUES (1)");
    }

    @Test
    void failedTransactionIsRolledBackAndTheBackendKept() throws IOException {
        assertTransactionIsAborted("SELECT 1/0");
    }

    private static void assertTransactionIsAborted(String statement) throws IOException {
        try (TestProxy proxy = proxy()) {
            String pid;
            try (RawClient first = proxy.raw()) {
                pid = first.ask(PID);
                first.run("CREATE TABLE IF NOT EXISTS pooled_rows (id int)");
                first.run("BEGIN");
                first.run("CREATE TABLE not_committed (id int)");
                first.run(statement);
                first.terminate().send();
            }
            try (RawClient second = nextOn(proxy, pid)) {
                assertThat(second.ask("SELECT to_regclass('not_committed') IS NULL, nextval('counter')"))
                        .isEqualTo("t");
                assertThat(second.run("BEGIN")).hasToString("[C(BEGIN), Z(T)]");
                second.run("COMMIT");
                second.run("DROP TABLE IF EXISTS pooled_rows");
            }
        }
    }

    @Test
    void databasePostgresIsNeverCached() throws IOException {
        try (TestProxy proxy = proxy()) {
            String pid;
            try (RawClient first = new RawClient(proxy.port())) {
                first.startUp(Cluster.USER, "postgres");
                pid = first.ask(PID);
                first.terminate().send();
            }
            Eventually.holds(() -> assertThat(Cluster.backends(Cluster.PRIMARY, "pid = " + pid))
                    .isZero());
            try (RawClient second = new RawClient(proxy.port())) {
                second.startUp(Cluster.USER, "postgres");
                assertThat(second.ask(PID)).isNotEqualTo(pid);
            }
        }
    }

    @Test
    void connectionCacheOffKeepsNothing() throws IOException {
        try (TestProxy proxy = proxy("connection_cache = off")) {
            String pid = pidOfOneSession(proxy);

            Eventually.holds(() -> assertThat(Cluster.backends(Cluster.PRIMARY, "pid = " + pid))
                    .isZero());
            assertThat(pidOfOneSession(proxy)).isNotEqualTo(pid);
        }
    }

    @Test
    void connectionLifeTimeClosesIdleBackends() throws IOException {
        try (TestProxy proxy = proxy("connection_life_time = 1")) {
            String pid = pidOfOneSession(proxy);

            Eventually.holds(() -> assertThat(Cluster.backends(Cluster.PRIMARY, "pid = " + pid))
                    .isZero());
        }
    }

    @Test
    void childMaxConnectionsClosesABackendAfterSoManySessions() throws IOException {
        try (TestProxy proxy = proxy("child_max_connections = 3")) {
            List<String> pids = new ArrayList<>();
            for (int i = 0; i < 9; i++) {
                pids.add(pidOfOneSession(proxy));
            }
            assertThat(pids.stream().distinct().count()).isGreaterThanOrEqualTo(3);
            for (String pid : pids) {
                assertThat(pids.stream().filter(pid::equals).count()).isLessThanOrEqualTo(3);
            }
        }
    }

    @Test
    void sessionsWithOtherStartupParametersGetOtherBackends() throws IOException {
        try (TestProxy proxy = proxy()) {
            String plain = pidOfOneSession(proxy);
            try (RawClient other = new RawClient(proxy.port())) {
                other.startUp(
                        RawClient.V3_0,
                        Map.of("user", Cluster.USER, "database", Cluster.USER, "options", "-c work_mem=999kB"));
                assertThat(other.ask(PID)).isNotEqualTo(plain);
                assertThat(other.ask("SHOW work_mem")).isEqualTo("999kB");
            }
        }
    }

    @Test
    void applicationNameIsTheClientsOwnOnALentBackend() throws IOException {
        try (TestProxy proxy = proxy()) {
            String pid;
            try (RawClient first = named(proxy, "first")) {
                pid = first.ask(PID);
                assertThat(first.ask("SELECT application_name FROM pg_stat_activity WHERE pid = " + pid))
                        .isEqualTo("first");
                first.terminate().send();
            }
            try (RawClient second = nextOn(proxy, pid, () -> named(proxy, "second"))) {
                assertThat(second.ask("SELECT application_name FROM pg_stat_activity WHERE pid = " + pid))
                        .isEqualTo("second");
                assertThat(second.ask("SHOW application_name")).isEqualTo("second");
            }
        }
    }

    @Test
    void backendsOfANodeStayWithinNumInitChildrenTimesMaxPool() throws IOException {
        try (TestProxy proxy = proxy("num_init_children = 3", "max_pool = 1")) {
            for (int i = 0; i < 8; i++) {
                try (RawClient client = new RawClient(proxy.port())) {
                    client.startUp(
                            RawClient.V3_0,
                            Map.of(
                                    "user",
                                    Cluster.USER,
                                    "database",
                                    Cluster.USER,
                                    "options",
                                    "-c work_mem=" + (70 + i) + "kB -c statement_timeout=54321"));
                    client.ask(PID);
                    assertThat(client.ask("SHOW work_mem")).isEqualTo((70 + i) + "kB");
                    assertThat(proxy.server().pool().open(Cluster.PRIMARY)).isLessThanOrEqualTo(3);
                }
            }
        }
    }

    @Test
    void backendPoolSizeMakesSessionsTakeTurnsInOrder() throws Exception {
        try (TestProxy proxy = proxy("backend_pool_size = 1")) {
            List<RawClient> clients = new ArrayList<>();
            RawClient holder = proxy.raw();
            holder.run("BEGIN");
            String pid = holder.ask(PID);
            List<Integer> served = java.util.Collections.synchronizedList(new ArrayList<>());
            List<CompletableFuture<Void>> turns = new ArrayList<>();
            for (int i = 0; i < 8; i++) {
                RawClient client = proxy.raw();
                clients.add(client);
                client.query(PID).send();
                int number = i;
                Eventually.isTrue(
                        "client " + i + " waits", () -> proxy.server().pool().waiting(Cluster.PRIMARY) == number + 1);
            }
            for (int i = 0; i < 8; i++) {
                RawClient client = clients.get(i);
                int number = i;
                turns.add(CompletableFuture.runAsync(
                        () -> {
                            try {
                                assertThat(RawClient.firstValue(client.untilReady()))
                                        .isEqualTo(pid);
                                served.add(number);
                                client.terminate().send();
                            } catch (IOException failure) {
                                throw new java.io.UncheckedIOException(failure);
                            }
                        },
                        task -> new Thread(task).start()));
            }
            holder.run("COMMIT");
            assertThat(served).isEmpty();
            holder.terminate().send();
            CompletableFuture.allOf(turns.toArray(CompletableFuture<?>[]::new)).get();

            assertThat(served).containsExactly(0, 1, 2, 3, 4, 5, 6, 7);
            clients.forEach(RawClient::close);
            holder.close();
        }
    }

    @Test
    void clientIdleLimitEndsSilentSessionsOnly() throws IOException {
        try (TestProxy proxy = proxy("client_idle_limit = 1");
                RawClient silent = proxy.raw();
                RawClient busy = proxy.raw()) {
            silent.ask("SELECT 1");
            busy.query("SELECT pg_sleep(3)").send();

            assertThat(RawClient.error(silent.untilClosed()).sqlState()).isEqualTo("57P05");
            assertThat(RawClient.tags(busy.untilReady())).isEqualTo("TDCZ");
        }
    }

    @Test
    void dropDatabaseIsNotKeptFromItByIdleBackends() throws IOException {
        try (TestProxy proxy = proxy();
                RawClient owner = new RawClient(proxy.port())) {
            owner.startUp("postgres", Cluster.USER);
            owner.run("CREATE DATABASE to_be_dropped");
            try (RawClient client = new RawClient(proxy.port())) {
                client.startUp(Cluster.USER, "to_be_dropped");
                assertThat(client.ask(PID)).isNotEmpty();
                client.terminate().send();
            }
            Eventually.isTrue("only the owner has a backend", () -> proxy.busy(Cluster.PRIMARY) == 1);
            assertThat(Cluster.backends(Cluster.PRIMARY, "datname = 'to_be_dropped'"))
                    .isEqualTo(1);

            assertThat(owner.run("DROP DATABASE to_be_dropped")).hasToString("[C(DROP DATABASE), Z(I)]");
        }
    }

    @Test
    void alterRoleSetHoldsForTheNextSession() throws IOException {
        try (TestProxy proxy = proxy();
                RawClient owner = new RawClient(proxy.port())) {
            owner.startUp("postgres", Cluster.USER);
            pidOfOneSession(proxy);
            try {
                owner.run("ALTER ROLE app SET work_mem = '4321kB'");
                try (RawClient next = proxy.raw()) {
                    assertThat(next.ask("SHOW work_mem")).isEqualTo("4321kB");
                }
                owner.run("ALTER ROLE app SET TimeZone = 'Asia/Tokyo'");
                Cluster.awaitStandbys();
                try (RawClient next = proxy.raw()) {
                    assertThat(next.parameters()).containsEntry("TimeZone", "Asia/Tokyo");
                    assertThat(next.ask("SHOW TimeZone")).isEqualTo("Asia/Tokyo");
                }
            } finally {
                owner.run("ALTER ROLE app RESET ALL");
                Cluster.awaitStandbys();
            }
        }
    }

    @Test
    void discardAllByTheClientKeepsTheSessionUsable() throws IOException {
        try (TestProxy proxy = proxy();
                RawClient client = proxy.raw()) {
            client.run("SET work_mem = '2468kB'");
            client.ask("SELECT port FROM here");
            assertThat(client.run("DISCARD ALL")).hasToString("[C(DISCARD ALL), Z(I)]");
            assertThat(client.ask("SELECT w FROM here_with_settings")).isNotEqualTo("2468kB");
            assertThat(client.ask("SELECT w, nextval('counter') FROM here_with_settings"))
                    .isNotEqualTo("2468kB");
        }
    }

    private static RawClient named(TestProxy proxy, String name) throws IOException {
        RawClient client = new RawClient(proxy.port());
        client.startUp(
                RawClient.V3_0, Map.of("user", Cluster.USER, "database", Cluster.USER, "application_name", name));
        return client;
    }

    private static String pidOfOneSession(TestProxy proxy) throws IOException {
        int before = proxy.busy(Cluster.PRIMARY);
        String pid;
        try (RawClient client = proxy.raw()) {
            pid = client.ask(PID);
            client.terminate().send();
            client.awaitClose();
        }
        Eventually.isTrue("the backend is idle or gone", () -> proxy.busy(Cluster.PRIMARY) <= before);
        return pid;
    }

    private interface Opening {
        RawClient open() throws IOException;
    }

    /** A session on the backend with this process id, which the only session before has had. */
    private static RawClient nextOn(TestProxy proxy, String pid) throws IOException {
        return nextOn(proxy, pid, proxy::raw);
    }

    private static RawClient nextOn(TestProxy proxy, String pid, Opening opening) throws IOException {
        proxy.awaitNoneBusy(Cluster.PRIMARY);
        List<RawClient> others = new ArrayList<>();
        try {
            // beside it may be the backend that was asked about the catalog
            for (int left = proxy.idle(Cluster.PRIMARY); left > 0; left--) {
                RawClient next = opening.open();
                if (next.ask(PID).equals(pid)) {
                    return next;
                }
                others.add(next);
            }
        } finally {
            others.forEach(RawClient::close);
        }
        throw new AssertionError("no session has got backend " + pid + ", only " + others.size() + " others");
    }
}
