package io.trunkline.proxy.process;

import io.trunkline.pcp.AdminOperations;
import io.trunkline.pcp.NodeAction;
import io.trunkline.pcp.ReloadOutcome;
import io.trunkline.pcp.StopMode;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Answers the requests of the control socket:
 *
 * <pre>
 *   status text | status json
 *   reload
 *   restart HOME                                 with the programs in this directory; answered when it is done
 *   stop smart | stop fast | stop immediate      answered when it has begun
 *   node attach N | node detach N | node detach-gracefully N | node promote N | node switchover N | node recover N
 *                                                answered when it is done
 * </pre>
 */
final class ControlRequests {
    private static final Logger log = LoggerFactory.getLogger(ControlRequests.class);

    private static final long LOOPS_LIMIT_MILLIS = 1_000;

    private static final Pattern NODE = Pattern.compile("node ([a-z-]+) ([0-9]{1,9})");

    private static final Map<String, NodeAction> ACTIONS = Map.of(
            "attach", NodeAction.ATTACH,
            "detach", NodeAction.DETACH,
            "detach-gracefully", NodeAction.DETACH_GRACEFULLY,
            "promote", NodeAction.PROMOTE,
            "switchover", NodeAction.SWITCHOVER,
            "recover", NodeAction.RECOVER);

    private static final String RESTART = "restart ";

    private final AdminOperations operations;
    private final RestartRequest restart;

    ControlRequests(AdminOperations operations, RestartRequest restart) {
        this.operations = operations;
        this.restart = restart;
    }

    CompletableFuture<ControlAnswer> answer(String request) {
        try {
            Matcher node = NODE.matcher(request);
            if (node.matches()) {
                return node(node.group(1), Integer.parseInt(node.group(2)));
            }
            if (request.startsWith(RESTART)) {
                return restart.restart(Path.of(request.substring(RESTART.length())));
            }
            return switch (request) {
                case "status text" -> status(StatusReport::text);
                case "status json" -> status(StatusReport::json);
                default -> CompletableFuture.completedFuture(answerAtOnce(request));
            };
        } catch (RuntimeException e) {
            log.error("internal error in a request of the control socket", e);
            return CompletableFuture.completedFuture(ControlAnswer.failed("internal error: " + e));
        }
    }

    private ControlAnswer answerAtOnce(String request) {
        return switch (request) {
            case "reload" -> reload();
            case "stop smart" -> stop(StopMode.SMART);
            case "stop fast" -> stop(StopMode.FAST);
            case "stop immediate" -> stop(StopMode.IMMEDIATE);
            default -> unknown();
        };
    }

    /** An event loop that is busy must not keep the rest from being told. */
    private CompletableFuture<ControlAnswer> status(Function<StatusDetails, String> report) {
        return operations
                .processes()
                .thenApply(Optional::of)
                .completeOnTimeout(Optional.empty(), LOOPS_LIMIT_MILLIS, TimeUnit.MILLISECONDS)
                .exceptionally(failure -> {
                    log.error("the connections of the nodes cannot be told", failure);
                    return Optional.empty();
                })
                .thenApply(processes -> ControlAnswer.done(
                        report.apply(new StatusDetails(operations.status(), processes, operations.events()))));
    }

    private CompletableFuture<ControlAnswer> node(String word, int node) {
        NodeAction action = ACTIONS.get(word);
        return action == null
                ? CompletableFuture.completedFuture(unknown())
                : operations
                        .node(action, node)
                        .done()
                        .thenApply(outcome -> new ControlAnswer(outcome.done(), outcome.text()));
    }

    private static ControlAnswer unknown() {
        return ControlAnswer.failed("this request is not known");
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
