package io.trunkline.benchmarks;

import io.trunkline.config.PoolMode;
import io.trunkline.proxy.session.RepeatedExchange;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * What a statement and its answer of one row cost a session: from the client's bytes to those for the server and back.
 * One thread, no sockets. Where there is routing a standby is read from; with {@code pool_mode = transaction} the
 * backend is lent and given back each time.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(
        value = 2,
        jvmArgsAppend = {
            "-Djmh.executor=CUSTOM",
            "-Djmh.executor.class=io.trunkline.benchmarks.LoopThreads",
            "-Dio.netty.leakDetection.level=disabled"
        })
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class RelayBenchmark {
    /** How a client sends its statement. */
    public enum Protocol {
        /** In a Query. */
        SIMPLE,
        /** In Parse, Bind, Describe, Execute and Sync. */
        UNNAMED,
        /** The same without the Parse, which came once. */
        NAMED
    }

    @Param({"SESSION", "TRANSACTION"})
    public PoolMode poolMode = PoolMode.SESSION;

    @Param({"false", "true"})
    public boolean routing;

    @Param({"SIMPLE", "UNNAMED", "NAMED"})
    public Protocol protocol = Protocol.SIMPLE;

    private @Nullable RepeatedExchange exchange;

    @Setup
    public void begin() {
        RepeatedExchange begun = new RepeatedExchange(poolMode, routing, false);
        exchange = switch (protocol) {
            case SIMPLE -> begun.repeats("Q(SELECT 1)");
            case UNNAMED -> begun.repeats("P(|SELECT 1 + $1) B(|) D(P) E() S");
            case NAMED -> begun.begins("P(S_1|SELECT 1 + $1) S").repeats("B(|S_1) D(P) E() S");
        };
    }

    @Benchmark
    public void statementAndAnswer() {
        Objects.requireNonNull(exchange).next();
    }

    @TearDown
    public void end() {
        Objects.requireNonNull(exchange).close();
    }
}
