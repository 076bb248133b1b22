package io.trunkline.proxy.cluster;

import io.netty.channel.EventLoop;
import io.trunkline.config.FailoverParameters;
import io.trunkline.config.PgpoolConfig;
import io.trunkline.failover.ClusterEvents;
import io.trunkline.failover.ClusterView;
import io.trunkline.failover.CommandCall;
import io.trunkline.failover.Coordinator;
import io.trunkline.failover.CoordinatorCounters;
import io.trunkline.failover.EventLoopThread;
import io.trunkline.failover.HealthOutcome;
import io.trunkline.failover.HealthTally;
import io.trunkline.failover.NodeEvents;
import io.trunkline.failover.NodeRequest;
import io.trunkline.failover.Outside;
import io.trunkline.failover.command.CommandRunner;
import io.trunkline.failover.probe.NodeProbes;
import io.trunkline.failover.recovery.OnlineRecovery;
import io.trunkline.failover.recovery.RecoverySource;
import io.trunkline.pool.BackendOpener;
import io.trunkline.pool.NodeAddress;
import io.trunkline.proxy.auth.StoredCredentials;
import io.trunkline.proxy.metrics.CommandCounts;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.IntConsumer;
import java.util.function.Supplier;

/** The coordinator, and those who work for it. Methods may be called from any thread. */
public final class ClusterServices implements AutoCloseable {
    /** Nothing announces that a node is drained. */
    private static final long DRAIN_LOOK_MILLIS = 100;

    private final EventLoop loop;
    private final Executor blocking;
    private final Supplier<StoredCredentials> credentials;
    private final SessionsOnNodes sessions;
    private final NodeProbes probes;
    private final CommandCounts commandCounts = new CommandCounts();
    private final CommandRunner commands;
    private final OnlineRecovery recovery;
    private final Coordinator coordinator;
    private final StateKeeper keeper;
    private final Optional<PretendedFailures> pretended;
    private volatile ClusterSettings settings;

    /** Whether the state is another process's to keep; the loop only. */
    private boolean released;

    /**
     * @param loop the coordinator's thread
     * @param stateKeeper keeps what has to be known after a restart
     */
    public ClusterServices(
            EventLoop loop,
            Executor blocking,
            BackendOpener opener,
            PgpoolConfig config,
            Supplier<StoredCredentials> credentials,
            SessionsOnNodes sessions,
            StateKeeper stateKeeper) {
        this.loop = loop;
        this.blocking = blocking;
        this.credentials = credentials;
        this.sessions = sessions;
        this.keeper = stateKeeper;
        this.settings = new ClusterSettings(config, credentials, blocking, loop);
        this.probes = new NodeProbes(loop, opener, settings.targets(), settings.check());
        this.commands = new CommandRunner(loop, commandCounts);
        this.recovery = new OnlineRecovery(loop, opener, ClusterServices::onOwnThread, () -> settings.recovery());
        this.pretended = config.get(FailoverParameters.HEALTH_CHECK_TEST)
                ? stateKeeper.directory().map(directory -> new PretendedFailures(directory, blocking, loop))
                : Optional.empty();
        List<NodeAddress> addresses = settings.addresses();
        this.coordinator = new Coordinator(
                new EventLoopThread(loop, Clock.systemUTC()),
                new Work(),
                settings.coordinator(),
                addresses,
                stateKeeper.read(addresses.size()));
        coordinator.listener(sessions::clusterChanged);
        pretended.ifPresent(failures -> coordinator.listener(failures::clusterChanged));
        coordinator.listener(view -> {
            if (!released) {
                keeper.save(coordinator.memory());
            }
        });
    }

    /** A recovery waits for programs that copy for hours, which the threads for short work are not for. */
    private static void onOwnThread(Runnable work) {
        Thread thread = new Thread(work, "recovery");
        thread.setDaemon(true);
        thread.start();
    }

    /** Begins to look after the nodes. The future completes when there is a primary, or every node has been asked. */
    public CompletableFuture<ClusterView> start() {
        return coordinator.start();
    }

    public ClusterView view() {
        return coordinator.view();
    }

    /** What the coordinator has done since the start. */
    public CoordinatorCounters counters() {
        return coordinator.counters();
    }

    /** What was counted of the health checks of a node since the start. */
    public HealthTally.Counts healthChecks(int node) {
        return coordinator.healthTally(node).counts();
    }

