package io.trunkline.proxy.session;

import io.netty.channel.EventLoop;
import io.trunkline.config.PgpoolConfig;
import io.trunkline.failover.ClusterView;
import io.trunkline.failover.NodeView;
import io.trunkline.pool.Admission;
import io.trunkline.pool.BackendConnection;
import io.trunkline.pool.BufferMemory;
import io.trunkline.pool.IdleFilter;
import io.trunkline.pool.OpenFailure;
import io.trunkline.pool.PoolShard;
import io.trunkline.pool.StartupKey;
import io.trunkline.pool.StartupProfiles;
import io.trunkline.protocol.ServerMessage;
import io.trunkline.protocol.SqlState;
import io.trunkline.protocol.tls.ServerTls;
import io.trunkline.proxy.auth.HbaDecider;
import io.trunkline.proxy.auth.Logins;
import io.trunkline.proxy.auth.PeerUsers;
import io.trunkline.proxy.catalog.CatalogReader;
import io.trunkline.proxy.catalog.CatalogReaders;
import io.trunkline.proxy.catalog.Catalogs;
import io.trunkline.proxy.log.LogFields;
import io.trunkline.proxy.metrics.LoopMetrics;
import io.trunkline.proxy.route.BackendSignal;
import io.trunkline.proxy.route.Plan;
import io.trunkline.proxy.route.ReadNodeChooser;
import io.trunkline.proxy.route.Reader;
import io.trunkline.proxy.route.RoutingRules;
import io.trunkline.proxy.route.StatementPlanner;
import io.trunkline.sql.LexicalSettings;
import io.trunkline.sql.StatementShape;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.IntSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the sessions of one event loop share, and the list of them. All methods are for that loop unless they say
 * otherwise.
 */
public final class LoopServices {
    private static final Logger routing = LoggerFactory.getLogger("io.trunkline.routing");
    private static final Logger connections = LoggerFactory.getLogger("io.trunkline.connections");

    private final EventLoop loop;
    private final ProxyServices proxy;
    private final PoolShard shard;
    private final StatementPlanner planner = new StatementPlanner();
    private final LoopMetrics metrics;
    private final CatalogReaders catalogReaders;
    private final Greeting greeting;
    private final UnnamedStatements unnamedStatements = new UnnamedStatements();
    private final KnownNames names = new KnownNames();
    private final KeptRequests keptRequests = new KeptRequests();
    private final LoopClients clients;
    private final Set<ClientSession> sessions = new LinkedHashSet<>();
    private @Nullable ClusterView lastView;
    /** Whether any session has set an idle limit, or anything else, of its own. */
    private boolean ownSettings;

    public LoopServices(EventLoop loop, ProxyServices proxy, LoopMetrics metrics) {
        this.loop = loop;
        this.proxy = proxy;
        this.shard = proxy.pool().shard(loop);
        this.metrics = metrics;
        this.greeting = new Greeting(proxy.profiles());
        this.clients = new LoopClients(loop, proxy, metrics);
        this.catalogReaders = new CatalogReaders(loop, shard, proxy::cluster, proxy.nodeEvents(), metrics);
        loop.scheduleAtFixedRate(this::endIdleSessions, 1, 1, TimeUnit.SECONDS);
    }

    EventLoop eventLoop() {
        return loop;
    }

    PoolShard shard() {
        return shard;
    }

    StatementPlanner planner() {
        return planner;
    }

    UnnamedStatements unnamedStatements() {
        return unnamedStatements;
    }

    KnownNames names() {
        return names;
    }

    KeptRequests keptRequests() {
        return keptRequests;
    }

    LoopMetrics metrics() {
        return metrics;
    }

    SessionLimits settings() {
        return proxy.limits();
    }

    /** What holds for a session, which may have settings of its own. */
    SessionLimits settings(SessionState session) {
        OwnSettings own = session.own;
        return own == null ? proxy.limits() : own.limits(proxy.config());
    }

    /** The same of routing. */
    RoutingRules routing(SessionState session) {
        OwnSettings own = session.own;
        return own == null ? proxy.routing() : own.routing(proxy.config());
    }

    PgpoolConfig config() {
        return proxy.config();
    }

    OwnSettings newOwnSettings() {
        ownSettings = true;
        return OwnSettings.of(proxy.config(), proxy::limits);
    }

    SharedListeners sharedListeners() {
        return proxy.sharedListeners();
    }

    LocalCommands localCommands() {
        return proxy.localCommands();
    }

    ClusterView cluster() {
        return proxy.cluster();
    }

    Greeting greeting() {
        return greeting;
    }

    StartupProfiles profiles() {
        return proxy.profiles();
    }

    PeerUsers peerUsers() {
        return proxy.peerUsers();
    }

    Logins logins() {
        return proxy.logins();
    }

    HbaDecider hba() {
        return proxy.hba();
    }

    SessionSlots slots() {
        return proxy.slots();
    }

    Optional<ServerTls> clientTls() {
        return proxy.clientTls();
    }

