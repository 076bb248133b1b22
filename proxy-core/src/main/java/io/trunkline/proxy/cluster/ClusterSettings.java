package io.trunkline.proxy.cluster;

import io.netty.channel.EventLoop;
import io.trunkline.config.AdministrationParameters;
import io.trunkline.config.BackendFlag;
import io.trunkline.config.BackendParameters;
import io.trunkline.config.ClusteringMode;
import io.trunkline.config.CompatVersion;
import io.trunkline.config.ContinuityParameters;
import io.trunkline.config.ContinuityParameters.FailoverCandidate;
import io.trunkline.config.FailoverParameters;
import io.trunkline.config.NodeSettings;
import io.trunkline.config.PgpoolConfig;
import io.trunkline.config.ReplicationParameters;
import io.trunkline.failover.CheckSettings;
import io.trunkline.failover.CoordinatorSettings;
import io.trunkline.failover.DelayLog;
import io.trunkline.failover.HealthSettings;
import io.trunkline.failover.probe.NodeProbes;
import io.trunkline.failover.recovery.RecoverySettings;
import io.trunkline.failover.recovery.RecoveryTarget;
import io.trunkline.pool.BackendLogin;
import io.trunkline.pool.NodeAddress;
import io.trunkline.proxy.auth.StoredCredentials;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.concurrent.Executor;
import java.util.function.Supplier;

/** A configuration as the coordinator and what works for it want it. */
final class ClusterSettings {
    /** How long a node may take to say what its role is. */
    private static final long ROLE_TIMEOUT_MILLIS = 10_000;

    private final PgpoolConfig config;
    private final Supplier<StoredCredentials> credentials;
    private final Executor blocking;
    private final EventLoop loop;

    ClusterSettings(PgpoolConfig config, Supplier<StoredCredentials> credentials, Executor blocking, EventLoop loop) {
        this.config = config;
        this.credentials = credentials;
        this.blocking = blocking;
        this.loop = loop;
    }

    /** Addresses by id, from 0 to the highest that is used; gaps have an empty one. */
    List<NodeAddress> addresses() {
        TreeMap<Integer, NodeSettings> used = new TreeMap<>();
        config.nodes().forEach(node -> used.put(node.id(), node));
        List<NodeAddress> addresses = new ArrayList<>();
        for (int id = 0; !used.isEmpty() && id <= used.lastKey(); id++) {
            NodeSettings node = used.get(id);
            addresses.add(node == null ? new NodeAddress(id, "", 0, 0) : address(node));
        }
        return addresses;
    }

    private NodeAddress address(NodeSettings node) {
        Duration timeout = config.get(BackendParameters.CONNECT_TIMEOUT, node.id());
        return new NodeAddress(
                node.id(), node.hostname(), node.port(), (int) Math.min(timeout.toMillis(), Integer.MAX_VALUE));
    }

    CoordinatorSettings coordinator() {
        ClusteringMode mode = config.get(BackendParameters.BACKEND_CLUSTERING_MODE);
        boolean hasStandbys = mode.hasStandbys();
        return new CoordinatorSettings(
                config.nodes().stream().map(this::slot).toList(),
                hasStandbys,
                hasStandbys && !checkUser().isEmpty() && config.nodes().size() > 1,
                mode == ClusteringMode.STREAMING_REPLICATION,
                config.get(ReplicationParameters.SR_CHECK_PERIOD),
                config.get(FailoverParameters.FAILOVER_ON_BACKEND_ERROR),
                config.get(FailoverParameters.FAILOVER_ON_BACKEND_SHUTDOWN),
                config.get(FailoverParameters.SEARCH_PRIMARY_NODE_TIMEOUT),
                config.get(ContinuityParameters.FAILOVER_CANDIDATE) == FailoverCandidate.MOST_ADVANCED,
                config.get(ContinuityParameters.PROMOTION_NEEDS_SYNCHRONOUS_STANDBYS),
                config.get(FailoverParameters.DETACH_FALSE_PRIMARY),
                config.get(FailoverParameters.AUTO_FAILBACK),
                config.get(FailoverParameters.AUTO_FAILBACK_INTERVAL),
                !config.get(AdministrationParameters.PGPOOL_COMPAT_VERSION).isAtLeast(CompatVersion.V4_7),
                config.get(FailoverParameters.FAILOVER_COMMAND),
                config.get(FailoverParameters.FAILBACK_COMMAND),
                config.get(FailoverParameters.FOLLOW_PRIMARY_COMMAND),
                config.get(ContinuityParameters.FAILOVER_COMMAND_TIMEOUT),
                config.get(ContinuityParameters.FOLLOW_PRIMARY_COMMAND_TIMEOUT),
                config.get(ContinuityParameters.FOLLOW_PRIMARY_DETACH_ALL),
                config.get(ContinuityParameters.STANDBY_GRACE_AFTER_PROMOTION),
                config.get(FailoverParameters.HEALTH_CHECK_NOT_READY_GRACE),
                config.get(ContinuityParameters.SWITCHOVER_DRAIN_TIMEOUT),
                config.get(ContinuityParameters.SWITCHOVER_END_STRAGGLERS),
                delayLog());
    }