    /** What has become of the cluster lately, the oldest first. */
    public List<ClusterEvents.Event> events() {
        return coordinator.events().last();
    }

    /** The commands that were run since the start. */
    public CommandCounts commandCounts() {
        return commandCounts;
    }

    /** Where sessions tell what they see of nodes. */
    public NodeEvents nodeEvents() {
        return coordinator;
    }

    /** Looks at every node now; the future completes when what follows from that is done, or after the time. */
    public CompletableFuture<Void> look(long limitMillis) {
        return coordinator.look(limitMillis);
    }

    public CompletableFuture<NodeRequest.Answer> request(NodeRequest request) {
        return coordinator.request(request);
    }

    /** Runs something after the requests that were made before have been accepted or refused. */
    public void afterRequests(Runnable work) {
        loop.execute(work);
    }

    /** Completes when no session has anything open on a node, with true, or after the limit, with false. */
    public CompletableFuture<Boolean> drained(int node, Duration limit) {
        CompletableFuture<Boolean> answer = new CompletableFuture<>();
        lookWhetherDrained(node, System.nanoTime() + limit.toNanos(), answer);
        return answer;
    }

    private void lookWhetherDrained(int node, long deadline, CompletableFuture<Boolean> answer) {
        sessions.countBusy(node, count -> {
            if (count == 0 || System.nanoTime() - deadline >= 0) {
                answer.complete(count == 0);
            } else {
                loop.schedule(
                        () -> lookWhetherDrained(node, deadline, answer), DRAIN_LOOK_MILLIS, TimeUnit.MILLISECONDS);
            }
        });
    }

    public void reload(PgpoolConfig fresh) {
        ClusterSettings now = new ClusterSettings(fresh, credentials, blocking, loop);
        settings = now;
        loop.execute(() -> probes.reload(now.targets(), now.check()));
        coordinator.reload(now.coordinator(), now.addresses());
    }

    /**
     * Stops deciding at the first moment at which nothing is under way that another process could not go on with. The future
     * completes then, or at the end of the limit; {@link #close} has to follow.
     *
     * @param last is told the view at the end, on the loop, if it has stopped
     */
    CompletableFuture<Void> release(Duration limit, Consumer<ClusterView> last) {
        CompletableFuture<Void> done = new CompletableFuture<>();
        loop.execute(() -> releaseWhenQuiet(System.nanoTime() + limit.toNanos(), last, done));
        return done;
    }

    private void releaseWhenQuiet(long deadline, Consumer<ClusterView> last, CompletableFuture<Void> done) {
        if (commands.isIdle() && coordinator.stopIfQuiet()) {
            released = true;
            last.accept(coordinator.view());
            done.complete(null);
        } else if (System.nanoTime() - deadline >= 0) {
            done.complete(null);
        } else {
            loop.schedule(() -> releaseWhenQuiet(deadline, last, done), DRAIN_LOOK_MILLIS, TimeUnit.MILLISECONDS);
        }
    }

    @Override
    public void close() {
        coordinator.stop();
        recovery.close();
        commands.close();
        loop.execute(probes::close);
        keeper.close();
    }

    /** Hands on what the coordinator has done. */
    private final class Work implements Outside {
        @Override
        public void checkHealth(int node, Consumer<HealthOutcome> answer) {
            Runnable check = () -> probes.checkHealth(node, answer);
            pretended.ifPresentOrElse(failures -> failures.check(node, answer, check), check);
        }

        @Override
        public void ask(int node, ReportAnswer answer) {
            probes.ask(node, answer);
        }

        @Override
        public Runnable run(CommandCall call, Consumer<CommandCall.Outcome> answer) {
            return commands.run(call, answer);
        }

        @Override
        public void countBusySessions(int node, IntConsumer answer) {
            sessions.countBusy(node, count -> loop.execute(() -> answer.accept(count)));
        }

        @Override
        public void endTransactions(int node) {
            sessions.endTransactions(node);
        }

        @Override
        public void closeIdle(int node) {
            sessions.closeIdle(node);
        }

        @Override
        public void recover(int node, int primary, Consumer<NodeRequest.Answer> answer) {
            recovery.recover(
                    settings.recoveryTarget(node),
                    new RecoverySource(settings.addresses().get(primary)),
                    outcome -> answer.accept(new NodeRequest.Answer(outcome.succeeded(), outcome.text())));
        }
    }
}
