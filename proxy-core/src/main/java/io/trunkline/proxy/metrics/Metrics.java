package io.trunkline.proxy.metrics;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufAllocatorMetricProvider;
import io.trunkline.config.UnrestorableState;
import io.trunkline.failover.ClusterView;
import io.trunkline.failover.CoordinatorCounters;
import io.trunkline.failover.NodeStatus;
import io.trunkline.failover.NodeView;
import io.trunkline.pool.BackendPool;
import io.trunkline.pool.BufferMemory;
import io.trunkline.proxy.auth.LoginFailure;
import io.trunkline.proxy.auth.LoginMethod;
import io.trunkline.proxy.metrics.LoopMetrics.Counter;
import io.trunkline.proxy.route.Destination;
import io.trunkline.proxy.route.Rule;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.IntSupplier;
import java.util.function.Supplier;
import java.util.function.ToDoubleFunction;

/**
 * The meters {@code trunkline_*}, listed in docs/metrics.md. All of them look up what is counted elsewhere when they are
 * asked, so that they cost the sessions nothing.
 *
 * <p>Meters only hold this object weakly: whoever registers it keeps it.
 */
public final class Metrics implements AutoCloseable {
    /**
     * Where the numbers come from; all of it is safe for any thread.
     *
     * @param loops the counters of all event loops
     * @param sessions that are served
     * @param waitingSessions clients that wait for one to end
     */
    public record Source(
            String version,
            Instant startedAt,
            List<LoopMetrics> loops,
            IntSupplier sessions,
            IntSupplier waitingSessions,
            BackendPool pool,
            IntSupplier listeners,
            IntSupplier listenedChannels,
            Supplier<ClusterView> cluster,
            CoordinatorCounters coordinator,
            CommandCounts commands) {}

    private static final String NODE = "node";
    private static final double NANOS_PER_SECOND = 1e9;

    private final Source source;
    private final MeterRegistry registry;
    private final Set<Integer> known = new HashSet<>();
    private final ClusterMetrics cluster;

    private Metrics(Source source, MeterRegistry registry) {
        this.source = source;
        this.registry = registry;
        this.cluster = new ClusterMetrics(source, registry);
    }

    /** Registers all meters; the nodes are those that are configured now. */
    public static Metrics register(Source source, MeterRegistry registry) {
        Metrics metrics = new Metrics(source, registry);
        metrics.process();
        metrics.sessions();
        metrics.traffic();
        metrics.rerouted();
        metrics.losses();
        metrics.pooling();
        metrics.cluster.cluster();
        metrics.nodes();
        return metrics;
    }

    /** Registers the meters of the nodes that have been added since. */
    synchronized void nodes() {
        for (NodeView node : source.cluster().get().nodes()) {
            if (node.status() != NodeStatus.UNUSED && known.add(node.id())) {
                node(node.id());
                cluster.node(node.id());
            }
        }
    }

    private void process() {
        Gauge.builder("trunkline.version", this, metrics -> 1)
                .description("Always 1; the label tells which Trunkline this is.")
                .tag("version", source.version())
                .register(registry);
        gauge("trunkline.uptime", "Since the start.", metrics -> metrics.uptimeSeconds())
                .baseUnit("seconds")
                .register(registry);
        gauge("trunkline.heap.used", "Heap of the JVM in use.", metrics -> heapUsed())
                .baseUnit("bytes")
                .register(registry);
        gauge(
                        "trunkline.heap.max",
                        "Largest heap that the JVM may have.",
                        metrics -> Runtime.getRuntime().maxMemory())
                .baseUnit("bytes")
                .register(registry);
        gauge("trunkline.direct.memory", "Memory outside the heap that buffers take.", metrics -> directMemory())
                .baseUnit("bytes")
                .register(registry);
        gauge(
                        "trunkline.buffers.used",
                        "What the buffers of all connections hold now; max_buffer_memory bounds it.",
                        metrics -> BufferMemory.inUse())
                .baseUnit("bytes")
                .register(registry);
    }

