package io.trunkline.failover;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.trunkline.failover.ClusterView.Writes;
import io.trunkline.failover.NodeRequest.Answer;
import io.trunkline.failover.NodeRequest.Kind;
import io.trunkline.failover.NodeRequest.Manner;
import io.trunkline.failover.NodeRequest.Origin;
import io.trunkline.failover.SimulatedServer.Condition;
import io.trunkline.pool.NodeAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.BooleanSupplier;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.slf4j.LoggerFactory;

/**
 * A coordinator in a simulated world: node 0 is the primary, the others stream from it. Settings are changed before
 * {@link #start()}. As an extension it closes itself after each test.
 */
final class CoordinatorFixture implements AfterEachCallback, AutoCloseable {
    final VirtualLoop loop;
    final SimulatedWorld world;
    final List<ClusterView> views = new ArrayList<>();
    private final ListAppender<ILoggingEvent> appender = new ListAppender<>();
    private final Logger logger = (Logger) LoggerFactory.getLogger(CoordinatorFixture.class.getPackageName());
    private @Nullable Coordinator coordinator;

    /** How many of the world's servers pgpool.conf has. */
    int configured;

    boolean knowsStandbys = true;
    boolean canAsk = true;
    boolean hasRecovery = true;
    long rolePeriod = 1_000;
    boolean hintsCount = true;
    boolean shutdownCounts;
    long searchLimit = 10_000;
    boolean mostAdvanced = true;
    boolean needsSynchronous = true;
    boolean detachFalsePrimary;
    boolean autoFailback;
    long autoFailbackInterval = 5_000;
    boolean failbackAtChecks;
    String failoverCommand = "failover %d %m";
    String failbackCommand = "";
    String followPrimaryCommand = "";
    long commandLimit = 20_000;
    long followLimit = 60_000;
    boolean followDetachesAll;
    long readGrace = 2_000;
    long notReadyGrace = 3_000;
    long drainLimit = 5_000;
    boolean endsStragglers;
    long checkPeriod = 1_000;
    int checkRetries;
    long checkRetryDelay = 500;
    int disallowed = -1;
    int alwaysPrimary = -1;
    boolean named = true;
    ClusterMemory memory = ClusterMemory.NONE;

    CoordinatorFixture(int nodes) {
        this(nodes, 1);
    }

    CoordinatorFixture(int nodes, long seed) {
        configured = nodes;
        loop = new VirtualLoop(seed);
        world = new SimulatedWorld(loop, nodes, seed + 1);
    }

    CoordinatorSettings settings() {
        List<CoordinatorSettings.Slot> slots = new ArrayList<>();
        for (int id = 0; id < configured; id++) {
            slots.add(new CoordinatorSettings.Slot(
                    id,
                    1.0 / configured,
                    id != disallowed,
                    id == alwaysPrimary,
                    named ? world.server(id).name : "",
                    "/data/" + id,
                    Duration.ofMillis(checkPeriod),
                    checkRetries,
                    Duration.ofMillis(checkRetryDelay)));
        }
        return new CoordinatorSettings(
                slots,
                knowsStandbys,
                canAsk,
                hasRecovery,
                Duration.ofMillis(rolePeriod),
                hintsCount,
                shutdownCounts,
                Duration.ofMillis(searchLimit),
                mostAdvanced,
                needsSynchronous,
                detachFalsePrimary,
                autoFailback,
                Duration.ofMillis(autoFailbackInterval),
                failbackAtChecks,
                failoverCommand,
                failbackCommand,
                followPrimaryCommand,
                Duration.ofMillis(commandLimit),
                Duration.ofMillis(followLimit),
                followDetachesAll,
                Duration.ofMillis(readGrace),
                Duration.ofMillis(notReadyGrace),
                Duration.ofMillis(drainLimit),
                endsStragglers,
                new DelayLog(DelayLog.When.NONE, 0, Duration.ZERO));
    }

    /** Begins, and lets the nodes be asked once. */
    CoordinatorFixture start() {
        Coordinator fresh = new Coordinator(loop, world, settings(), addresses(), memory);
        coordinator = fresh;
        fresh.listener(views::add);
        fresh.start();
        loop.pass(50);
        return this;
    }

    private List<NodeAddress> addresses() {
        return IntStream.range(0, configured)
                .mapToObj(id -> new NodeAddress(id, "db" + id, 5432, 0))
                .toList();
    }

    /** Has the coordinator take over what the settings are now. */
    void reload() {
        coordinator().reload(settings(), addresses());
    }

    /** From now on what is logged is kept. */
    CoordinatorFixture listening() {
        logger.setLevel(Level.INFO);
        logger.setAdditive(false);
        appender.start();
        logger.addAppender(appender);
        return this;
    }

    List<String> logged() {
        return appender.list.stream().map(ILoggingEvent::getFormattedMessage).toList();
    }

    Coordinator coordinator() {
        if (coordinator == null) {
            throw new IllegalStateException("not started");
        }
        return coordinator;
    }

    ClusterView view() {
        return coordinator().view();
    }

    NodeStatus status(int node) {
        return view().node(node).status();
    }

    boolean readable(int node) {
        return view().node(node).readable();
    }

    void pass(long millis) {
        loop.pass(millis);
    }

    boolean awaits(BooleanSupplier condition, long limit) {
        return loop.awaits(condition, limit);
    }

    boolean awaitsPrimary(int node, long limit) {
        return awaits(() -> view().primary() == node && view().writes() == Writes.SERVED, limit);
    }

    void fails(int node, Condition how) {
        world.condition(node, how);
    }

    void returns(int node) {
        world.condition(node, Condition.SERVING);
    }

    CompletableFuture<Answer> asks(Kind kind, int node) {
        return coordinator().request(NodeRequest.of(kind, node, Origin.ADMINISTRATOR));
    }

    CompletableFuture<Answer> switchesOver(int node) {
        return coordinator()
                .request(new NodeRequest(Kind.PROMOTE, node, Origin.ADMINISTRATOR, Manner.SWITCHOVER, Duration.ZERO));
    }

    /** What came of a request, which has to be over within {@code limit}. */
    Answer answer(CompletableFuture<Answer> request, long limit) {
        if (!awaits(request::isDone, limit)) {
            throw new AssertionError("no answer within " + limit + " ms");
        }
        return request.join();
    }

    List<CommandCall> calls(CommandCall.Kind kind) {
        return world.calls.stream().filter(call -> call.kind() == kind).toList();
    }

    @Override
    public void afterEach(ExtensionContext test) {
        close();
    }

    @Override
    public void close() {
        logger.detachAppender(appender);
        logger.setLevel(null);
        logger.setAdditive(true);
    }
}
