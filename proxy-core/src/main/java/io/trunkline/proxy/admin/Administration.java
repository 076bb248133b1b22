package io.trunkline.proxy.admin;

import io.trunkline.config.AdministrationParameters;
import io.trunkline.config.CompatVersion;
import io.trunkline.config.PgpoolConfig;
import io.trunkline.failover.ClusterEvents;
import io.trunkline.failover.HealthTally;
import io.trunkline.pcp.EventFacts;
import io.trunkline.pcp.HealthCheckFacts;
import io.trunkline.pcp.NodeFacts;
import java.util.List;
import java.util.function.IntFunction;
import java.util.function.Supplier;

/** What administrators see of a running server. Safe for any thread, and never blocks. */
public final class Administration {
    private final Supplier<PgpoolConfig> config;
    private final CompatVersion version;
    private final NodeSource nodes;
    private final ProcessSource processes;
    private final IntFunction<HealthTally.Counts> health;
    private final Supplier<List<ClusterEvents.Event>> events;

    /**
     * @param config the one in force
     * @param health what was counted of the checks of a node
     * @param events what has become of the cluster, the oldest first
     */
    public Administration(
            Supplier<PgpoolConfig> config,
            NodeSource nodes,
            ProcessSource processes,
            IntFunction<HealthTally.Counts> health,
            Supplier<List<ClusterEvents.Event>> events) {
        this.config = config;
        this.version = config.get().get(AdministrationParameters.PGPOOL_COMPAT_VERSION);
        this.nodes = nodes;
        this.processes = processes;
        this.health = health;
        this.events = events;
    }

    /** Whose layouts hold. */
    public CompatVersion version() {
        return version;
    }

    public NodeSource nodes() {
        return nodes;
    }

    public ProcessSource processes() {
        return processes;
    }

    public List<HealthCheckFacts> healthChecks() {
        return nodes.nodes().stream()
                .map(node -> facts(node, health.apply(node.id())))
                .toList();
    }

    private static HealthCheckFacts facts(NodeFacts node, HealthTally.Counts counts) {
        return new HealthCheckFacts(
                node,
                counts.checks(),
                counts.succeeded(),
                counts.failed(),
                counts.skipped(),
                counts.retries(),
                counts.mostRetries(),
                counts.longest(),
                counts.shortest(),
                counts.time(),
                counts.last(),
                counts.lastSuccess(),
                counts.lastSkip(),
                counts.lastFailure());
    }

    /** What has become of the cluster lately, the oldest first. */
    public List<EventFacts> events() {
        return events.get().stream()
                .map(event -> new EventFacts(event.at(), event.node(), event.what(), event.reason()))
                .toList();
    }

    /** Whether a user may see what sessions of others do: admin_users and stats_users. */
    public boolean seesAllSessions(String user) {
        PgpoolConfig now = config.get();
        return now.get(AdministrationParameters.ADMIN_USERS).contains(user)
                || now.get(AdministrationParameters.STATS_USERS).contains(user);
    }

    /** Whether a user may set what is logged of their own sessions: as in Pgpool-II, everybody as long as no admin is named. */
    public boolean mayChangeLog(String user) {
        List<String> admins = config.get().get(AdministrationParameters.ADMIN_USERS);
        return admins.isEmpty() || admins.contains(user);
    }

    /** Whether a user sees the processes of others: as in Pgpool-II, everybody does as long as nobody is named. */
    public boolean seesAllProcesses(String user) {
        PgpoolConfig now = config.get();
        boolean isOpen = now.get(AdministrationParameters.ADMIN_USERS).isEmpty()
                && now.get(AdministrationParameters.STATS_USERS).isEmpty();
        return isOpen || seesAllSessions(user);
    }
}