    private void sessions() {
        gauge(
                        "trunkline.sessions",
                        "Client sessions: active, or waiting for one to end.",
                        metrics -> metrics.source.sessions().getAsInt())
                .tag("state", "active")
                .register(registry);
        gauge(
                        "trunkline.sessions",
                        "Client sessions: active, or waiting for one to end.",
                        metrics -> metrics.source.waitingSessions().getAsInt())
                .tag("state", "waiting")
                .register(registry);
        counter("trunkline.sessions.started", "Sessions that were admitted.", Counter.SESSIONS_STARTED);
        counter(
                "trunkline.sessions.pinned",
                "Sessions that became tied to one node, for instance by a temporary table.",
                Counter.SESSIONS_PINNED);
        for (LoginMethod method : LoginMethod.values()) {
            for (LoginFailure reason : LoginFailure.values()) {
                failedLogins(method, reason);
            }
        }
        counter("trunkline.tls.handshakes", "TLS handshakes with clients that succeeded.", Counter.TLS_HANDSHAKES);
        counter(
                "trunkline.tls.handshakes.failed",
                "TLS handshakes with clients that failed.",
                Counter.TLS_HANDSHAKES_FAILED);
        counter(
                "trunkline.clients.refused.for.memory",
                "Clients that were not let in, as max_buffer_memory was in use.",
                Counter.REFUSED_FOR_MEMORY);
        counter("trunkline.cancels", "Cancel requests.", Counter.CANCELS);
        gauge(
                        "trunkline.listeners",
                        "Backends that listen for the sessions which share backends.",
                        metrics -> metrics.source.listeners().getAsInt())
                .register(registry);
        gauge(
                        "trunkline.listened.channels",
                        "Channels that those listen on.",
                        metrics -> metrics.source.listenedChannels().getAsInt())
                .register(registry);
    }

    private void failedLogins(LoginMethod method, LoginFailure reason) {
        FunctionCounter.builder("trunkline.logins.failed", this, metrics -> metrics.failed(method, reason))
                .description("Clients that were not admitted, by the method that they had to prove themselves with, and"
                        + " by the reason.")
                .tag("method", method.label())
                .tag("reason", reason.label())
                .register(registry);
    }

    private double failed(LoginMethod method, LoginFailure reason) {
        return source.loops().stream()
                .mapToLong(loop -> loop.failedLogins(method, reason))
                .sum();
    }

    private void traffic() {
        FunctionCounter.builder("trunkline.client", this, metrics -> metrics.total(Counter.BYTES_FROM_CLIENTS))
                .description("Traffic with clients: received from them, or sent to them.")
                .baseUnit("bytes")
                .tag("direction", "received")
                .register(registry);
        FunctionCounter.builder("trunkline.client", this, metrics -> metrics.total(Counter.BYTES_TO_CLIENTS))
                .description("Traffic with clients: received from them, or sent to them.")
                .baseUnit("bytes")
                .tag("direction", "sent")
                .register(registry);
        for (Rule rule : Rule.values()) {
            FunctionCounter.builder("trunkline.route.decisions", this, metrics -> metrics.decisions(rule))
                    .description("Statements by the rule that decided where they went.")
                    .tag("rule", rule.label())
                    .register(registry);
        }
        counter(
                "trunkline.requests.refused",
                "Requests that Trunkline itself answered with an error.",
                Counter.REQUESTS_REFUSED);
        counter(
                "trunkline.parses.spared",
                "Parse messages that a server need not see, as it knows the statement (reuse_unnamed_statements).",
                Counter.PARSES_SPARED);
        counter(
                "trunkline.statements.parsed.anew",
                "Requests that a server refused, as it had lost a statement that Trunkline shares or it gives another result"
                        + " now, and that were run again with the statement parsed anew, unseen by the client.",
                Counter.PARSED_ANEW);
        counter(
                "trunkline.catalog.queries",
                "Queries of Trunkline's own about functions and relations; none are sent for what is known.",
                Counter.CATALOG_QUERIES);
    }

