package io.trunkline.benchmarks;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.EventLoop;
import io.netty.channel.embedded.EmbeddedChannel;
import io.trunkline.pool.Admission;
import io.trunkline.pool.BackendConnection;
import io.trunkline.pool.BackendLogin;
import io.trunkline.pool.BackendOpener;
import io.trunkline.pool.BackendPool;
import io.trunkline.pool.Borrower;
import io.trunkline.pool.Connector;
import io.trunkline.pool.IdleHolder;
import io.trunkline.pool.LendRequest;
import io.trunkline.pool.NodeAddress;
import io.trunkline.pool.OpenFailure;
import io.trunkline.pool.PoolSettings;
import io.trunkline.pool.PoolShard;
import io.trunkline.pool.StartupKey;
import io.trunkline.protocol.BackendMessages;
import io.trunkline.protocol.FrontendMessages;
import io.trunkline.protocol.Request;
import io.trunkline.protocol.TransactionStatus;
import io.trunkline.protocol.auth.AuthenticationRequest;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** What it takes to lend a backend and to take it back, as it was and with a reset. One thread, no sockets. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(2)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class PoolBenchmark {
    private static final String APPLICATION = "app";
    private static final NodeAddress ADDRESS = new NodeAddress(0, "10.0.0.1", 5432, 0);
    private static final Borrower BORROWER = new Borrower(
            StartupKey.of(Map.of("user", "u", "database", "d")),
            APPLICATION,
            () -> BackendLogin.TRUST,
            Admission.TRUST,
            false);

    /** The same who takes what others have used: a session that gives its backend back between transactions. */
    private static final Borrower SHARING =
            new Borrower(BORROWER.startup(), APPLICATION, BORROWER.logins(), Admission.TRUST, true);

    private final EmbeddedChannel home = new EmbeddedChannel();
    private final EmbeddedChannel server = new EmbeddedChannel();
    private final PoolShard shard = new BackendPool(
                    new BackendOpener(new OneServer()),
                    new PoolSettings(true, 8, 0, 0, 0, 0, 0, List.of("ABORT", "DISCARD ALL")))
            .shard(home.eventLoop());
    private final Holder holder = new Holder();
    private final ByteBuf done = Unpooled.directBuffer();
    private @Nullable BackendConnection lent;

    @Setup
    public void open() {
        lend();
        home.runPendingTasks();
        ByteBuf welcome = Unpooled.buffer();
        BackendMessages.authentication(welcome, AuthenticationRequest.OK.body());
        BackendMessages.parameterStatus(welcome, "application_name", APPLICATION);
        BackendMessages.backendKeyData(welcome, 1, new byte[4]);
        BackendMessages.readyForQuery(welcome, TransactionStatus.IDLE);
        server.writeInbound(welcome);
        BackendMessages.commandComplete(done, "DISCARD ALL");
        BackendMessages.readyForQuery(done, TransactionStatus.IDLE);
        useAndReset();
    }

    /** A session that needed nothing of its backend after all. */
    @Benchmark
    public BackendConnection lendAndGiveBack() {
        lend();
        BackendConnection backend = Objects.requireNonNull(lent);
        shard.giveBack(backend);
        return backend;
    }

    /** What comes between two transactions with pool_mode = transaction. */
    @Benchmark
    public BackendConnection lendAndShare() {
        BackendConnection backend = Objects.requireNonNull(shard.lendIdle(0, SHARING, holder));
        shard.share(backend);
        return backend;
    }

    /** One that has sent a Query: the backend is reset, and the server says so. */
    @Benchmark
    public BackendConnection lendUseAndReset() {
        lend();
        return useAndReset();
    }

    private BackendConnection useAndReset() {
        BackendConnection backend = Objects.requireNonNull(lent);
        ByteBuf out = backend.buffer();
        FrontendMessages.query(out, "SELECT 1");
        backend.replies().sent(Request.QUERY);
        backend.write(out);
        backend.flush();
        answer();
        shard.giveBack(backend);
        answer();
        return backend;
    }

    private void lend() {
        shard.lend(ADDRESS, BORROWER, holder, holder);
    }

    private void answer() {
        server.runPendingTasks();
        server.releaseOutbound();
        server.pipeline().fireChannelRead(done.retain()).fireChannelReadComplete();
    }

    /** The one connection that there is. */
    private final class OneServer implements Connector {
        @Override
        public void connect(EventLoop loop, NodeAddress address, Outcome outcome) {
            server.config().setAutoRead(false);
            outcome.connected(server);
        }
    }

    private final class Holder extends IdleHolder implements LendRequest.Outcome {
        @Override
        public void lent(BackendConnection backend) {
            lent = backend;
        }

        @Override
        public void refused(OpenFailure why) {
            throw new IllegalStateException(String.valueOf(why));
        }

        @Override
        public void lost(BackendConnection backend, String why) {
            throw new IllegalStateException(why);
        }
    }
}
