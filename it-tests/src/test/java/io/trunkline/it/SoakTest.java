package io.trunkline.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
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
            try (RawClient client = proxy.raw()) {
                client.run(ChurningClient.TABLE);
            }
            ExecutorService threads = Executors.newFixedThreadPool(24);
            long end = System.nanoTime() + DURATION_NANOS;
            List<Future<Integer>> workers = new ArrayList<>();
            for (int i = 0; i < 24; i++) {
                workers.add(threads.submit(new ChurningClient(proxy.port(), i, end)));
            }
            for (Future<Integer> worker : workers) {
                assertThat(worker.get()).isPositive();
            }
            threads.shutdown();
            Eventually.isTrue("all sessions have ended", () -> proxy.server().clients() == 0);
            assertThat(proxy.server().pool().open(Cluster.PRIMARY)).isLessThanOrEqualTo(8);
        }
    }
}
