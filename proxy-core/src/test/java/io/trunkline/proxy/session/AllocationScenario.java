package io.trunkline.proxy.session;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import io.netty.util.ResourceLeakDetector;
import io.netty.util.concurrent.FastThreadLocalThread;
import io.trunkline.config.PoolMode;
import java.lang.management.ManagementFactory;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * What is relayed costs no memory in the steady state: a session that repeats itself allocates nothing, from the client's
 * bytes to those for the server and back, in each pool_mode. The compiler decides when that state is reached, so it is
 * awaited.
 */
abstract class AllocationScenario {
    private static final int STATEMENTS = 10_000;
    private static final int MOST_ROUNDS = 40;

    /** What is left for others on this thread, such as the measuring itself. */
    private static final double FREE_BYTES = 1;

    static final String PREPARED = "P(P_0|SELECT 1 + $1) S";
    static final String NAMED = "B(|P_0) D(P) E() S";

    private final PoolMode mode;
    private final ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    private final ResourceLeakDetector.Level leakDetection = ResourceLeakDetector.getLevel();

    AllocationScenario(PoolMode mode) {
        this.mode = mode;
    }

    /** Detection takes memory for each buffer. */
    @BeforeEach
    void noLeaksAreLookedFor() {
        ResourceLeakDetector.setLevel(ResourceLeakDetector.Level.DISABLED);
    }

    @AfterEach
    void leaksAreLookedFor() {
        ResourceLeakDetector.setLevel(leakDetection);
    }

    @Test
    void queriesCostNothingWithoutRouting() {
        costsNothing(unrouted().repeats(queries("SELECT x FROM t WHERE id = ")));
    }

    @Test
    void writesCostNothingWithoutRouting() {
        costsNothing(unrouted().repeats(queries("UPDATE t SET x = 1 WHERE id = ")));
    }

    @Test
    void unnamedStatementsCostNothingWithoutRouting() {
        costsNothing(unrouted().repeats(unnamed("SELECT x FROM t WHERE id = $1")));
    }

    @Test
    void namedStatementsCostNothingWithoutRouting() {
        costsNothing(unrouted().begins(PREPARED).repeats(NAMED));
    }

    @Test
    void readsOnAStandbyCostNothing() {
        costsNothing(routed().repeats(queries("SELECT 1 + ")));
    }

    @Test
    void unnamedStatementsOnAStandbyCostNothing() {
        costsNothing(routed().repeats(unnamed("SELECT 1 + $1")));
    }

    @Test
    void namedStatementsOnAStandbyCostNothing() {
        costsNothing(routed().begins(PREPARED).repeats(NAMED));
    }

    final RepeatedExchange unrouted() {
        return new RepeatedExchange(mode, false, false);
    }

    final RepeatedExchange routed() {
        return new RepeatedExchange(mode, true, false);
    }

    static String unnamed(String text) {
        return "P(|" + text + ") B(|) D(P) E() S";
    }

    static String[] queries(String text) {
        String[] queries = new String[100];
        for (int i = 0; i < queries.length; i++) {
            queries[i] = "Q(" + text + i * i + ")";
        }
        return queries;
    }

    final void costsNothing(RepeatedExchange exchange) {
        double bytes = onThreadOfALoop(() -> {
            double last = Double.MAX_VALUE;
            for (int round = 0; round < MOST_ROUNDS && last > FREE_BYTES; round++) {
                long before = threads.getCurrentThreadAllocatedBytes();
                for (int i = 0; i < STATEMENTS; i++) {
                    exchange.next();
                }
                last = (threads.getCurrentThreadAllocatedBytes() - before) / (double) STATEMENTS;
            }
            return last;
        });
        exchange.close();
        assertThat(bytes).isLessThanOrEqualTo(FREE_BYTES);
    }

    /** Netty uses its own objects again on the threads of its loops only. */
    private static double onThreadOfALoop(Callable<Double> work) {
        FutureTask<Double> task = new FutureTask<>(work);
        new FastThreadLocalThread(task).start();
        try {
            return task.get();
        } catch (InterruptedException | ExecutionException e) {
            throw new AssertionError(e);
        }
    }
}
