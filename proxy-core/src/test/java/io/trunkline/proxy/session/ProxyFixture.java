package io.trunkline.proxy.session;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.trunkline.config.PgpoolConfig;
import io.trunkline.config.RoutingParameters.RelationCacheTarget;
import io.trunkline.failover.ClusterView;
import io.trunkline.failover.NodeEvents;
import io.trunkline.failover.NodeRole;
import io.trunkline.failover.NodeStatus;
import io.trunkline.failover.NodeView;
import io.trunkline.pool.BackendConnection;
import io.trunkline.pool.BackendLogin;
import io.trunkline.pool.BackendOpener;
import io.trunkline.pool.BackendPool;
import io.trunkline.pool.BufferMemory;
import io.trunkline.pool.NodeAddress;
import io.trunkline.pool.PoolSettings;
import io.trunkline.pool.StartupKey;
import io.trunkline.pool.StartupProfiles;
import io.trunkline.pool.scripted.ScriptedBackend;
import io.trunkline.pool.scripted.ScriptedNodes;
import io.trunkline.pool.scripted.WireText;
import io.trunkline.protocol.ProtocolVersion;
import io.trunkline.protocol.StartupPacket;
import io.trunkline.protocol.auth.MockScramSecret;
import io.trunkline.protocol.tls.ServerTls;
import io.trunkline.proxy.auth.AccessRules;
import io.trunkline.proxy.auth.AuthQuery;
import io.trunkline.proxy.auth.AuthQuerySettings;
import io.trunkline.proxy.auth.AuthSettings;
import io.trunkline.proxy.auth.HbaDecider;
import io.trunkline.proxy.auth.HostNames;
import io.trunkline.proxy.auth.LocalNetworks;
import io.trunkline.proxy.auth.Logins;
import io.trunkline.proxy.auth.PasswordChecks;
import io.trunkline.proxy.auth.PeerUsers;
import io.trunkline.proxy.auth.RoleMembership;
import io.trunkline.proxy.auth.StoredCredentials;
import io.trunkline.proxy.catalog.CatalogSettings;
import io.trunkline.proxy.catalog.Catalogs;
import io.trunkline.proxy.catalog.KnownFacts;
import io.trunkline.proxy.metrics.LoopMetrics;
import io.trunkline.proxy.route.Plan;
import io.trunkline.proxy.route.RoutingRules;
import io.trunkline.proxy.route.Rules;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;

/**
 * A proxy without sockets or threads: one event loop that stands still until {@link #pump()}, clients on
 * EmbeddedChannels, and {@link ScriptedNodes}. Node 0 is the primary with weight 0, so reads go to the standby 1.
 */
final class ProxyFixture implements ProxyServices {
    static final PoolSettings POOL = new PoolSettings(true, 8, 0, 0, 0, 0, 0, List.of("ABORT", "DISCARD ALL"));

    final ScriptedNodes nodes = new ScriptedNodes();
    final List<String> nodeEvents = new ArrayList<>();
    RoutingRules routing = Rules.of();

    /** Done when the answers to commands of our own have been gathered. */
    CompletableFuture<Void> gathering = CompletableFuture.completedFuture(null);

    final Catalogs catalogs = new Catalogs(new CatalogSettings(100, Duration.ZERO, RelationCacheTarget.PRIMARY));
    final BufferMemory memory = BufferMemory.unbounded();
    final UsualLimits limits = new UsualLimits();
    HbaDecider hba = new HbaDecider(
            AccessRules.none(),
            RoleMembership.NOT_KNOWN,
            new HostNames(Runnable::run),
            new LocalNetworks(Runnable::run));
    private final HostNames hostNames = new HostNames(Runnable::run);
    private SessionSlots slots = new SessionSlots(32, 0);
    private final EmbeddedChannel home = new EmbeddedChannel();
    private final BackendPool pool;
    private final CancelKeys cancelKeys = new CancelKeys();
    private final SharedListeners sharedListeners = new SharedListeners();
    private final SeenShapes rerunShapes = new SeenShapes();
    private final LoopMetrics metrics = new LoopMetrics(3);
    private final AuthQuery authQuery;
    private final Logins logins;
    private final PeerUsers peerUsers = new PeerUsers(Runnable::run);
    private final SessionQuotas quotas = new SessionQuotas();
    private final HalfOpenClients halfOpen = new HalfOpenClients();
    private final LoopServices loop;
    private final List<Client> clients = new ArrayList<>();
    private ClusterView cluster;
    private long nowNanos = 1;

    ProxyFixture() {
        this(POOL);
    }

    ProxyFixture(PoolSettings settings) {
        home.freezeTime();
        BackendOpener opener = new BackendOpener(nodes);
        pool = new BackendPool(opener, settings);
        authQuery = new AuthQuery(
                home.eventLoop(),
                opener,
                this::cluster,
                this::nodeEvents,
                query -> BackendLogin.TRUST,
                AuthQuerySettings.OFF,
                () -> nowNanos);
        logins = new Logins(
                StoredCredentials.none(),
                AuthSettings.NONE,
                authQuery,
                new PasswordChecks(Runnable::run),
                MockScramSecret.of("0123456789abcdef".getBytes(UTF_8)));
        cluster = new ClusterView(1, List.of(node(0, 0), node(1, 1)), 0);
        loop = new LoopServices(home.eventLoop(), this, metrics);
    }

