package io.trunkline.pcp.server;

import io.trunkline.config.BackendFlag;
import io.trunkline.config.BackendParameters;
import io.trunkline.config.ClusteringMode;
import io.trunkline.config.FailoverParameters;
import io.trunkline.config.LoggingParameters;
import io.trunkline.config.NodeSettings;
import io.trunkline.config.PgpoolConfig;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * What the PCP server goes by; asked for anew with every connection and request.
 *
 * @param pcpConf the administrators, read at each login
 * @param logsConnections whether their beginning and end is logged
 * @param neverFailedOver nodes with DISALLOW_TO_FAILOVER
 * @param drainLimit how long who detaches a node gracefully waits until nothing is open on it (recovery_timeout)
 * @param limits how long other things may take
 */
public record PcpSettings(
        Path pcpConf,
        boolean logsConnections,
        ClusteringMode mode,
        Set<Integer> neverFailedOver,
        Duration drainLimit,
        Limits limits) {
    /**
     * How long things may take. Nothing in PCP lasts for ever.
     *
     * @param login from the connection to the password
     * @param request until there is an answer, or else an error that says so
     * @param promotion after which is answered that it has begun
     * @param recovery of a node, whose data are copied
     * @param sending until the client has taken an answer; it is cut off then
     */
    public record Limits(Duration login, Duration request, Duration promotion, Duration recovery, Duration sending) {
        public static final Limits USUAL = new Limits(
                Duration.ofSeconds(60),
                Duration.ofSeconds(60),
                Duration.ofSeconds(30),
                Duration.ofHours(24),
                Duration.ofSeconds(60));
    }

    public PcpSettings {
        neverFailedOver = Set.copyOf(neverFailedOver);
    }

    public static PcpSettings of(PgpoolConfig config, Path pcpConf) {
        return new PcpSettings(
                pcpConf,
                config.get(LoggingParameters.LOG_PCP_PROCESSES),
                config.get(BackendParameters.BACKEND_CLUSTERING_MODE),
                config.nodes().stream()
                        .filter(node -> node.flags().contains(BackendFlag.DISALLOW_TO_FAILOVER))
                        .map(NodeSettings::id)
                        .collect(Collectors.toSet()),
                config.get(FailoverParameters.RECOVERY_TIMEOUT),
                Limits.USUAL);
    }
}
