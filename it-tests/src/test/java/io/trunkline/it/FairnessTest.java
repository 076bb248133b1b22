package io.trunkline.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.trunkline.pool.BufferMemory;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A client on the same event loop as others that ask for very much. */
@Timeout(60)
class FairnessTest {
    private static final int AT_ONCE = 20_000;
    private static final int QUESTIONS = 100;

    private static long before;
    private static TestProxy proxy;

    private final List<RawClient> neighbours = new ArrayList<>();

    @BeforeAll
    static void start() {
        before = BufferMemory.inUse();
        proxy = TestProxy.start("worker_threads = 1");
    }

    @AfterAll
    static void stop() {
        Eventually.isTrue("all buffers are released", () -> BufferMemory.inUse() <= before + 1024);
        proxy.close();
    }

    @AfterEach
    void disconnect() throws IOException {
        for (RawClient neighbour : neighbours) {
            neighbour.close();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"SELECT 1", "SHOW POOL_VERSION"})
    void whoSendsManyQueriesAtOnceLeavesOthersTheirTurn(String sql) throws IOException {
        RawClient neighbour = neighbour();
        for (int i = 0; i < AT_ONCE; i++) {
            neighbour.query(sql);
        }
        again(neighbour, neighbour.unsent());
        assertOthersHaveTheirTurn();
    }

    @Test
    void whoSendsNothingButSyncLeavesOthersTheirTurn() throws IOException {
        RawClient neighbour = neighbour();
        for (int i = 0; i < 10 * AT_ONCE; i++) {
            neighbour.sync();
        }
        again(neighbour, neighbour.unsent());
        assertOthersHaveTheirTurn();
    }

    @Test
    void whoSendsOneHugeBatchLeavesOthersTheirTurn() throws IOException {
        RawClient neighbour = neighbour();
        for (int i = 0; i < AT_ONCE; i++) {
            neighbour.parse("", "SELECT 1").bind("", "").execute("", 0);
        }
        neighbour.sync();
        again(neighbour, neighbour.unsent());
        assertOthersHaveTheirTurn();
    }

    @Test
    void whoeverStreamsLeavesOthersTheirTurn() throws IOException {
        for (int i = 0; i < 4; i++) {
            RawClient neighbour = neighbour();
            neighbour.query("SELECT repeat('x', 100) FROM generate_series(1, 10000)");
            again(neighbour, neighbour.unsent());
        }
        RawClient copying = neighbour();
        again(
                copying,
                copying.query("COPY (SELECT repeat('x', 1000) FROM generate_series(1, 10000)) TO STDOUT")
                        .unsent());
        assertOthersHaveTheirTurn();
    }

    private RawClient neighbour() throws IOException {
        RawClient client = proxy.raw();
        neighbours.add(client);
        return client;
    }

    /** Sends this until the client is closed, and reads the answers as fast as they come. */
    private static void again(RawClient client, byte[] requests) {
        background(() -> {
            while (true) {
                client.bytes(requests).send();
            }
        });
        background(() -> {
            while (true) {
                client.skipMessage();
            }
        });
    }

    private interface Talk {
        void go() throws IOException;
    }

    private static void background(Talk talk) {
        Thread thread = new Thread(() -> {
            try {
                talk.go();
            } catch (IOException closed) {
                // the test is over
            }
        });
        thread.setDaemon(true);
        thread.start();
    }

    private static void assertOthersHaveTheirTurn() throws IOException {
        long[] micros = new long[QUESTIONS];
        try (RawClient client = proxy.raw()) {
            for (int i = 0; i < QUESTIONS; i++) {
                long since = System.nanoTime();
                assertThat(client.ask("SELECT 2")).isEqualTo("2");
                micros[i] = TimeUnit.NANOSECONDS.toMicros(System.nanoTime() - since);
            }
        }
        Arrays.sort(micros);
        assertThat(micros[QUESTIONS / 2]).as("half of them, in µs").isLessThan(100_000);
        assertThat(micros[QUESTIONS * 98 / 100]).as("98 % of them, in µs").isLessThan(500_000);
    }
}