    static NodeView node(int id, double weight) {
        return new NodeView(
                new NodeAddress(id, "10.0.0." + id, 5432, 0),
                weight,
                NodeStatus.UP,
                id == 0 ? NodeRole.PRIMARY : NodeRole.STANDBY,
                OptionalLong.empty(),
                Optional.empty(),
                true,
                Instant.EPOCH);
    }

    /** A new view that nobody is told of. */
    void cluster(int primary, NodeView... views) {
        cluster = new ClusterView(
                cluster.epoch() + 1,
                List.of(views),
                primary,
                primary < 0 ? ClusterView.Writes.AWAITED : ClusterView.Writes.SERVED);
    }

    /** A new view that the sessions are told of. */
    void published(ClusterView.Writes writes, int primary, NodeView... views) {
        cluster = new ClusterView(cluster.epoch() + 1, List.of(views), primary, writes);
        loop.clusterChanged();
        pump();
    }

    static NodeView outOfService(int id, boolean draining) {
        NodeView up = node(id, id);
        return new NodeView(
                up.address(),
                up.weight(),
                NodeStatus.DOWN,
                up.role(),
                up.lagBytes(),
                up.lagTime(),
                NodeView.Replication.NONE,
                false,
                Instant.EPOCH,
                true,
                draining,
                false,
                false);
    }

    /** A node that was a second primary and does not answer, though it stays in service. */
    static NodeView missedRival(int id) {
        NodeView up = node(id, id);
        return new NodeView(
                up.address(),
                up.weight(),
                NodeStatus.UP,
                NodeRole.PRIMARY,
                up.lagBytes(),
                up.lagTime(),
                NodeView.Replication.NONE,
                false,
                Instant.EPOCH,
                false,
                false,
                false,
                true);
    }

    /** How long statements wait for a primary, and nothing else out of the ordinary. */
    static LossPolicy losses(long primaryWaitMillis) {
        return new LossPolicy(true, Set.of(), "08007", primaryWaitMillis);
    }

    @Override
    public PgpoolConfig config() {
        throw new AssertionError("no configuration");
    }

    @Override
    public SessionLimits limits(PgpoolConfig config) {
        return limits.get();
    }

    void losses(LossPolicy policy) {
        limits.losses = policy;
    }

    /** Settings of the log, which sessions that are there follow. */
    void logging(SessionLogging logging) {
        limits.logging = logging;
        loop.loggingChanged();
        pump();
    }

    /** Keeps the habits of a Pgpool-II before 4.7. */
    void likeOlderPgpool() {
        limits.likeOlderPgpool = true;
        routing = Rules.of("pgpool_compat_version = 4.3");
    }

    /** Puts rules in force, which ask the servers for roles. */
    void rules(AccessRules access) {
        hba = new HbaDecider(access, authQuery.roles(), new HostNames(Runnable::run), new LocalNetworks(Runnable::run));
    }

    void slots(int limit, int reserved) {
        slots = new SessionSlots(limit, reserved);
    }

    /** Lets everything happen that is due. */
    void pump() {
        for (int i = 0; i < 4; i++) {
            home.runPendingTasks();
            nodes.pump();
            clients.forEach(client -> client.channel.runPendingTasks());
        }
    }

    void pass(long millis) {
        nowNanos += TimeUnit.MILLISECONDS.toNanos(millis);
        home.advanceTimeBy(millis, TimeUnit.MILLISECONDS);
        home.runScheduledPendingTasks();
        pump();
    }

    /** The newest connection to a node. */
    ScriptedBackend node(int id) {
        pump();
        return nodes.last(id);
    }

    long counter(LoopMetrics.Counter counter) {
        return metrics.value(counter);
    }

    LoopServices loop() {
        return loop;
    }

    /** A connection that has said nothing yet. */
    Client connect() {
        return connect(new EmbeddedChannel());
    }

    private Client connect(EmbeddedChannel channel) {
        channel.config().setAllocator(nodes.allocator());
        FrontendStartup.accept(channel, loop);
        Client client = new Client(channel);
        clients.add(client);
        return client;
    }

    /** A client that has sent its StartupMessage. */
    Client start(String... more) {
        return start(new EmbeddedChannel(), more);
    }

    /** The same over a channel of the caller's. */
    Client start(EmbeddedChannel channel, String... more) {
        Map<String, String> parameters = new LinkedHashMap<>();
        parameters.put("user", "u");
        parameters.put("database", "d");
        parameters.put("application_name", "app");
        for (int i = 0; i < more.length; i += 2) {
            parameters.put(more[i], more[i + 1]);
        }
        KnownFacts.readCommitted(catalogs, StartupKey.of(parameters));
        Client client = connect(channel);
        client.sends(new StartupPacket.Startup(ProtocolVersion.V3_0, parameters));
        return client;
    }