    private void rerouted() {
        rerouted("read_only_node", Counter.REROUTED_READ_ONLY);
        rerouted("recovery_conflict", Counter.REROUTED_CONFLICT);
        rerouted("node_lost", Counter.REROUTED_LOST);
    }

    private void rerouted(String reason, Counter counter) {
        FunctionCounter.builder("trunkline.statements.rerouted", this, metrics -> metrics.total(counter))
                .description("Statements that failed on a standby and were run again on another node, unseen by the"
                        + " client: they write after all, or replay was in their way.")
                .tag("reason", reason)
                .register(registry);
    }

    private void losses() {
        tagged(
                "trunkline.backends.lost",
                "Server connections that broke, or that were left since their node is out of service, while a session had"
                        + " them: the session was kept, or ended.",
                "session",
                Map.of("kept", Counter.SESSIONS_KEPT, "ended", Counter.SESSIONS_ENDED_BY_LOSS));
        tagged(
                "trunkline.transactions.lost",
                "Transactions that the loss of a server connection ended: rolled back (40001), or of unknown outcome, as"
                        + " the commit was under way (08007).",
                "outcome",
                Map.of("rolled_back", Counter.TRANSACTIONS_LOST, "unknown", Counter.OUTCOMES_UNKNOWN));
        tagged(
                "trunkline.primary.waits",
                "Statements that waited for a primary: begun, or answered with an error as it took too long.",
                "event",
                Map.of("begun", Counter.PRIMARY_WAITS, "expired", Counter.PRIMARY_WAITS_EXPIRED));
    }

    private void pooling() {
        for (UnrestorableState kind : UnrestorableState.values()) {
            FunctionCounter.builder("trunkline.sessions.holding", this, metrics -> metrics.held(kind))
                    .description(
                            "Sessions that came to have something on a server connection that is on no other, by what"
                                    + " it is: until it is gone they keep that connection, whatever pool_mode is.")
                    .tag("what", kind.name().toLowerCase(Locale.ROOT))
                    .register(registry);
        }
        counter(
                "trunkline.backends.shared",
                "Server connections that sessions gave back between two transactions (pool_mode = transaction).",
                Counter.BACKENDS_SHARED);
        counter(
                "trunkline.backend.waits",
                "Waits of sessions until others gave a server connection back; those that go on do not count yet.",
                Counter.BACKEND_WAITS);
        FunctionCounter.builder(
                        "trunkline.backend.wait.time",
                        this,
                        metrics -> metrics.total(Counter.BACKEND_WAIT_NANOS) / NANOS_PER_SECOND)
                .description("How long those waits took together.")
                .baseUnit("seconds")
                .register(registry);
    }

    private double held(UnrestorableState kind) {
        return source.loops().stream().mapToLong(loop -> loop.held(kind)).sum();
    }

    private void tagged(String name, String description, String tag, Map<String, Counter> counters) {
        counters.forEach((value, counter) -> FunctionCounter.builder(name, this, metrics -> metrics.total(counter))
                .description(description)
                .tag(tag, value)
                .register(registry));
    }

