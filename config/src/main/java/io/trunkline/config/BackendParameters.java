package io.trunkline.config;

import static io.trunkline.config.DurationType.milliseconds;
import static io.trunkline.config.FloatType.between;
import static io.trunkline.config.Types.backendFlags;
import static io.trunkline.config.Types.oneOf;
import static io.trunkline.config.Types.portOrNone;
import static io.trunkline.config.Types.text;

import io.trunkline.config.Declaration.Section;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** The PostgreSQL servers behind Trunkline and how they relate to each other. */
public final class BackendParameters {
    private static final Section BACKENDS = new Section(Group.BACKENDS);

    public static final NodeParameter<String> BACKEND_HOSTNAME = BACKENDS.reload(
                    "backend_hostname",
                    text(),
                    "",
                    "Host name or address of the node, or the directory of its Unix socket; empty means the socket in /tmp.")
            .perNode();

    public static final NodeParameter<Integer> BACKEND_PORT = BACKENDS.reload(
                    "backend_port", portOrNone(), "0", "Port of the node; 0 leaves the slot unused.")
            .perNode();

    public static final NodeParameter<Double> BACKEND_WEIGHT = BACKENDS.reload(
                    "backend_weight",
                    between(0, 100_000_000),
                    "0",
                    "Share of the balanced reads, relative to the other nodes. Where no node has a weight, all share alike.")
            .perNode();

    public static final NodeParameter<Set<BackendFlag>> BACKEND_FLAG = BACKENDS.reload(
                    "backend_flag",
                    backendFlags(),
                    "",
                    "Whether failover may detach the node, and whether it is the primary whatever it says of itself.")
            .perNode();

    public static final NodeParameter<String> BACKEND_APPLICATION_NAME = BACKENDS.reload(
                    "backend_application_name",
                    text(),
                    "",
                    "application_name of the standby's WAL receiver, by which it is found in pg_stat_replication.")
            .perNode();

    public static final NodeParameter<String> BACKEND_DATA_DIRECTORY = BACKENDS.reload(
                    "backend_data_directory",
                    text(),
                    "",
                    "Data directory of the node, handed to the failover and recovery commands.")
            .perNode();

    public static final NodeParameter<Duration> CONNECT_TIMEOUT = BACKENDS.reload(
                    "connect_timeout",
                    milliseconds(0, Types.MAX),
                    "10s",
                    "How long opening a connection to a node may take; 0 leaves it to the operating system.")
            .perNodeOrBare();

    private static final Section CLUSTERING = new Section(Group.CLUSTERING);

    public static final Parameter<ClusteringMode> BACKEND_CLUSTERING_MODE = CLUSTERING
            .startup(
                    "backend_clustering_mode",
                    oneOf(ClusteringMode.class, Map.of("slony", ClusteringMode.STREAMING_REPLICATION)),
                    "streaming_replication",
                    "How the nodes relate. This version runs streaming_replication, logical_replication and raw. The older"
                            + " master_slave_mode, master_slave_sub_mode and replication_mode together mean one of these.")
            .formerly("master_slave_mode", "master_slave_sub_mode", "replication_mode")
            .single();

    private BackendParameters() {}

    static List<List<ParameterDefinition<?>>> sections() {
        return List.of(BACKENDS.definitions(), CLUSTERING.definitions());
    }
}
