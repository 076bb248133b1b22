package io.trunkline.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What churn leaves in memory: nothing. Live heap and PSS of a process in the last minute are those of minute 5. Only with
 * {@code -Pslow}, for 10 minutes in each mode, or as many as {@code trunkline.soak.minutes} says.
 */
@Tag("slow")
@Timeout(value = 3, unit = TimeUnit.HOURS)
class MemorySoakTest {
    private static final Duration WARM = Duration.ofMinutes(5);
    private static final Duration WHOLE = Duration.ofMinutes(Integer.getInteger("trunkline.soak.minutes", 10));
    private static final double MOST_GROWTH = 1.05;

    /** What is under way comes and goes by a megabyte: so many readings are taken, and the least of them counts. */
    private static final int READINGS = 9;

    private static final Duration BETWEEN_READINGS = Duration.ofSeconds(5);
    private static final Duration LAST_READINGS = BETWEEN_READINGS.multipliedBy(READINGS + 3);
    private static final int CLIENTS = 24;

    /** @param heap live bytes @param pss proportional set size, bytes */
    private record Memory(long heap, long pss) {
        static Memory of(long pid) throws IOException {
            Path jcmd = Path.of(System.getProperty("java.home"), "bin", "jcmd");
            // counts live objects only, which takes a full collection
            String histogram = External.run(
                            Map.of(), "", List.of(jcmd.toString(), Long.toString(pid), "GC.class_histogram"))
                    .succeeded()
                    .out();
            String total = histogram
                    .lines()
                    .filter(line -> line.startsWith("Total"))
                    .findFirst()
                    .orElseThrow();
            String pss = Files.readAllLines(Path.of("/proc", Long.toString(pid), "smaps_rollup")).stream()
                    .filter(line -> line.startsWith("Pss:"))
                    .findFirst()
                    .orElseThrow();
            return new Memory(number(total, 2), number(pss, 1) * 1024);
        }

        static Memory least(long pid, ScheduledExecutorService threads, Duration after) throws Exception {
            Memory least = new Memory(Long.MAX_VALUE, Long.MAX_VALUE);
            Duration wait = after;
            for (int i = 0; i < READINGS; i++) {
                Memory now = threads.schedule(() -> of(pid), wait.toSeconds(), TimeUnit.SECONDS)
                        .get();
                least = new Memory(Math.min(least.heap, now.heap), Math.min(least.pss, now.pss));
                wait = BETWEEN_READINGS;
            }
            return least;
        }

        private static long number(String line, int field) {
            return Long.parseLong(line.split("\\s+")[field]);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"transaction", "session"})
    void memoryIsThatOfMinuteFive(String mode) throws Exception {
        assumeThat(Path.of("/proc/self/smaps_rollup")).exists();
        List<String> settings = List.of("pool_mode = " + mode, "num_init_children = 16", "backend_pool_size = 8");
        try (ProxyProcess proxy = ProxyProcess.start(settings, "-XX:+UseSerialGC", "-Xms16m", "-Xmn8m")) {
            try (RawClient client = new RawClient(proxy.port())) {
                client.startUp(Cluster.USER, Cluster.USER);
                client.run(ChurningClient.TABLE);
            }
            ScheduledExecutorService threads = Executors.newScheduledThreadPool(CLIENTS + 1);
            long end = System.nanoTime() + WHOLE.toNanos();
            List<Future<Integer>> clients = new ArrayList<>();
            for (int i = 0; i < CLIENTS; i++) {
                clients.add(threads.submit(new ChurningClient(proxy.port(), i, end)));
            }
            Memory then = Memory.least(proxy.pid(), threads, WARM);
            Duration left = Duration.ofNanos(end - System.nanoTime());
            Memory now = Memory.least(proxy.pid(), threads, left.minus(LAST_READINGS));
            for (Future<Integer> client : clients) {
                assertThat(client.get()).isPositive();
            }
            threads.shutdown();
            System.out.printf(
                    "%s: %s, %d minutes later %s%n",
                    mode, then, WHOLE.minus(WARM).toMinutes(), now);
            assertThat((double) now.heap() / then.heap()).as("live heap").isLessThan(MOST_GROWTH);
            assertThat((double) now.pss() / then.pss()).as("PSS").isLessThan(MOST_GROWTH);
        }
    }
}
