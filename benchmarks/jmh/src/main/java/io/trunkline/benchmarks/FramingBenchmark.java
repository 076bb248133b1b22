package io.trunkline.benchmarks;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.trunkline.protocol.BackendMessages;
import io.trunkline.protocol.BackendTag;
import io.trunkline.protocol.FrameReader;
import io.trunkline.protocol.FrameSink;
import io.trunkline.protocol.FrontendMessages;
import io.trunkline.protocol.FrontendTag;
import io.trunkline.protocol.ReplyQueue;
import io.trunkline.protocol.Request;
import io.trunkline.protocol.TransactionStatus;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * What cutting bytes into messages takes, and matching answers with requests: of a batch of the extended protocol and its
 * answer, and of a result of 1,000 rows. No session and no sockets. Nothing of it may allocate ({@code -prof gc}).
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(2)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class FramingBenchmark {
    private static final int ROWS = 1000;
    private static final byte[] BIND_COMPLETE = {BackendTag.BIND_COMPLETE, 0, 0, 0, 4};

    private final ReplyQueue replies = new ReplyQueue();
    private final FrameReader requests = new FrameReader(new Requests());
    private final FrameReader answers = new FrameReader(new Answers());
    private ByteBuf batch = Unpooled.EMPTY_BUFFER;
    private ByteBuf answer = Unpooled.EMPTY_BUFFER;
    private ByteBuf query = Unpooled.EMPTY_BUFFER;
    private ByteBuf rows = Unpooled.EMPTY_BUFFER;
    private long passed;

    @Setup
    public void prepare() {
        batch = Unpooled.directBuffer();
        FrontendMessages.extendedQuery(batch, "SELECT abalance FROM pgbench_accounts WHERE aid = $1", List.of("1"));
        answer = Unpooled.directBuffer();
        BackendMessages.parseComplete(answer);
        answer.writeBytes(BIND_COMPLETE);
        result(answer, 1);
        query = Unpooled.directBuffer();
        FrontendMessages.query(query, "SELECT aid, bid, abalance, filler FROM pgbench_accounts LIMIT 1000");
        rows = Unpooled.directBuffer();
        result(rows, ROWS);
    }

    private static void result(ByteBuf out, int count) {
        for (int i = 0; i < count; i++) {
            BackendMessages.dataRow(out, List.of(String.valueOf(i), "1", "0", " ".repeat(84)));
        }
        BackendMessages.commandComplete(out, "SELECT " + count);
        BackendMessages.readyForQuery(out, TransactionStatus.IDLE);
    }

    @TearDown
    public void release() {
        List.of(batch, answer, query, rows).forEach(ByteBuf::release);
    }

    /** Parse, Bind, Execute and Sync, and their answers. */
    @Benchmark
    public long extendedBatch() {
        requests.feed(batch.retain());
        answers.feed(answer.retain());
        return passed;
    }

    /** A Query, and a result of 1,000 rows in one read. */
    @Benchmark
    public long thousandRows() {
        requests.feed(query.retain());
        answers.feed(rows.retain());
        return passed;
    }

    private final class Requests implements FrameSink {
        @Override
        public int header(byte tag, int length) {
            return length + 1;
        }

        @Override
        public int message(byte tag, int length, ByteBuf in, int body, int available) {
            replies.sent(
                    switch (tag) {
                        case FrontendTag.PARSE -> Request.PARSE;
                        case FrontendTag.BIND -> Request.BIND;
                        case FrontendTag.EXECUTE -> Request.EXECUTE;
                        case FrontendTag.SYNC -> Request.SYNC;
                        default -> Request.QUERY;
                    });
            return PASS;
        }

        @Override
        public void run(ByteBuf run) {
            passed += run.readableBytes();
            run.release();
        }
    }

    private final class Answers implements FrameSink {
        @Override
        public int header(byte tag, int length) {
            return replies.received(tag) == ReplyQueue.Mode.FORWARD ? PASS : DROP;
        }

        @Override
        public int message(byte tag, int length, ByteBuf in, int body, int available) {
            return PASS;
        }

        @Override
        public void run(ByteBuf run) {
            passed += run.readableBytes();
            run.release();
        }
    }
}
