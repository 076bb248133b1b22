package io.trunkline.pcp.server;

import io.trunkline.pcp.AdminOperations;
import io.trunkline.pcp.AdminOutcome;
import io.trunkline.pcp.ReloadOutcome;
import io.trunkline.pcp.StopMode;
import java.util.Locale;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The requests about the server as a whole. Without a watchdog the whole cluster is this server alone. */
final class ServerCommands {
    private static final Logger log = LoggerFactory.getLogger(ServerCommands.class);

    private static final String CLIENT_MIN_MESSAGES = "client_min_messages";
    private static final Set<String> LEVELS = Set.of(
            "debug5", "debug4", "debug3", "debug2", "debug1", "log", "commerror", "info", "notice", "warning", "error");

    private final AdminOperations operations;

    ServerCommands(AdminOperations operations) {
        this.operations = operations;
    }

    /** The answer is sent first. */
    PcpReply stop(PcpRequest request, String asker) throws PcpFailure {
        if (request.type() == 'T') {
            Interim.refuseIfFailoverRuns(operations.status());
        }
        StopMode mode = switch (request.flag()) {
            case 's' -> StopMode.SMART;
            case 'f' -> StopMode.FAST;
            case 'i' -> StopMode.IMMEDIATE;
            default ->
                throw PcpFailure.error(
                        "PCP: error while processing shutdown request",
                        "invalid shutdown mode \"" + request.flag() + "\"");
        };
        log.info("PCP: {} stops the server, mode {}", asker, mode);
        return PcpReply.complete('t').andThen(() -> operations.stop(mode));
    }

    PcpReply reload(String asker) throws PcpFailure {
        log.info("PCP: {} reloads the configuration", asker);
        ReloadOutcome outcome = operations.reload();
        if (!outcome.accepted()) {
            throw PcpFailure.error("process reload config request failed", String.join("; ", outcome.messages()));
        }
        return PcpReply.complete('z');
    }

    PcpReply rotateLogs(String asker) throws PcpFailure {
        log.info("PCP: {} begins a new log file", asker);
        AdminOutcome outcome = operations.rotateLogs();
        if (!outcome.done()) {
            throw PcpFailure.error("process log rotation request failed", outcome.text());
        }
        return PcpReply.complete('v');
    }

    PcpReply invalidateQueryCache(String asker) throws PcpFailure {
        log.info("PCP: {} empties the query cache", asker);
        AdminOutcome outcome = operations.invalidateQueryCache();
        if (!outcome.done()) {
            throw PcpFailure.error(outcome.text(), "");
        }
        return PcpReply.complete('g');
    }

    /** A connection of PCP has one setting, which messages it gets; and it gets none but errors. */
    PcpReply set(PcpRequest request) throws PcpFailure {
        String name = request.text(0);
        String value = request.secondText()
                .orElseThrow(() -> PcpFailure.error(
                        "PCP: set configuration parameter failed", "invalid pcp packet received from client"));
        if (!name.equalsIgnoreCase(CLIENT_MIN_MESSAGES)) {
            throw PcpFailure.error("PCP: set configuration parameter failed", "invalid parameter \"" + name + "\"");
        }
        if (!LEVELS.contains(value.toLowerCase(Locale.ROOT))) {
            throw PcpFailure.error(
                    "PCP: set configuration parameter failed",
                    "invalid value \"" + value + "\" for parameter \"" + name + "\"");
        }
        log.info("set configuration parameter, \"{} TO {}\"", name, value);
        return PcpReply.complete('a');
    }
}
