package io.trunkline.proxy;

import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.EventExecutor;
import io.trunkline.config.NodeParameter;
import io.trunkline.config.PgpoolConfig;
import io.trunkline.config.PoolParameters;
import io.trunkline.config.RuntimeParameters;
import io.trunkline.config.TlsFiles;
import io.trunkline.failover.ClusterView;
import io.trunkline.failover.NodeEvents;
import io.trunkline.failover.NodeRequest;
import io.trunkline.pool.AddressResolver;
import io.trunkline.pool.BackendLogin;
import io.trunkline.pool.BackendOpener;
import io.trunkline.pool.BackendPool;
import io.trunkline.pool.BufferMemory;
import io.trunkline.pool.StartupProfiles;
import io.trunkline.pool.Transport;
import io.trunkline.protocol.auth.MockScramSecret;
import io.trunkline.protocol.tls.ServerTls;
import io.trunkline.proxy.admin.Administration;
import io.trunkline.proxy.admin.NodeSource;
import io.trunkline.proxy.admin.ProcessSource;
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
import io.trunkline.proxy.auth.StoredCredentials;
import io.trunkline.proxy.catalog.CatalogSettings;
import io.trunkline.proxy.catalog.Catalogs;
import io.trunkline.proxy.cluster.ClusterServices;
import io.trunkline.proxy.cluster.ClusterSource;
import io.trunkline.proxy.cluster.StateKeeper;
import io.trunkline.proxy.listen.InheritedSockets;
import io.trunkline.proxy.listen.ListenPlaces;
import io.trunkline.proxy.listen.Listeners;
import io.trunkline.proxy.metrics.LoopMetrics;
import io.trunkline.proxy.route.RoutingRules;
import io.trunkline.proxy.session.CancelKeys;
import io.trunkline.proxy.session.FrontendStartup;
import io.trunkline.proxy.session.HalfOpenClients;
import io.trunkline.proxy.session.LocalCommands;
import io.trunkline.proxy.session.LoopServices;
import io.trunkline.proxy.session.ProxyServices;
import io.trunkline.proxy.session.SeenShapes;
import io.trunkline.proxy.session.SessionLimits;
import io.trunkline.proxy.session.SessionLogging;
import io.trunkline.proxy.session.SessionQuotas;
import io.trunkline.proxy.session.SessionSlots;
import io.trunkline.proxy.session.SharedListeners;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The proxy: listens, and gives each client a session. Assembles the parts and holds them together.
 *
 * <p>{@link #start} listens, {@link #stopAccepting} and {@link #close} end it; in between {@link #reload} puts a new
 * configuration in the place of the old. Methods may be called from any thread.
 */
public final class ProxyServer implements ProxyServices {
    private static final Logger log = LoggerFactory.getLogger(ProxyServer.class);

    /** How long the first look at the cluster may hold up the start. */
    private static final long FIRST_VIEW_MILLIS = 3_000;

    private final ProxyThreads threads;
    private final HostNames hostNames;
    private final HbaDecider hba;
    private final BackendPool pool;
    private final ClusterSource cluster = new ClusterSource();
    private final SharedSessions sessions;
    private final BackendOpener opener;
    private final SessionSlots slots;
    private final SessionQuotas quotas = new SessionQuotas();
    private final BufferMemory memory;
    private final HalfOpenClients halfOpenClients = new HalfOpenClients();
    private final AuthQuery authQuery;
    private final Logins logins;
    private final PeerUsers peerUsers;
    private final CancelKeys cancelKeys = new CancelKeys();
    private final SharedListeners sharedListeners = new SharedListeners();
    private final Catalogs catalogs;
    private final SeenShapes rerunShapes = new SeenShapes();
    private final Map<EventLoop, LoopServices> loops = new ConcurrentHashMap<>();
    private final List<LoopMetrics> metrics = new ArrayList<>();
    private final Administration administration;
    private final LocalCommands localCommands;
    private @Nullable Listeners listeners;
    private volatile RunningConfig running;
    private volatile SessionLimits limits;
    private volatile RoutingRules routing;
    private volatile TlsContexts tls;

    private ProxyServer(
            PgpoolConfig config,
            StoredCredentials credentials,
            AccessRules access,
            TlsContexts tls,
            MockScramSecret secret) {
        this.running = new RunningConfig(config);
        this.limits = running.sessionLimits();
        this.routing = RoutingRules.of(config);
        this.catalogs = new Catalogs(CatalogSettings.of(config));
        this.tls = tls;
        this.threads = new ProxyThreads(config.get(RuntimeParameters.WORKER_THREADS));
        Executor blocking = threads.blocking();
        this.memory = new BufferMemory(running.bufferMemory());
        this.opener = new BackendOpener(
                threads.transport(), new AddressResolver(blocking), node -> this.tls.node(node), memory);
        this.pool = new BackendPool(opener, running.poolSettings());
        this.slots = new SessionSlots(running.numInitChildren(), running.reservedConnections());
        this.peerUsers = new PeerUsers(blocking);
        AuthSettings auth = AuthSettings.of(config);
        this.authQuery = new AuthQuery(
                threads.background(),
                opener,
                this::cluster,
                this::nodeEvents,
                this::authQueryLogin,
                auth.query(),
                System::nanoTime);
        this.hostNames = new HostNames(blocking);
        this.hba = new HbaDecider(access, authQuery.roles(), hostNames, new LocalNetworks(blocking));
        this.logins = new Logins(credentials, auth, authQuery, new PasswordChecks(blocking), secret);
        this.sessions = new SharedSessions(new LoopSessions(loops.values()));
        this.administration = new Administration(
                this::config,
                new NodeSource(this::cluster, this::config, metrics, cluster::look),
                new ProcessSource(
                        loops.values(),
                        slots,
                        this::config,
                        () -> cluster().nodes().size()),
                node -> cluster.services().healthChecks(node),
                () -> cluster.services().events());
        this.localCommands = new ShowCommands(administration);
        for (EventExecutor worker : threads.workers()) {
            LoopMetrics counters = new LoopMetrics(NodeParameter.MAX_NODES);
            metrics.add(counters);
            loops.put((EventLoop) worker, new LoopServices((EventLoop) worker, this, counters));
        }
    }

    /**
     * Starts a proxy.
     *
     * @param access what pool_hba.conf and the user name maps say
     * @throws IOException if an address cannot be listened on, or TLS cannot be set up; everything has been stopped
     *     again then
     */
    public static ProxyServer start(
            PgpoolConfig config, StoredCredentials credentials, AccessRules access, TlsFiles files) throws IOException {
        return start(config, credentials, access, files, MockScramSecret.random(), StateKeeper.none());
    }

    /**
     * The same, with what is kept over restarts.
     *
     * @param secret makes users who do not exist look like those who do
     * @param keeper the state of the nodes
     */
    public static ProxyServer start(
            PgpoolConfig config,
            StoredCredentials credentials,
            AccessRules access,
            TlsFiles files,
            MockScramSecret secret,
            StateKeeper keeper)
            throws IOException {
        ProxyServer server = prepare(config, credentials, access, files, secret);
        try {
            server.lead(keeper);
            server.listen(InheritedSockets.none());
            server.listeners().resume();
        } catch (IOException e) {
            server.close();
            throw e;
        }
        return server;
    }

    /**
     * Makes all that is needed, and begins nothing: {@link #lead} and {@link #listen} follow, or {@link #close}.
     *
     * @param secret makes users who do not exist look like those who do
     * @throws IOException if TLS cannot be set up
     */
    public static ProxyServer prepare(
            PgpoolConfig config,
            StoredCredentials credentials,
            AccessRules access,
            TlsFiles files,
            MockScramSecret secret)
            throws IOException {
        return new ProxyServer(config, credentials, access, TlsContexts.create(config, files), secret);
    }

    /**
     * Begins to look after the nodes; returns when every one has been asked, or that takes too long.
     *
     * @param keeper the state of the nodes
     */
    public void lead(StateKeeper keeper) {
        ClusterServices own = new ClusterServices(
                threads.background(), threads.blocking(), opener, config(), logins::stored, sessions, keeper);
        cluster.lead(own);
        try {
            own.start().get(FIRST_VIEW_MILLIS, TimeUnit.MILLISECONDS);
        } catch (java.util.concurrent.TimeoutException e) {
            log.warn("not every node has answered within {} ms", FIRST_VIEW_MILLIS);
        } catch (java.util.concurrent.ExecutionException e) {
            throw new IllegalStateException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /**
     * Listens for clients, who are accepted when the {@link #listeners} are resumed.
     *
     * @param inherited used where there is one for a place
     * @throws IOException if an address cannot be listened on; nothing listens then
     */
    public void listen(InheritedSockets inherited) throws IOException {
        listeners = Listeners.open(
                ListenPlaces.ofClients(running.config()),
                threads.transport(),
                threads.workers(),
                new ChannelInitializer<>() {
                    @Override
                    protected void initChannel(Channel client) {
                        LoopServices services = loops.get(client.eventLoop());
                        if (services == null) {
                            throw new IllegalStateException("a client on an event loop that is not ours");
                        }
                        memory.govern(client);
                        FrontendStartup.accept(client, services);
                    }
                },
                threads.blocking(),
                inherited);
    }

    /**
     * Listens for administrators, who are accepted when that is resumed, on the coordinator's thread: no session gives way
     * to them.
     *
     * @param newClient called for each of them; must not block
     * @param inherited used where there is one for a place
     * @return for the caller to close, before this is closed
     * @throws IOException if an address or a socket cannot be listened on; nothing listens then
     */
    public Listeners listenForAdministrators(ChannelInitializer<Channel> newClient, InheritedSockets inherited)
            throws IOException {
        return Listeners.open(
                ListenPlaces.ofAdministrators(running.config()),
                threads.transport(),
                threads.coordinator(),
                newClient,
                threads.blocking(),
                inherited);
    }

    /**
     * Puts a new configuration, which must be valid, in the place of the running one. Connections that are there go on
     * with the TLS that they have.
     */
    public void reload(
            PgpoolConfig fresh, StoredCredentials freshCredentials, AccessRules freshAccess, TlsContexts freshTls) {
        running = new RunningConfig(fresh);
        SessionLogging logged = limits.logging();
        limits = running.sessionLimits();
        if (!limits.logging().equals(logged)) {
            loops.values().forEach(LoopServices::loggingChanged);
        }
        memory.bound(running.bufferMemory());
        routing = RoutingRules.of(fresh);
        catalogs.reload(CatalogSettings.of(fresh));
        logins.reload(freshCredentials, AuthSettings.of(fresh));
        hba.reload(freshAccess);
        tls = freshTls;
        pool.reload(running.poolSettings());
        cluster.services().reload(fresh);
    }

    /** Takes no more clients; sessions go on. */
    public void stopAccepting() {
        if (listeners != null) {
            listeners.close();
        }
    }

    /** Ends all sessions with 57P01. */
    public void endSessions() {
        loops.values().forEach(LoopServices::endSessions);
    }

    /** Where clients come in; only between {@link #listen} and {@link #close}. */
    public Listeners listeners() {
        if (listeners == null) {
            throw new IllegalStateException("nothing listens");
        }
        return listeners;
    }

    /** Returns when the event loops of clients have done what they had to: each client accepted before is counted. */
    public void settle() {
        loops.keySet().forEach(loop -> loop.submit(() -> {}).awaitUninterruptibly());
    }

    /** What this process and another are to know of each other's sessions. */
    public SharedSessions sessions() {
        return sessions;
    }

    /** Where sessions know the cluster from. */
    public ClusterSource clusterSource() {
        return cluster;
    }

    /** How sockets are driven. */
    public Transport transport() {
        return threads.transport();
    }

    /** The thread of the coordinator. */
    public EventLoop background() {
        return threads.background();
    }

    /** Clients whose session is served, or that wait for one. */
    public int clients() {
        return slots.taken() + slots.waiting();
    }

    /** Stops everything, sessions first; returns when it has stopped. */
    public void close() {
        stopAccepting();
        endSessions();
        settle();
        // sessions that have ended on one event loop may have something to say on another
        settle();
        catalogs.retireAll();
        cluster.close();
        authQuery.close();
        threads.close();
    }

    private BackendLogin authQueryLogin(AuthQuerySettings settings) {
        return StoredCredentials.login(
                        settings.user(), settings.password(), logins.stored(), threads.blocking(), threads.background())
                .orElse(BackendLogin.TRUST);
    }

    /** Asks for something to be done with a node. */
    public CompletableFuture<NodeRequest.Answer> request(NodeRequest request) {
        return cluster.services().request(request);
    }

    @Override
    public PgpoolConfig config() {
        return running.config();
    }

    @Override
    public SessionLimits limits(PgpoolConfig config) {
        return new RunningConfig(config).sessionLimits();
    }

    /** The coordinator, with what works for it. */
    public ClusterServices clusterServices() {
        return cluster.services();
    }

    /** What administrators see. */
    public Administration administration() {
        return administration;
    }

    /** The counters of all event loops. */
    public List<LoopMetrics> loopMetrics() {
        return List.copyOf(metrics);
    }

    @Override
    public SessionLimits limits() {
        return limits;
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
    public ClusterView cluster() {
        return cluster.view();
    }

    @Override
    public NodeEvents nodeEvents() {
        return cluster;
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
    public HbaDecider hba() {
        return hba;
    }

    @Override
    public HostNames hostNames() {
        return hostNames;
    }

    @Override
    public SessionSlots slots() {
        return slots;
    }

    @Override
    public Optional<ServerTls> clientTls() {
        return tls.clients();
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
        return halfOpenClients;
    }

    @Override
    public BufferMemory memory() {
        return memory;
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
        return localCommands;
    }

    @Override
    public Executor blocking() {
        return threads.blocking();
    }

    /** The configured number of sessions. */
    public int sessionLimit() {
        return running.config().get(PoolParameters.NUM_INIT_CHILDREN);
    }
}
