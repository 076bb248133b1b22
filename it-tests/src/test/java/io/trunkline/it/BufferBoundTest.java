package io.trunkline.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.trunkline.pool.BufferMemory;
import io.trunkline.proxy.metrics.LoopMetrics;
import java.io.IOException;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Many clients that read their results slowly, or send their statements slowly, against a small bound to all buffers. */
@Timeout(120)
class BufferBoundTest {
    private static final int READERS = 200;
    private static final int SENDERS = 200;
    private static final long MEGABYTE = 1 << 20;

    /** 50 MB, on the standby. */
    private static final String RESULT = "SELECT repeat('x', 1000) FROM generate_series(1, 50000)";

    private static final int SENT = 96 * 1024;

    private final List<RawClient> slow = new ArrayList<>();

    @AfterEach
    void disconnect() throws IOException {
        for (RawClient client : slow) {
            client.close();
        }
    }

    @Test
    void allBuffersStayBelowTheBoundAndOthersGoOn() throws Exception {
        long before = BufferMemory.inUse();
        long bound = 16 * MEGABYTE;
        List<String> settings =
                List.of("max_buffer_memory = 16MB", "num_init_children = 500", "query_inspection_limit = 16MB");
        try (TestProxy proxy = TestProxy.start(settings.toArray(new String[0]));
                Connection other = proxy.connect()) {
            AtomicLong most = new AtomicLong();
            Thread watch = new Thread(() -> {
                while (!Thread.currentThread().isInterrupted()) {
                    most.accumulateAndGet(BufferMemory.inUse(), Math::max);
                    LockSupport.parkNanos(500_000);
                }
            });
            watch.setDaemon(true);
            watch.start();
            readSlowly(proxy.port());
            Eventually.isTrue("memory is short", () -> proxy.server().memory().isTight());
            sendSlowly(proxy.port());
            for (int i = 0; i < 100; i++) {
                assertThat(ask(other, "SELECT " + i)).isEqualTo("" + i);
            }
            assertThat(ask(other, "SELECT length(repeat('y', 5000000))")).isEqualTo("5000000");
            readOn();
            watch.interrupt();
            watch.join();
            assertThat(most.get()).isBetween(bound / 4, bound);

            refusesWhileFull(proxy, other, settings);
            for (RawClient client : slow) {
                client.close();
            }
            Eventually.holds(() -> assertThat(BufferMemory.inUse()).isLessThan(before + 64 * 1024));
        }
    }

    private static void refusesWhileFull(TestProxy proxy, Connection other, List<String> settings) throws Exception {
        List<String> smaller = new ArrayList<>(settings);
        smaller.add("max_buffer_memory = 4MB");
        proxy.reload(smaller);
        assertThatThrownBy(proxy::connect)
                .isInstanceOfSatisfying(
                        SQLException.class,
                        refused -> assertThat(refused.getSQLState()).isEqualTo("53200"))
                .hasMessageContaining("no memory left");
        assertThat(proxy.server().loopMetrics().stream()
                        .mapToLong(loop -> loop.value(LoopMetrics.Counter.REFUSED_FOR_MEMORY))
                        .sum())
                .isPositive();
        assertThat(ask(other, "SELECT 1")).isEqualTo("1");
        proxy.reload(settings);
        proxy.connect().close();
    }

    @Test
    void whatTheJvmHasOutsideOfTheHeapIsEnough() throws Exception {
        try (ProxyProcess proxy = ProxyProcess.start(
                List.of("num_init_children = 500", "query_inspection_limit = 16MB"),
                "-Xmx64m",
                "-XX:MaxDirectMemorySize=32m",
                "-XX:+ExitOnOutOfMemoryError")) {
            readSlowly(proxy.port());
            sendSlowly(proxy.port());
            try (RawClient other = new RawClient(proxy.port())) {
                other.startUp(Cluster.USER, Cluster.USER);
                assertThat(other.ask("SELECT 1")).isEqualTo("1");
            }
            readOn();
            assertThat(proxy.isAlive()).isTrue();
        }
    }

    /** The results pile up until nobody goes on: the clients read nothing yet. */
    private void readSlowly(int port) throws IOException {
        for (int i = 0; i < READERS; i++) {
            RawClient client = new RawClient(port, 4096);
            slow.add(client);
            client.startUp(Cluster.USER, Cluster.USER);
            client.query(RESULT).send();
        }
    }

    /** Some of a statement of 10 MB, and no more of it. */
    private void sendSlowly(int port) throws IOException {
        byte[] some = new byte[SENT];
        Arrays.fill(some, (byte) ' ');
        for (int i = 0; i < SENDERS; i++) {
            RawClient client = new RawClient(port);
            slow.add(client);
            client.startUp(Cluster.USER, Cluster.USER);
            client.header('Q', 10_000_000).bytes(some).send();
        }
    }

    /** A little of each result. */
    private void readOn() throws IOException {
        for (RawClient client : slow.subList(0, READERS)) {
            assertThat(client.receive().tag()).isEqualTo('T');
            for (int row = 0; row < 200; row++) {
                assertThat(client.receive().tag()).isEqualTo('D');
            }
        }
    }

    private static String ask(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet found = statement.executeQuery(sql)) {
            found.next();
            return String.valueOf(found.getString(1));
        }
    }
}
