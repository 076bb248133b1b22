package io.trunkline.proxy;

import io.trunkline.config.BackendParameters;
import io.trunkline.config.ConnectionParameters;
import io.trunkline.config.FailoverParameters;
import io.trunkline.config.LoggingParameters;
import io.trunkline.config.NodeSettings;
import io.trunkline.config.PgpoolConfig;
import io.trunkline.config.PoolParameters;
import io.trunkline.config.ReplicationParameters;
import io.trunkline.config.RuntimeParameters;
import io.trunkline.failover.ClusterMonitor;
import io.trunkline.failover.NodeView;
import io.trunkline.pool.NodeAddress;
import io.trunkline.pool.PoolSettings;
import io.trunkline.proxy.session.AdmissionLimits;
import io.trunkline.proxy.session.LossPolicy;
import io.trunkline.proxy.session.SessionLimits;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** A configuration as the parts of the proxy want it. Derives, and holds nothing that the configuration does not. */
record RunningConfig(PgpoolConfig config) {
    SessionLimits sessionLimits() {
        return new SessionLimits(
                Math.toIntExact(config.get(RuntimeParameters.QUERY_INSPECTION_LIMIT)),
                config.get(ConnectionParameters.AUTHENTICATION_TIMEOUT).toMillis(),
                config.get(PoolParameters.CLIENT_IDLE_LIMIT).toMillis(),
                config.get(PoolParameters.CLIENT_WAIT_TIMEOUT).toMillis(),
                admissionLimits(),
                LossPolicy.DEFAULT,
                config.get(LoggingParameters.LOG_CONNECTIONS),
                config.get(LoggingParameters.LOG_DISCONNECTIONS),
                config.get(LoggingParameters.LOG_STATEMENT),
                config.get(LoggingParameters.LOG_PER_NODE_STATEMENT),
                config.get(LoggingParameters.NOTICE_PER_NODE_STATEMENT),
                config.get(PoolParameters.REUSE_UNNAMED_STATEMENTS));
    }

    private AdmissionLimits admissionLimits() {
        return new AdmissionLimits(
                config.get(ConnectionParameters.MAX_HALF_OPEN_CONNECTIONS),
                config.get(ConnectionParameters.MAX_HALF_OPEN_CONNECTIONS_PER_ADDRESS),
                config.get(PoolParameters.MAX_USER_SESSIONS),
                config.get(PoolParameters.MAX_DB_SESSIONS));
    }

    PoolSettings poolSettings() {
        long perNode = (long) numInitChildren() * Math.max(1, config.get(PoolParameters.MAX_POOL));
        return new PoolSettings(
                config.get(PoolParameters.CONNECTION_CACHE),
                (int) Math.min(perNode, Integer.MAX_VALUE),
                config.get(PoolParameters.BACKEND_POOL_SIZE),
                shorter(
                        config.get(PoolParameters.CONNECTION_LIFE_TIME).toMillis(),
                        config.get(PoolParameters.CHILD_LIFE_TIME).toMillis()),
                config.get(PoolParameters.CHILD_MAX_CONNECTIONS),
                config.get(PoolParameters.CLIENT_WAIT_TIMEOUT).toMillis(),
                config.get(PoolParameters.RESET_QUERY_LIST));
    }

    private static long shorter(long one, long other) {
        return one == 0 ? other : other == 0 ? one : Math.min(one, other);
    }

    int numInitChildren() {
        return config.get(PoolParameters.NUM_INIT_CHILDREN);
    }

    int reservedConnections() {
        return config.get(PoolParameters.RESERVED_CONNECTIONS);
    }

    boolean hasStandbys() {
        return config.get(BackendParameters.BACKEND_CLUSTERING_MODE).hasStandbys();
    }

    /** User for questions to the nodes; empty if none is configured. */
    String checkUser() {
        String user = config.get(ReplicationParameters.SR_CHECK_USER);
        return user.isEmpty() ? config.getBare(FailoverParameters.HEALTH_CHECK_USER) : user;
    }

    String checkPassword() {
        String user = config.get(ReplicationParameters.SR_CHECK_USER);
        return user.isEmpty()
                ? config.getBare(FailoverParameters.HEALTH_CHECK_PASSWORD)
                : config.get(ReplicationParameters.SR_CHECK_PASSWORD);
    }

    String checkDatabase() {
        String database = config.get(ReplicationParameters.SR_CHECK_DATABASE);
        return database.isEmpty() ? "postgres" : database;
    }

    long checkPeriodMillis() {
        return config.get(ReplicationParameters.SR_CHECK_PERIOD).toMillis();
    }

    /** All slots, from 0 to the highest that is used; gaps are unused nodes. */
    List<NodeView> nodes(Clock clock) {
        Map<Integer, NodeSettings> used = new HashMap<>();
        int last = -1;
        for (NodeSettings node : config.nodes()) {
            used.put(node.id(), node);
            last = Math.max(last, node.id());
        }
        List<NodeView> views = new ArrayList<>();
        for (int id = 0; id <= last; id++) {
            NodeSettings node = used.get(id);
            views.add(ClusterMonitor.initialNode(
                    node == null ? new NodeAddress(id, "", 0, 0) : address(node),
                    node == null ? 0 : node.weight(),
                    node != null,
                    clock.instant()));
        }
        return views;
    }

    Map<Integer, Double> weights() {
        Map<Integer, Double> weights = new HashMap<>();
        config.nodes().forEach(node -> weights.put(node.id(), node.weight()));
        return weights;
    }

    private NodeAddress address(NodeSettings node) {
        Duration timeout = config.get(BackendParameters.CONNECT_TIMEOUT, node.id());
        return new NodeAddress(
                node.id(), node.hostname(), node.port(), (int) Math.min(timeout.toMillis(), Integer.MAX_VALUE));
    }
}
