package io.trunkline.proxy.session;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import io.netty.buffer.ByteBuf;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.FastThreadLocalThread;
import io.trunkline.pool.scripted.ScriptedBackend;
import io.trunkline.pool.scripted.WireText;
import io.trunkline.proxy.route.Rules;
import java.lang.management.ManagementFactory;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * What is relayed costs no memory in the steady state: a session that repeats itself allocates nothing, from the client's
 * bytes to those for the server and back. The compiler decides when that state is reached, so it is awaited.
 */
class SessionAllocationTest extends SessionScenario {
    private static final int STATEMENTS = 10_000;
    private static final int MOST_ROUNDS = 40;

    /** What is left for others on this thread, such as the measuring itself. */
    private static final double FREE_BYTES = 1;

    private static final String ROW = "D(4711) C(SELECT 1) Z(I)";

    private final ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    @Test
    void queriesCostNothingWithoutRouting() {
        proxy.routing = Rules.of("load_balance_mode = off");
        repeats(0, "T(x) " + ROW, queries("SELECT x FROM t WHERE id = "));
    }

    @Test
    void writesCostNothingWithoutRouting() {
        proxy.routing = Rules.of("load_balance_mode = off");
        repeats(0, "C(UPDATE 1) Z(I)", queries("UPDATE t SET x = 1 WHERE id = "));
    }

    @Test
    void unnamedStatementsCostNothingWithoutRouting() {
        proxy.routing = Rules.of("load_balance_mode = off");
        repeats(0, "1 2 T(x) " + ROW, "P(|SELECT x FROM t WHERE id = $1) B(|) D(P) E() S");
    }

    @Test
    void namedStatementsCostNothingWithoutRouting() {
        proxy.routing = Rules.of("load_balance_mode = off");
        client.sends("P(P_0|SELECT x FROM t WHERE id = $1) S");
        proxy.node(0).sends("1 Z(I)");
        repeats(0, "2 T(x) " + ROW, "B(|P_0) D(P) E() S");
    }

    @Test
    void readsOnAStandbyCostNothing() {
        repeats(1, "T(x) " + ROW, queries("SELECT 1 + "));
    }

    @Test
    void unnamedStatementsOnAStandbyCostNothing() {
        repeats(1, "1 2 T(x) " + ROW, "P(|SELECT 1 + $1) B(|) D(P) E() S");
    }

    @Test
    void alternatingUnnamedStatementsCostNothing() {
        repeats(
                1,
                "1 2 T(x) " + ROW,
                "P(|SELECT 1 + $1) B(|) D(P) E() S",
                "P(|SELECT 2 + $1) B(|) D(P) E() S",
                "P(|SELECT 3 + $1) B(|) D(P) E() S");
    }

    @Test
    void namedStatementsOnAStandbyCostNothing() {
        client.sends("P(P_0|SELECT 1 + $1) S");
        proxy.node(1).sends("1 Z(I)");
        repeats(1, "2 T(x) " + ROW, "B(|P_0) D(P) E() S");
    }

    private static String[] queries(String text) {
        String[] queries = new String[100];
        for (int i = 0; i < queries.length; i++) {
            queries[i] = "Q(" + text + i * i + ")";
        }
        return queries;
    }

    /** The client sends these requests in turn, each of them gets this answer, and after a while none costs memory. */
    private void repeats(int node, String answer, String... requests) {
        client.sends(requests[0]);
        ScriptedBackend backend = proxy.node(node);
        backend.received();
        backend.sends(answer);
        client.received();

        ByteBuf[] asked = new ByteBuf[requests.length];
        for (int i = 0; i < asked.length; i++) {
            asked[i] = WireText.encode(WireText.Sender.CLIENT, requests[i]);
        }
        ByteBuf answered = WireText.encode(WireText.Sender.SERVER, answer);
        proxy.limits.settle();
        double bytes = onThreadOfALoop(() -> {
            double last = Double.MAX_VALUE;
            for (int round = 0; round < MOST_ROUNDS && last > FREE_BYTES; round++) {
                last = bytesOfOne(asked, answered, client.channel, backend.channel());
            }
            return last;
        });
        for (ByteBuf request : asked) {
            request.release();
        }
        answered.release();
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

    private double bytesOfOne(ByteBuf[] asked, ByteBuf answered, EmbeddedChannel front, EmbeddedChannel back) {
        long before = threads.getCurrentThreadAllocatedBytes();
        for (int i = 0; i < STATEMENTS; i++) {
            passes(asked[i % asked.length], front, back);
            passes(answered, back, front);
        }
        return (threads.getCurrentThreadAllocatedBytes() - before) / (double) STATEMENTS;
    }

    private static void passes(ByteBuf bytes, EmbeddedChannel from, EmbeddedChannel to) {
        from.pipeline().fireChannelRead(bytes.retain()).fireChannelReadComplete();
        from.runPendingTasks();
        to.runPendingTasks();
        int passed = 0;
        for (Object run = next(to); run != null; run = next(to)) {
            passed += ((ByteBuf) run).readableBytes();
            ReferenceCountUtil.release(run);
        }
        if (passed != bytes.readableBytes()) {
            throw new AssertionError(passed + " of " + bytes.readableBytes() + " bytes passed");
        }
    }

    private static @Nullable Object next(EmbeddedChannel channel) {
        return channel.outboundMessages().poll();
    }
}
