package io.trunkline.pcp.server;

import io.trunkline.pcp.AdminOperations;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Carries out the requests of those who have logged in. Blocks: not for event loops. */
final class PcpCommands {
    private static final Logger log = LoggerFactory.getLogger(PcpCommands.class);

    private final ReportCommands reports;
    private final NodeCommands nodes;
    private final ServerCommands server;
    private final Supplier<PcpSettings> settings;

    PcpCommands(AdminOperations operations, Supplier<PcpSettings> settings) {
        this.reports = new ReportCommands(operations);
        this.nodes = new NodeCommands(operations, settings);
        this.server = new ServerCommands(operations);
        this.settings = settings;
    }

    /** How long the answer may take. */
    Duration limit(PcpRequest request) {
        PcpSettings.Limits limits = settings.get().limits();
        return switch (request.type()) {
            case 'O' -> limits.recovery();
            case 'd' -> limits.request().plus(settings.get().drainLimit().multipliedBy(2));
            default -> limits.request();
        };
    }

    /**
     * Begins to carry it out.
     *
     * @param asker for the log
     * @return the answer; if it fails, with a {@link PcpFailure}
     * @throws PcpFailure if it is refused
     */
    CompletableFuture<PcpReply> begin(PcpRequest request, String asker) throws PcpFailure {
        log.debug("PCP: request {} of {}", request.typeText(), asker);
        return switch (request.type()) {
            case 'L' -> now(reports.nodeCount());
            case 'I' -> now(reports.nodeInfo(request));
            case 'H' -> now(reports.healthChecks(request));
            case 'N' -> reports.processCount();
            case 'P' -> reports.processInfo(request);
            case 'B' -> now(reports.settings());
            case 'W' -> now(reports.watchdogInfo());
            case 'C' -> nodes.attach(request, asker);
            case 'D' -> nodes.detach(request, asker);
            case 'd' -> nodes.detachGracefully(request, asker);
            case 'J', 'j' -> nodes.promote(request, asker);
            case 'O' -> nodes.recover(request, asker);
            case 'T', 't' -> now(server.stop(request, asker));
            case 'Z' -> now(server.reload(asker));
            case 'V' -> now(server.rotateLogs(asker));
            case 'G' -> now(server.invalidateQueryCache(asker));
            case 'A' -> now(server.set(request));
            case 'F' -> now(PcpReply.NONE);
            default ->
                throw PcpFailure.fatal(
                        "PCP processing request", "unknown PCP packet type \"" + request.typeText() + "\"");
        };
    }

    private static CompletableFuture<PcpReply> now(PcpReply reply) {
        return CompletableFuture.completedFuture(reply);
    }
}
