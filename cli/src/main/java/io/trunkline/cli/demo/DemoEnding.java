package io.trunkline.cli.demo;

import io.trunkline.localcluster.FileTree;
import io.trunkline.localcluster.LocalCluster;
import io.trunkline.localcluster.OsProcess;
import io.trunkline.localcluster.StopMode;
import java.io.IOException;
import java.time.Duration;

/** Ends all that a demo has started, whoever does it and however far the demo had come. */
final class DemoEnding {

    private static final Duration FAST_LIMIT = Duration.ofSeconds(10);
    private static final Duration TERMINATE_LIMIT = Duration.ofSeconds(5);
    private static final Duration KILL_LIMIT = Duration.ofSeconds(10);

    private DemoEnding() {}

    /** Ends the processes and removes the files, those of a kept demo excepted. */
    static void end(DemoPlace place, DemoState state) throws IOException {
        endProcesses(state);
        if (!state.kept()) {
            FileTree.delete(state.directory());
        }
        place.forget(state.port());
    }

    /** Ends the processes and removes the cluster, but leaves the log and the configuration to be looked at. */
    static void endButKeepLog(DemoState state) throws IOException {
        endProcesses(state);
        if (!state.kept()) {
            FileTree.delete(state.cluster());
        }
    }

    private static void endProcesses(DemoState state) {
        state.successor().map(ProcessMark::process).ifPresent(DemoEnding::endTrunkline);
        state.trunkline().filter(ProcessMark::isAlive).map(ProcessMark::process).ifPresent(DemoEnding::endTrunkline);
        LocalCluster.endServersIn(state.cluster(), state.kept() ? StopMode.FAST : StopMode.IMMEDIATE);
    }

    private static void endTrunkline(OsProcess trunkline) {
        // SIGINT is the fast way, which does not wait for clients to leave.
        trunkline.signal("INT");
        if (trunkline.awaitEnd(FAST_LIMIT)) {
            return;
        }
        trunkline.signal("TERM");
        if (trunkline.awaitEnd(TERMINATE_LIMIT)) {
            return;
        }
        trunkline.signal("KILL");
        trunkline.awaitEnd(KILL_LIMIT);
    }
}
