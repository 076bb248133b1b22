package io.trunkline.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** All at once, for minutes: nothing may get mixed up, stuck or left over. Only with {@code -Pslow}. */
@Tag("slow")
@Timeout(value = 10, unit = TimeUnit.MINUTES)
class SoakTest {
    private static final long DURATION_NANOS = TimeUnit.MINUTES.toNanos(3);

    @Test
    void everySessionGetsItsOwnAnswersOnly() throws Exception {
        try (TestProxy proxy = TestProxy.start("num_init_children = 16", "backend_pool_size = 8")) {
            ExecutorService threads = Executors.newFixedThreadPool(24);
            long end = System.nanoTime() + DURATION_NANOS;
            List<Future<Integer>> workers = new ArrayList<>();
            for (int i = 0; i < 24; i++) {
                Random random = new Random(i);
                workers.add(threads.submit(worker(proxy, random, end)));
            }
            for (Future<Integer> worker : workers) {
                assertThat(worker.get()).isPositive();
            }
            threads.shutdown();
            Eventually.isTrue("all sessions have ended", () -> proxy.server().clients() == 0);
            assertThat(proxy.server().pool().open(Cluster.PRIMARY)).isLessThanOrEqualTo(8);
        }
    }

    private static Callable<Integer> worker(TestProxy proxy, Random random, long end) {
        return () -> {
            int sessions = 0;
            while (System.nanoTime() < end) {
                try (RawClient client = proxy.raw()) {
                    for (int i = random.nextInt(20); i >= 0; i--) {
                        step(client, random);
                    }
                    sessions++;
                    if (random.nextBoolean()) {
                        client.terminate().send();
                    } else {
                        client.reset();
                    }
                }
            }
            return sessions;
        };
    }

    private static void step(RawClient client, Random random) throws IOException {
        String mark = Long.toString(random.nextLong());
        switch (random.nextInt(6)) {
            case 0 -> assertThat(client.ask("SELECT '" + mark + "' FROM here")).isEqualTo(mark);
            case 1 ->
                assertThat(client.ask("SELECT '" + mark + "', nextval('counter')"))
                        .isEqualTo(mark);
            case 2 -> {
                client.extended("SELECT $1::text FROM here", mark).sync();
                client.extended("SELECT $1::text, nextval('counter')", mark)
                        .sync()
                        .send();
                assertThat(RawClient.firstValue(client.untilReady())).isEqualTo(mark);
                assertThat(RawClient.firstValue(client.untilReady())).isEqualTo(mark);
            }
            case 3 -> {
                client.run("BEGIN");
                assertThat(client.ask("SELECT '" + mark + "'")).isEqualTo(mark);
                client.run(random.nextBoolean() ? "COMMIT" : "ROLLBACK");
            }
            case 4 ->
                assertThat(RawClient.error(client.run("SELECT 1/0 /* " + mark + " */"))
                                .sqlState())
                        .isEqualTo("22012");
            default -> {
                client.query("SELECT pg_sleep(0.01), '" + mark + "', txid_current()")
                        .send();
                client.cancel();
                client.untilReady();
            }
        }
    }
}