    private DelayLog delayLog() {
        DelayLog.When when = switch (config.get(ReplicationParameters.LOG_STANDBY_DELAY)) {
            case ALWAYS -> DelayLog.When.ALWAYS;
            case IF_OVER_THRESHOLD -> DelayLog.When.IF_OVER_THRESHOLD;
            case NONE -> DelayLog.When.NONE;
        };
        return new DelayLog(
                when,
                config.get(ReplicationParameters.DELAY_THRESHOLD),
                config.get(ReplicationParameters.DELAY_THRESHOLD_BY_TIME));
    }

    private CoordinatorSettings.Slot slot(NodeSettings node) {
        return new CoordinatorSettings.Slot(
                node.id(),
                node.weight(),
                !node.flags().contains(BackendFlag.DISALLOW_TO_FAILOVER),
                node.flags().contains(BackendFlag.ALWAYS_PRIMARY),
                node.applicationName(),
                node.dataDirectory(),
                config.get(FailoverParameters.HEALTH_CHECK_PERIOD, node.id()),
                config.get(FailoverParameters.HEALTH_CHECK_MAX_RETRIES, node.id()),
                config.get(FailoverParameters.HEALTH_CHECK_RETRY_DELAY, node.id()));
    }

    List<NodeProbes.Target> targets() {
        return addresses().stream()
                .map(address -> new NodeProbes.Target(address, health(address.node())))
                .toList();
    }

    private HealthSettings health(int node) {
        String user = config.get(FailoverParameters.HEALTH_CHECK_USER, node);
        String password = config.get(FailoverParameters.HEALTH_CHECK_PASSWORD, node);
        return new HealthSettings(
                config.get(FailoverParameters.HEALTH_CHECK_TIMEOUT, node).toMillis(),
                user,
                config.get(FailoverParameters.HEALTH_CHECK_DATABASE, node),
                config.get(FailoverParameters.HEALTH_CHECK_QUERY, node),
                () -> login(user, password));
    }

    CheckSettings check() {
        String user = checkUser();
        String password = checkPassword();
        String database = config.get(ReplicationParameters.SR_CHECK_DATABASE);
        return new CheckSettings(
                user, database.isEmpty() ? "postgres" : database, () -> login(user, password), ROLE_TIMEOUT_MILLIS);
    }

    /** User for questions to the nodes; empty if none is configured. */
    private String checkUser() {
        String user = config.get(ReplicationParameters.SR_CHECK_USER);
        return user.isEmpty() ? config.getBare(FailoverParameters.HEALTH_CHECK_USER) : user;
    }

    private String checkPassword() {
        return config.get(ReplicationParameters.SR_CHECK_USER).isEmpty()
                ? config.getBare(FailoverParameters.HEALTH_CHECK_PASSWORD)
                : config.get(ReplicationParameters.SR_CHECK_PASSWORD);
    }

    RecoveryTarget recoveryTarget(int id) {
        NodeSettings node = config.nodes().stream()
                .filter(used -> used.id() == id)
                .findFirst()
                .orElseThrow();
        return new RecoveryTarget(address(node), node.dataDirectory(), node.applicationName());
    }

    RecoverySettings recovery() {
        String user = config.get(FailoverParameters.RECOVERY_USER);
        String password = config.get(FailoverParameters.RECOVERY_PASSWORD);
        return new RecoverySettings(
                config.get(FailoverParameters.RECOVERY_MODE),
                user,
                config.get(FailoverParameters.RECOVERY_DATABASE),
                () -> login(user, password),
                () -> StoredCredentials.password(user, password, credentials.get()),
                config.get(FailoverParameters.RECOVERY_1ST_STAGE_COMMAND),
                config.get(FailoverParameters.RECOVERY_2ND_STAGE_COMMAND),
                config.get(FailoverParameters.RECOVERY_TIMEOUT),
                config.get(FailoverParameters.RECOVERY_BIN_DIRECTORY));
    }

    private BackendLogin login(String user, String password) {
        return StoredCredentials.login(user, password, credentials.get(), blocking, loop)
                .orElse(BackendLogin.TRUST);
    }
}