    private void node(int id) {
        for (Destination destination : Destination.values()) {
            FunctionCounter.builder("trunkline.statements", this, metrics -> metrics.statements(id, destination))
                    .description("Statements by node, and by where they may run: read, any or primary.")
                    .tag(NODE, Integer.toString(id))
                    .tag("route", destination.name().toLowerCase(Locale.ROOT))
                    .register(registry);
        }
        FunctionCounter.builder("trunkline.errors", this, metrics -> metrics.errors(id))
                .description("Errors that a node answered with.")
                .tag(NODE, Integer.toString(id))
                .register(registry);
        backends(id, "lent", metrics -> metrics.lent(id));
        backends(id, "idle", metrics -> metrics.idle(id));
        backends(id, "opening", metrics -> Math.max(0, metrics.open(id) - metrics.lent(id) - metrics.idle(id)));
        nodeGauge(
                id,
                "trunkline.node.waiting",
                "Sessions that wait for a server connection.",
                metrics -> metrics.source.pool().waiting(id));
        nodeGauge(id, "trunkline.node.up", "1 while the node is in service and answers, else 0.", metrics -> {
            NodeView node = metrics.source.cluster().get().node(id);
            return node.status().isInService() && node.reachable() ? 1 : 0;
        });
        nodeGauge(
                id,
                "trunkline.node.primary",
                "1 for the node that takes writes, else 0.",
                metrics -> metrics.source.cluster().get().primary() == id ? 1 : 0);
        gauge(
                        "trunkline.node.lag",
                        "How far replay is behind the primary; NaN while not known.",
                        metrics -> metrics.lag(id))
                .baseUnit("bytes")
                .tag(NODE, Integer.toString(id))
                .register(registry);
    }

    /** Ends the registry. */
    @Override
    public void close() {
        registry.close();
    }

    private Gauge.Builder<Metrics> gauge(String name, String description, ToDoubleFunction<Metrics> value) {
        return Gauge.builder(name, this, value).description(description);
    }

    private void nodeGauge(int id, String name, String description, ToDoubleFunction<Metrics> value) {
        gauge(name, description, value).tag(NODE, Integer.toString(id)).register(registry);
    }

    private void backends(int id, String state, ToDoubleFunction<Metrics> value) {
        gauge("trunkline.node.backends", "Server connections: lent to a session, idle in the pool, or opening.", value)
                .tag(NODE, Integer.toString(id))
                .tag("state", state)
                .register(registry);
    }

    private void counter(String name, String description, Counter counter) {
        FunctionCounter.builder(name, this, metrics -> metrics.total(counter))
                .description(description)
                .register(registry);
    }

    private double total(Counter counter) {
        return source.loops().stream().mapToLong(loop -> loop.value(counter)).sum();
    }

    private double statements(int node, Destination destination) {
        return source.loops().stream()
                .mapToLong(loop -> loop.statements(node, destination))
                .sum();
    }

    private double errors(int node) {
        return source.loops().stream().mapToLong(loop -> loop.errors(node)).sum();
    }

    private double decisions(Rule rule) {
        return source.loops().stream().mapToLong(loop -> loop.decisions(rule)).sum();
    }

    private int open(int node) {
        return source.pool().open(node);
    }

    private int lent(int node) {
        return source.pool().shards().stream()
                .mapToInt(shard -> shard.lentCount(node))
                .sum();
    }

    private int idle(int node) {
        return source.pool().shards().stream()
                .mapToInt(shard -> shard.idleCount(node))
                .sum();
    }

    private double lag(int id) {
        ClusterView cluster = source.cluster().get();
        if (cluster.primary() == id) {
            return 0;
        }
        return cluster.node(id).lagBytes().isPresent()
                ? cluster.node(id).lagBytes().getAsLong()
                : Double.NaN;
    }

    private double uptimeSeconds() {
        return (Instant.now().toEpochMilli() - source.startedAt().toEpochMilli()) / 1000.0;
    }

    private static double heapUsed() {
        Runtime runtime = Runtime.getRuntime();
        return (double) runtime.totalMemory() - runtime.freeMemory();
    }

    /** Of clients' and servers' connections, and what else there is. */
    private static double directMemory() {
        double others = ByteBufAllocator.DEFAULT instanceof ByteBufAllocatorMetricProvider provider
                ? provider.metric().usedDirectMemory()
                : 0;
        return others + BufferMemory.reserved();
    }
}
