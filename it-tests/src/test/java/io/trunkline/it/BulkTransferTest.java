package io.trunkline.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufAllocatorMetricProvider;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.postgresql.PGConnection;

/** Much data at a time: it has to flow through, and nowhere to pile up. */
class BulkTransferTest {
    private static final int LINE = 1000;
    private static final int LINES = 100_000;
    private static final long BOUND = 48L << 20;

    private static TestProxy proxy;

    @BeforeAll
    static void start() {
        proxy = TestProxy.start();
    }

    @AfterAll
    static void stop() {
        proxy.close();
    }

    @Test
    void copyOf100MegabytesBothWays() throws SQLException, IOException {
        try (Connection connection = proxy.connect();
                Statement statement = connection.createStatement()) {
            connection.setAutoCommit(false);
            statement.execute("CREATE TABLE bulk (line text)");
            long in = connection
                    .unwrap(PGConnection.class)
                    .getCopyAPI()
                    .copyIn("COPY bulk FROM STDIN", new Lines(LINES), 1 << 20);
            Counter counter = new Counter();
            long out = connection.unwrap(PGConnection.class).getCopyAPI().copyOut("COPY bulk TO STDOUT", counter);

            assertThat(in).isEqualTo(LINES);
            assertThat(out).isEqualTo(LINES);
            assertThat(counter.bytes).isEqualTo((long) LINES * LINE);
            connection.rollback();
        }
    }

    @Test
    void resultThatNobodyReadsStaysAtTheServer() throws IOException {
        try (RawClient slow = new RawClient(proxy.port(), 16 * 1024);
                RawClient other = proxy.raw()) {
            slow.startUp(Cluster.USER, Cluster.USER);
            long before = directMemory();
            slow.query("SELECT repeat('x', 1000), txid_current() FROM generate_series(1, 300000) /* slow */").send();
            Eventually.holds(() -> assertThat(Cluster.backends(
                            Cluster.PRIMARY, "query LIKE '%/* slow */' AND wait_event = 'ClientWrite'"))
                    .isEqualTo(1));
            long peak = 0;
            for (int i = 0; i < 100; i++) {
                assertThat(other.ask("SELECT 42")).isEqualTo("42");
                peak = Math.max(peak, directMemory() - before);
            }
            assertThat(peak).isLessThan(BOUND);
            int rows = 0;
            while (slow.receive().tag() != 'Z') {
                rows++;
                if (rows % 1000 == 0) {
                    peak = Math.max(peak, directMemory() - before);
                }
            }
            assertThat(rows).isEqualTo(300_000 + 2);
            assertThat(peak).isLessThan(BOUND);
        }
    }

    @Test
    void dataThatTheServerDoesNotTakeStaysAtTheClient() throws Exception {
        try (RawClient locker = proxy.raw();
                RawClient sender = proxy.raw();
                RawClient other = proxy.raw()) {
            locker.run("CREATE TABLE bulk_locked (line text)");
            locker.run("BEGIN");
            locker.run("LOCK TABLE bulk_locked IN ACCESS EXCLUSIVE MODE");
            long before = directMemory();
            CompletableFuture<Void> sending = CompletableFuture.runAsync(() -> {
                try {
                    sender.parse("", "INSERT INTO bulk_locked VALUES ($1)").sync();
                    for (int i = 0; i < 200; i++) {
                        sender.bind("", "", "x".repeat(1_000_000)).execute("", 0).sync().send();
                    }
                } catch (IOException failure) {
                    throw new java.io.UncheckedIOException(failure);
                }
            });
            Eventually.holds(() -> assertThat(Cluster.backends(
                            Cluster.PRIMARY, "query LIKE 'INSERT INTO bulk_locked%' AND wait_event_type = 'Lock'"))
                    .isEqualTo(1));
            long peak = 0;
            for (int i = 0; i < 200; i++) {
                assertThat(other.ask("SELECT 42")).isEqualTo("42");
                peak = Math.max(peak, directMemory() - before);
            }
            assertThat(sending).isNotDone();
            assertThat(peak).isLessThan(BOUND);
            locker.run("COMMIT");
            for (int i = 0; i <= 200; i++) {
                assertThat(RawClient.tags(sender.untilReady())).isIn("1Z", "2CZ");
            }
            sending.get();
            locker.run("DROP TABLE bulk_locked");
        }
    }

    @Test
    void valueOf200MegabytesPassesWithoutBeingGathered() throws IOException {
        try (RawClient client = proxy.raw()) {
            long before = directMemory();
            client.query("SELECT repeat('y', 200000000), txid_current()").send();
            assertThat(client.receive().tag()).isEqualTo('T');
            assertThat(client.skipMessage()).isGreaterThan(200_000_000);
            long after = directMemory() - before;

            assertThat(RawClient.tags(client.untilReady())).isEqualTo("CZ");
            assertThat(after).isLessThan(BOUND);
        }
    }

    private static long directMemory() {
        return ((ByteBufAllocatorMetricProvider) ByteBufAllocator.DEFAULT).metric().usedDirectMemory();
    }

    /** So many lines of the same length. */
    private static final class Lines extends InputStream {
        private final long length;
        private long at;

        Lines(int count) {
            length = (long) count * LINE;
        }

        @Override
        public int read() {
            return at == length ? -1 : byteAt(at++);
        }

        @Override
        public int read(byte[] into, int from, int count) {
            if (at == length) {
                return -1;
            }
            int here = (int) Math.min(count, length - at);
            for (int i = 0; i < here; i++) {
                into[from + i] = (byte) byteAt(at + i);
            }
            at += here;
            return here;
        }

        private static int byteAt(long position) {
            return position % LINE == LINE - 1 ? '\n' : 'a' + (int) (position % 26);
        }
    }

    private static final class Counter extends OutputStream {
        private long bytes;

        @Override
        public void write(int one) {
            bytes++;
        }

        @Override
        public void write(byte[] from, int at, int count) {
            bytes += count;
        }
    }
}
