package io.trunkline.pcp.server;

import io.trunkline.pcp.ServerStatus;

/** What has to wait until a failover is over, as in Pgpool-II: to stop the server, and to recover a node. */
final class Interim {
    private static final String REFUSED = "failed to process PCP request at the moment";

    private Interim() {}

    static void refuseIfFailoverRuns(ServerStatus status) throws PcpFailure {
        switch (status.writes()) {
            case "awaited" -> throw PcpFailure.error(REFUSED, "failover is in progress");
            case "held" -> throw PcpFailure.error(REFUSED, "promote node operation is in progress");
            default -> {
                // nothing is in the way
            }
        }
    }
}