    /** A client whose session is ready; the pool is empty again, as if the server were known for long. */
    Client session() {
        Client client = start();
        String greeting = client.received();
        if (!greeting.endsWith("Z(I)")) {
            throw new AssertionError("not admitted: " + greeting);
        }
        List<ScriptedBackend> opened = new ArrayList<>(nodes.open(0));
        opened.addAll(nodes.open(1));
        opened.forEach(ScriptedBackend::disconnects);
        pump();
        return client;
    }

    /** Ends all, and finds what was not released. */
    void finish() {
        clients.forEach(client -> client.channel.close());
        pump();
        clients.forEach(Client::finish);
        nodes.finish();
        home.finishAndReleaseAll();
        if (slots.taken() != 0 || slots.waiting() != 0) {
            throw new AssertionError("places not given up: " + slots.taken() + ", waiting: " + slots.waiting());
        }
    }

    /** The far end of a client's connection. */
    final class Client {
        final EmbeddedChannel channel;
        private final ByteBuf in = Unpooled.buffer();

        Client(EmbeddedChannel channel) {
            this.channel = channel;
        }

        /** Sends messages, in one read. */
        Client sends(String messages) {
            return sends(WireText.encode(WireText.Sender.CLIENT, messages));
        }

        Client sends(ByteBuf bytes) {
            ByteBuf read = channel.alloc().buffer(bytes.readableBytes()).writeBytes(bytes);
            bytes.release();
            channel.writeInbound(read);
            pump();
            return this;
        }

        Client sends(StartupPacket.Startup startup) {
            ByteBuf out = Unpooled.buffer();
            startup.encode(out);
            return sends(out);
        }

        /** What has come since the last call. */
        String received() {
            drain();
            return WireText.decode(WireText.Sender.SERVER, in);
        }

        /** The bytes that have come since the last call. */
        byte[] receivedBytes() {
            drain();
            byte[] bytes = new byte[in.readableBytes()];
            in.readBytes(bytes);
            return bytes;
        }

        private void drain() {
            pump();
            for (ByteBuf bytes = channel.readOutbound(); bytes != null; bytes = channel.readOutbound()) {
                in.writeBytes(bytes);
                bytes.release();
            }
        }

        boolean isOpen() {
            pump();
            return channel.isOpen();
        }

        boolean isRead() {
            return channel.config().isAutoRead();
        }

        void disconnects() {
            channel.close();
            pump();
        }

        void finish() {
            channel.finishAndReleaseAll();
            in.release();
        }
    }

    @Override
    public Catalogs catalogs() {
        return catalogs;
    }

    @Override
    public RoutingRules routing() {
        return routing;
    }

    @Override
    public SessionLimits limits() {
        return limits.get();
    }

    @Override
    public ClusterView cluster() {
        return cluster;
    }

    @Override
    public NodeEvents nodeEvents() {
        return new NodeEvents() {
            @Override
            public void connected(BackendConnection backend) {
                nodeEvents.add("connected " + backend.node());
            }

            @Override
            public void unreachable(int node, String why) {
                nodeEvents.add("unreachable " + node);
            }

            @Override
            public void shutDown(int node) {
                nodeEvents.add("shut down " + node);
            }
        };
    }

    @Override
    public BackendPool pool() {
        return pool;
    }

    @Override
    public StartupProfiles profiles() {
        return pool.profiles();
    }

    @Override
    public Logins logins() {
        return logins;
    }

    @Override
    public HostNames hostNames() {
        return hostNames;
    }

    @Override
    public PeerUsers peerUsers() {
        return peerUsers;
    }

    @Override
    public SessionQuotas quotas() {
        return quotas;
    }

    @Override
    public HalfOpenClients halfOpenClients() {
        return halfOpen;
    }

    @Override
    public BufferMemory memory() {
        return memory;
    }

    @Override
    public HbaDecider hba() {
        return hba;
    }

    @Override
    public SessionSlots slots() {
        return slots;
    }

    @Override
    public Optional<ServerTls> clientTls() {
        return Optional.empty();
    }

    @Override
    public SharedListeners sharedListeners() {
        return sharedListeners;
    }

    @Override
    public CancelKeys cancelKeys() {
        return cancelKeys;
    }

    @Override
    public SeenShapes rerunShapes() {
        return rerunShapes;
    }

    @Override
    public LocalCommands localCommands() {
        return new LocalCommands() {
            @Override
            public List<String> columns(Plan command, Asker asker) {
                return List.of("node");
            }

            @Override
            public CompletableFuture<LocalResult> answer(Plan command, Asker asker) {
                return gathering.thenApply(
                        ready -> LocalResult.table(List.of("node"), List.of(List.of("" + asker.readNode()))));
            }
        };
    }

    @Override
    public Executor blocking() {
        return Runnable::run;
    }
}