    BufferMemory memory() {
        return proxy.memory();
    }

    Executor blocking() {
        return proxy.blocking();
    }

    Catalogs catalogs() {
        return proxy.catalogs();
    }

    /** Asks the catalog's questions for a session; null if it has one backend only. */
    @Nullable
    CatalogReader catalogReader(SessionLogin login, IntSupplier readNode) {
        return login.ownBackend() != null || login.admission() == Admission.RELAYED
                ? null
                : catalogReaders.reader(
                        login.key(), login.applicationName(), login.logins(), login.admission(), readNode);
    }

    RoutingRules routing() {
        return proxy.routing();
    }

    /** Whether reads may go to other nodes than the primary. */
    boolean isBalancing() {
        return proxy.routing().balancing();
    }

    // ---- clients and sessions

    /** The connections of clients. */
    LoopClients clients() {
        return clients;
    }

    /** Counts one more session; why that is not allowed, else null. */
    @Nullable
    String enterQuota(StartupKey key) {
        AdmissionLimits limits = proxy.limits().admission();
        return proxy.quotas().enter(key.user(), key.database(), limits.perUser(), limits.perDatabase());
    }

    void leaveQuota(StartupKey key) {
        proxy.quotas().leave(key.user(), key.database());
    }

    ClientIdentity newIdentity(int keyLength, String user, String database, String address) {
        return new ClientIdentity(
                proxy.cancelKeys().nextNumber(), ClientIdentity.newCancelKey(keyLength), user, database, address);
    }

    void opened(ClientSession session) {
        sessions.add(session);
        metrics.count(LoopMetrics.Counter.SESSIONS_STARTED);
        proxy.cancelKeys().register(session.identity(), ended -> loop.execute(() -> cancel(session, ended)));
    }

    void ended(ClientSession session) {
        sessions.remove(session);
        proxy.cancelKeys().forget(session.identity());
    }

    /**
     * A CancelRequest came; like a server, we do not say what became of it.
     *
     * @param ended called on any thread when the request can hit no later statement: until then its connection stays
     *     open, as clients go by its end
     */
    void cancel(int number, byte[] key, Runnable ended) {
        metrics.count(LoopMetrics.Counter.CANCELS);
        if (proxy.limits().logging().clientMessages()) {
            connections
                    .atInfo()
                    .addKeyValue(LogFields.DETAIL, "process id: " + number)
                    .log("Cancel message from frontend.");
        }
        if (!proxy.cancelKeys().cancel(number, key, ended)) {
            proxy.cancelKeys().cancelElsewhere(number, key, null).thenAccept(found -> {
                if (!found) {
                    connections.info("cancel request for session {} names no session of ours", number);
                }
                ended.run();
            });
        }
    }

    private void cancel(ClientSession session, Runnable ended) {
        BackendConnection executing =
                sessions.contains(session) ? session.nodes().backends().executing() : null;
        if (executing != null) {
            proxy.pool().opener().cancel(executing, ended);
            return;
        }
        ended.run();
        if (sessions.contains(session)) {
            ServerMessage why = ServerMessage.error(SqlState.QUERY_CANCELED, "canceling statement due to user request");
            session.nodes().listening().cancel(why);
            session.nodes().waits().cancel(why);
        }
    }

    /** Cancels what a backend executes for a client that is gone. */
    void cancelAbandoned(BackendConnection backend) {
        proxy.pool().opener().cancel(backend);
    }

    private void endIdleSessions() {
        if (proxy.limits().clientIdleLimitMillis() > 0 || ownSettings) {
            long now = System.nanoTime();
            for (ClientSession session : List.copyOf(sessions)) {
                long limit = TimeUnit.MILLISECONDS.toNanos(session.idleLimitMillis());
                if (limit > 0 && session.idleNanos(now) > limit) {
                    session.endAndLog(ServerMessage.fatal(
                            SqlState.IDLE_SESSION_TIMEOUT, "connection terminated due to client idle limit reached"));
                }
            }
        }
    }

    /** Ends all sessions with 57P01, and those that come. Any thread. */
    public void endSessions() {
        loop.execute(() -> {
            for (ClientSession session : List.copyOf(sessions)) {
                session.end(LoopClients.shuttingDown());
            }
            clients.end();
        });
    }

    /** What this loop has, for administrators. Any thread. */
    public CompletableFuture<LoopReport> report() {
        return CompletableFuture.supplyAsync(
                () -> {
                    SessionTrace.Clock clock = SessionTrace.Clock.read();
                    return new LoopReport(
                            sessions.stream()
                                    .map(session -> session.facts(clock))
                                    .toList(),
                            shard.idle().stream()
                                    .map(backend -> SessionTrace.idle(backend, clock))
                                    .toList());
                },
                loop);
    }

    /** The settings of the log have changed: sessions that are there follow. Any thread. */
    public void loggingChanged() {
        loop.execute(() -> List.copyOf(sessions).forEach(ClientSession::watchMessages));
    }

    // ---- nodes

