package io.trunkline.proxy.process;

import io.trunkline.pcp.AdminOperations;
import io.trunkline.pcp.ReloadOutcome;
import io.trunkline.pcp.StopMode;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Answers the requests of the control socket: {@code status text}, {@code status json}, {@code reload}, and {@code stop
 * smart}, {@code stop fast} or {@code stop immediate}. A stop is answered when it has begun.
 */
final class ControlRequests {
    private static final Logger log = LoggerFactory.getLogger(ControlRequests.class);

    private final AdminOperations operations;

    ControlRequests(AdminOperations operations) {
        this.operations = operations;
    }

    ControlAnswer answer(String request) {
        try {
            return switch (request) {
                case "status text" -> ControlAnswer.done(StatusReport.text(operations.status()));
                case "status json" -> ControlAnswer.done(StatusReport.json(operations.status()));
                case "reload" -> reload();
                case "stop smart" -> stop(StopMode.SMART);
                case "stop fast" -> stop(StopMode.FAST);
                case "stop immediate" -> stop(StopMode.IMMEDIATE);
                default -> ControlAnswer.failed("this request is not known");
            };
        } catch (RuntimeException e) {
            log.error("internal error in a request of the control socket", e);
            return ControlAnswer.failed("internal error: " + e);
        }
    }

    private ControlAnswer reload() {
        ReloadOutcome outcome = operations.reload();
        String messages = String.join("\n", outcome.messages());
        return outcome.accepted() ? ControlAnswer.done(messages) : ControlAnswer.failed(messages);
    }

    private ControlAnswer stop(StopMode mode) {
        operations.stop(mode);
        return ControlAnswer.done("");
    }
}
