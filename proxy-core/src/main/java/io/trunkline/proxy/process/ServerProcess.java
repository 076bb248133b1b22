package io.trunkline.proxy.process;

import io.trunkline.config.CompatVersion;
import io.trunkline.config.ConfigCheck;
import io.trunkline.config.ConnectionParameters;
import io.trunkline.config.Diagnostic;
import io.trunkline.config.FailoverParameters;
import io.trunkline.config.LoggingParameters;
import io.trunkline.config.PgpoolConfig;
import io.trunkline.config.RuntimeParameters;
import io.trunkline.config.ShownValue;
import io.trunkline.failover.ClusterView;
import io.trunkline.failover.NodeRequest;
import io.trunkline.failover.state.StatusFile;
import io.trunkline.pcp.AdminOperations;
import io.trunkline.pcp.AdminOutcome;
import io.trunkline.pcp.EventFacts;
import io.trunkline.pcp.HealthCheckFacts;
import io.trunkline.pcp.NodeAction;
import io.trunkline.pcp.NodeFacts;
import io.trunkline.pcp.NodeWork;
import io.trunkline.pcp.ProcessList;
import io.trunkline.pcp.ReloadOutcome;
import io.trunkline.pcp.ServerStatus;
import io.trunkline.pcp.SessionFacts;
import io.trunkline.pcp.StatementFacts;
import io.trunkline.pcp.StopMode;
import io.trunkline.proxy.ProxyServer;
import io.trunkline.proxy.Version;
import io.trunkline.proxy.auth.AccessRules;
import io.trunkline.proxy.cluster.StateKeeper;
import io.trunkline.proxy.handover.Predecessor;
import io.trunkline.proxy.log.ServerLog;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The server as a process: starts the proxy with everything around it, and ends it when it is told to. One thread calls
 * {@link ServerStart} and then {@link #awaitEnd}; signals and the control socket come in between, on their own threads.
 */
public final class ServerProcess implements AdminOperations {
    private static final Logger log = LoggerFactory.getLogger(ServerProcess.class);

    /** How long a fast stop waits for sessions to take note. */
    private static final long FAST_LIMIT_MILLIS = 5_000;

    /** Nothing announces the end of the last session, and somebody waits for it; so it is looked for this often. */
    private static final long LOOK_INTERVAL_MILLIS = 20;

    /** The same where nobody waits, and it may take hours. */
    private static final long DRAIN_INTERVAL_MILLIS = 200;

    private final ConfigCheck files;
    private final Instant startedAt = Instant.now();
    private final Object reloading = new Object();
    private final Object stopping = new Object();
    private @Nullable StopMode stopMode;

    private final Launch launch;
    private final ProxyServer proxy;
    private final OwnedParts parts;

    /** Of a restart, while that one finishes its sessions. */
    private final @Nullable Predecessor predecessor;

    /** That is under way, or has put another process in the place of this one. */
    private @Nullable Restart restart;

    private boolean restarting;

    /** When the sessions that are left have to end, after a restart; 0 before one. */
    private long drainedAtNanos;

    private boolean handedOver;
    private boolean orphaned;

    ServerProcess(
            ConfigCheck files,
            Launch launch,
            ProxyServer proxy,
            Optional<Path> pidPath,
            @Nullable Predecessor predecessor) {
        this.files = files;
        this.launch = launch;
        this.proxy = proxy;
        this.predecessor = predecessor;
        this.parts = new OwnedParts(pidPath, this, proxy, files, startedAt);
    }

    /**
     * Where the pid file is: as configured, relative to pgpool.conf.
     *
     * @return empty if the name is empty, which means none
     */
    public static Optional<Path> pidFile(Path pgpoolConf, PgpoolConfig config) {
        String name = config.get(LoggingParameters.PID_FILE_NAME);
        return name.isEmpty()
                ? Optional.empty()
                : Optional.of(pgpoolConf.toAbsolutePath().resolveSibling(name));
    }

    /** Where the state of the nodes is kept: in work_dir, which is relative to pgpool.conf. */
    static StatusFile statusFile(Path pgpoolConf, PgpoolConfig config) {
        return new StatusFile(pgpoolConf.toAbsolutePath().resolveSibling(config.get(LoggingParameters.WORK_DIR)));
    }

    static void logDiagnostic(Diagnostic diagnostic) {
        switch (diagnostic.severity()) {
            case ERROR -> log.error("{}", diagnostic.messageForLog());
            case WARNING -> log.warn("{}", diagnostic.messageForLog());
            case NOTE -> log.debug("{}", diagnostic.messageForLog());
        }
    }

    void logStart() {
        PgpoolConfig config = proxy.config();
        Duration age = ProcessAge.now().orElseGet(() -> Duration.between(startedAt, Instant.now()));
        ClusterView cluster = proxy.cluster();
        log.info(
                "Trunkline {} successfully started on port {} in {} ms: {}, {}; {}, Java {}",
                Version.TRUNKLINE,
                config.get(ConnectionParameters.PORT),
                age.toMillis(),
                count(config.nodes().size(), "backend"),
                cluster.hasPrimary() ? "node " + cluster.primary() + " is the primary" : "no primary yet",
                proxy.transport().name(),
                Runtime.version().feature());
        // scripts wait for this one
        log.info("pgpool-II successfully started. version {}", compatVersion().fullText());
    }

    static AccessRules access(ConfigCheck.Outcome read) {
        return new AccessRules(read.hba(), read.identMaps());
    }

    static String count(int number, String what) {
        return number + " " + what + (number == 1 ? "" : "s");
    }

    OwnedParts parts() {
        return parts;
    }

    // ---- operations

    @Override
    public ServerStatus status() {
        ClusterView cluster = proxy.cluster();
        return new ServerStatus(
                Version.TRUNKLINE,
                ProcessHandle.current().pid(),
                proxy.config().get(ConnectionParameters.PORT),
                startedAt,
                mode() != null,
                proxy.slots().taken(),
                proxy.slots().waiting(),
                cluster.writes().text(),
                cluster.epoch(),
                proxy.administration().nodes().nodes(cluster).stream()
                        .filter(NodeFacts::isUsed)
                        .toList());
    }

    @Override
    public List<NodeFacts> nodes() {
        return proxy.administration().nodes().nodes();
    }

    @Override
    public List<HealthCheckFacts> healthChecks() {
        return proxy.administration().healthChecks();
    }

    @Override
    public List<StatementFacts> statements() {
        return proxy.administration().nodes().statements();
    }

    @Override
    public CompletableFuture<ProcessList> processes() {
        return proxy.administration().processes().processes();
    }

    @Override
    public CompletableFuture<List<SessionFacts>> sessions() {
        return proxy.administration().processes().sessions();
    }

    @Override
    public List<EventFacts> events() {
        return proxy.administration().events();
    }

    @Override
    public List<ShownValue> settings() {
        return proxy.config().showAll();
    }

    @Override
    public CompatVersion compatVersion() {
        return proxy.administration().version();
    }

    @Override
    public AdminOutcome rotateLogs() {
        return ServerLog.rotate()
                ? new AdminOutcome(true, "a new log file is begun")
                : new AdminOutcome(false, "logging_collector is disabled");
    }

    @Override
    public AdminOutcome invalidateQueryCache() {
        return new AdminOutcome(false, "query cache is not enabled");
    }

    @Override
    public ReloadOutcome reload() {
        synchronized (reloading) {
            String refusal = whyNoReload();
            if (refusal != null) {
                log.error("reload: {}", refusal);
                return new ReloadOutcome(false, List.of(refusal));
            }
            return ConfigurationReload.run(files, proxy);
        }
    }

    /** The process that takes over has read the files already, or may have. */
    private @Nullable String whyNoReload() {
        synchronized (stopping) {
            if (handedOver) {
                return "another process has taken over, and this one only finishes its sessions";
            }
            return restarting ? "a restart is under way: reload again when it is done" : null;
        }
    }

    @Override
    public NodeWork node(NodeAction action, int node) {
        CompletableFuture<AdminOutcome> done = proxy.request(request(action, node))
                .thenApply(answer -> new AdminOutcome(answer.done(), answer.text()));
        CompletableFuture<AdminOutcome> accepted = new CompletableFuture<>();
        proxy.clusterServices()
                .afterRequests(() -> accepted.complete(done.getNow(new AdminOutcome(true, "it has begun"))));
        return new NodeWork(accepted, done);
    }

    @Override
    public CompletableFuture<Boolean> drained(int node) {
        return proxy.clusterServices().drained(node, proxy.config().get(FailoverParameters.RECOVERY_TIMEOUT));
    }

    private static NodeRequest request(NodeAction action, int node) {
        NodeRequest.Kind kind = switch (action) {
            case ATTACH -> NodeRequest.Kind.NODE_UP;
            case DETACH, DETACH_GRACEFULLY -> NodeRequest.Kind.NODE_DOWN;
            case PROMOTE, SWITCHOVER -> NodeRequest.Kind.PROMOTE;
            case RECOVER -> NodeRequest.Kind.RECOVERY;
        };
        NodeRequest.Manner manner = switch (action) {
            case DETACH_GRACEFULLY -> NodeRequest.Manner.GRACEFUL;
            case SWITCHOVER -> NodeRequest.Manner.SWITCHOVER;
            default -> NodeRequest.Manner.AT_ONCE;
        };
        return new NodeRequest(kind, node, NodeRequest.Origin.ADMINISTRATOR, manner, Duration.ZERO);
    }

    /** Stops the server, whichever process that is by now. */
    @Override
    public void stop(StopMode mode) {
        synchronized (stopping) {
            stopHere(mode);
            if (restart != null && handedOver) {
                restart.passOn(mode);
            } else if (restart != null) {
                restart.breakOff();
            }
        }
    }

    /** Stops this process alone. */
    void stopHere(StopMode mode) {
        synchronized (stopping) {
            if (stopMode == null || mode.compareTo(stopMode) > 0) {
                log.info("received {} shutdown request", mode);
                stopMode = mode;
                stopping.notifyAll();
            }
        }
    }

    /**
     * A signal at a time when the server is stopping already is from somebody who does not want to wait. Once the pid file
     * names the process that has taken over, one that comes here is meant for this process.
     */
    void stopBySignal(String signal, StopMode mode) {
        synchronized (stopping) {
            log.info("received {}", signal);
            StopMode wanted = stopMode == null ? mode : StopMode.FAST;
            if (restarting) {
                stop(wanted);
            } else {
                stopHere(wanted);
            }
        }
    }

    private @Nullable StopMode mode() {
        synchronized (stopping) {
            return stopMode;
        }
    }

    // ---- a restart

    /** Puts another process in the place of this one. */
    CompletableFuture<ControlAnswer> restart(Path home) {
        Restart begun = new Restart(this, proxy, parts);
        String refusal = begin(begun);
        if (refusal != null) {
            return CompletableFuture.completedFuture(ControlAnswer.failed(refusal));
        }
        CompletableFuture<ControlAnswer> answer = new CompletableFuture<>();
        Thread thread = new Thread(
                () -> {
                    answer.complete(carryOut(begun, home));
                    synchronized (stopping) {
                        restarting = false;
                        restart = handedOver ? begun : null;
                        stopping.notifyAll();
                    }
                },
                "restart");
        thread.setDaemon(true);
        thread.start();
        return answer;
    }

    /** @return why it cannot begin; null if it has */
    private @Nullable String begin(Restart begun) {
        String obstacle = Restart.obstacle(proxy);
        if (obstacle != null) {
            return obstacle;
        }
        synchronized (stopping) {
            if (handedOver) {
                return "another process has taken over already";
            }
            if (stopMode != null) {
                return "the server is stopping";
            }
            if (restarting) {
                return "a restart is under way";
            }
            restarting = true;
            restart = begun;
            return null;
        }
    }

    private ControlAnswer carryOut(Restart begun, Path home) {
        try {
            ConfigCheck.Outcome read;
            // a reload that is under way comes to its end first
            synchronized (reloading) {
                read = files.run();
            }
            if (read.config().isEmpty()) {
                return ControlAnswer.failed("the configuration has errors: the server goes on with the one it has"
                        + System.lineSeparator()
                        + String.join(System.lineSeparator(), ConfigurationReload.errors(read)));
            }
            return begun.run(parts.pidPath().orElseThrow(), launch.takeOver(home));
        } catch (InterruptedException | RuntimeException e) {
            log.error("internal error in a restart", e);
            return ControlAnswer.failed("internal error: " + e);
        }
    }

    /** The other process has not made it: this one goes on. */
    void takeBack() {
        try {
            parts.lock();
        } catch (StartFailure e) {
            log.error("{}", e.getMessage());
        }
        proxy.pool().sharedLimits().takeBack();
        proxy.lead(StateKeeper.in(statusFile(files.pgpoolConf(), proxy.config())));
        try {
            parts.openMetrics();
        } catch (IOException e) {
            log.error("{}", e.getMessage());
        }
        parts.resume();
    }

    /**
     * The last word of a restart: from here on the other process is the server.
     *
     * @return false if this one has been told to stop meanwhile
     */
    boolean commit() {
        synchronized (stopping) {
            handedOver = stopMode == null;
            return handedOver;
        }
    }

    /** The other process serves: this one ends with its last session. */
    void handedOver(long pid) {
        Duration limit = proxy.config().get(RuntimeParameters.RESTART_DRAIN_TIMEOUT);
        log.info(
                "{} stay with this process until they end{}; process {} has all others",
                count(proxy.clients(), "session"),
                limit.isZero() ? "" : ", for " + limit.toSeconds() + " s at most",
                pid);
        synchronized (stopping) {
            drainedAtNanos = limit.isZero() ? 0 : System.nanoTime() + limit.toNanos();
            stopping.notifyAll();
        }
    }

    /** The other process has ended: nobody says any more what becomes of the nodes. */
    void successorGone() {
        synchronized (stopping) {
            orphaned = true;
            stopping.notifyAll();
        }
    }

    /** The sessions of this process, and of the ones before it, are over. */
    private boolean isEmpty() {
        return proxy.clients() == 0
                && proxy.halfOpenClients().total() == 0
                && (predecessor == null || predecessor.isOver());
    }

    // ---- the end

    /** Waits until the server is told to stop, and stops it; when this returns nothing of it is left. */
    public void awaitEnd() throws InterruptedException {
        await(() -> mode() != null && !restarting || handedOver, 0, 0);
        if (handedOver) {
            drain();
        } else {
            proxy.stopAccepting();
            if (predecessor != null && mode() != null) {
                predecessor.stop(mode());
            }
            if (mode() == StopMode.SMART && !isEmpty()) {
                log.info("waiting for {} to end", count(proxy.clients(), "session"));
                await(() -> mode() != StopMode.SMART || isEmpty(), 0, LOOK_INTERVAL_MILLIS);
                if (predecessor != null && mode() != StopMode.SMART && mode() != null) {
                    predecessor.stop(mode());
                }
            }
        }
        if (proxy.clients() > 0) {
            log.info("ending {}", count(proxy.clients(), "session"));
        }
        proxy.endSessions();
        await(() -> mode() == StopMode.IMMEDIATE || isEmpty(), FAST_LIMIT_MILLIS, LOOK_INTERVAL_MILLIS);
        parts.closePorts();
        proxy.close();
        parts.closeControl();
        log.info("Trunkline is shut down");
        parts.close();
    }

    private void drain() throws InterruptedException {
        // who has asked for the restart is to hear of it
        await(() -> !restarting, 0, 0);
        await(
                () -> isEmpty() || orphaned || mode() != null && mode() != StopMode.SMART || isDrainOver(),
                0,
                DRAIN_INTERVAL_MILLIS);
        if (orphaned && !isEmpty()) {
            log.error("the process that has taken over has ended: nobody looks after the nodes");
        } else if (isDrainOver()) {
            log.warn("restart_drain_timeout is over");
        }
        if (predecessor != null && !predecessor.isOver()) {
            predecessor.stop(StopMode.FAST);
        }
    }

    private boolean isDrainOver() {
        return drainedAtNanos != 0 && System.nanoTime() - drainedAtNanos >= 0;
    }

    /** Waits for a condition, or so long; 0 is for ever. It is looked at when something is told, and at intervals. */
    private void await(BooleanSupplier condition, long limitMillis, long intervalMillis) throws InterruptedException {
        long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(limitMillis);
        synchronized (stopping) {
            while (!condition.getAsBoolean() && (limitMillis == 0 || System.nanoTime() - deadline < 0)) {
                stopping.wait(intervalMillis);
            }
        }
    }
}