    /** Counts the sessions that have a transaction open on a node, or a statement under way there. Any thread. */
    public CompletableFuture<Integer> busySessions(int node) {
        CompletableFuture<Integer> count = new CompletableFuture<>();
        loop.execute(() -> count.complete((int) sessions.stream()
                .filter(session -> session.nodes().departure().isBusyOn(node))
                .count()));
        return count;
    }

    /** Ends those transactions, as if the node had been lost. Any thread. */
    public void endTransactions(int node) {
        loop.execute(() -> List.copyOf(sessions).stream()
                .filter(session -> session.nodes().departure().isBusyOn(node))
                .forEach(session -> session.nodes().departure().cutOff(node)));
    }

    /** Closes the connections to a node that nobody uses. Any thread. */
    public void closeIdle(int node) {
        loop.execute(() -> shard.leave(node));
    }

    /** Chooses the nodes for the reads of a session. */
    ReadNodeChooser readNodeChooser(Reader who) {
        return new ReadNodeChooser(who, () -> ThreadLocalRandom.current().nextDouble());
    }

    void connected(BackendConnection backend) {
        proxy.nodeEvents().connected(backend);
    }

    void failedToConnect(int node, OpenFailure why) {
        if (!why.answered()) {
            proxy.nodeEvents().unreachable(node, why.message().message());
        }
    }

    /** The node with the backend that a statement cancels or terminates; -1 if it is for no one backend of ours. */
    int nodeSignalled(Plan plan) {
        if (!BackendSignal.is(plan)) {
            return -1;
        }
        OptionalInt pid = BackendSignal.pid(plan);
        OptionalInt node = pid.isEmpty()
                ? OptionalInt.empty()
                : proxy.pool().opener().serverPids().nodeOf(pid.getAsInt());
        return node.isPresent() && cluster().node(node.getAsInt()).status().isInService() ? node.getAsInt() : -1;
    }

    /** A client is about to terminate a backend, maybe one of ours. */
    void terminationAsked(Plan plan) {
        BackendSignal.pid(plan).ifPresent(pid -> {
            OptionalInt node = proxy.pool().opener().serverPids().nodeOf(pid);
            connections.info(
                    "found the pg_terminate_backend request for backend pid:{}{}",
                    pid,
                    node.isPresent() ? " on backend node:" + node.getAsInt() : ", which is not one of Trunkline's");
            proxy.pool().opener().serverPids().terminationAsked(pid);
        });
    }

    /**
     * The view of the cluster has changed: sessions leave nodes that are out of service, and those that wait for a primary
     * look again. Any thread; call it after the new view can be got.
     */
    public void clusterChanged() {
        loop.execute(() -> {
            ClusterView view = cluster();
            ClusterView before = lastView;
            lastView = view;
            if (before != null && !concernsSessions(before, view)) {
                return;
            }
            for (NodeView node : view.nodes()) {
                boolean was = before == null
                        || node.id() >= before.nodes().size()
                        || before.node(node.id()).status().isInService();
                if (was && !node.status().isInService()) {
                    shard.leave(node.id());
                }
            }
            proxy.sharedListeners().clusterChanged(this);
            List.copyOf(sessions).forEach(session -> session.nodes().clusterChanged());
        });
    }

    private static boolean concernsSessions(ClusterView before, ClusterView now) {
        if (before.primary() != now.primary()
                || before.writes() != now.writes()
                || before.nodes().size() != now.nodes().size()) {
            return true;
        }
        for (NodeView node : now.nodes()) {
            NodeView old = before.node(node.id());
            if (old.status() != node.status() || old.draining() != node.draining()) {
                return true;
            }
        }
        return false;
    }

    void backendLost(BackendConnection backend, String why) {
        if (backend.isTerminationAsked()) {
            connections.info("{} was terminated as a client has asked for: {}", backend, why);
            return;
        }
        if (!cluster().node(backend.node()).status().isInService()) {
            connections.info("connection to {} was lost: {}", backend, why);
            return;
        }
        connections.warn("connection to {} was lost: {}", backend, why);
        proxy.nodeEvents().unreachable(backend.node(), why);
    }

    /**
     * A statement runs again on {@code node} as {@code refused} has failed it. Each shape of statement is logged once.
     *
     * @param text of the statement, in the client's encoding
     */
    void rerun(
            RerunReason reason,
            ServerMessage error,
            BackendConnection refused,
            int node,
            byte[] text,
            LexicalSettings lexical) {
        metrics.count(reason.counter);
        String shape = StatementShape.of(text, lexical);
        if (proxy.rerunShapes().isFirst(reason + " " + shape)) {
            routing.atLevel(reason.level)
                    .log(
                            "what {} has failed is run again on node {}; {}; statement: {}",
                            refused.address(),
                            node,
                            error,
                            shape);
        }
    }

    /** A statement that concerns cached backends is about to run: they have to go first. */
    void discardIdle(IdleFilter which) {
        proxy.pool().discard(which);
        proxy.profiles().forget(which);
    }
}
