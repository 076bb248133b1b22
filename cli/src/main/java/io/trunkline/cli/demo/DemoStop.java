package io.trunkline.cli.demo;

import io.trunkline.localcluster.OsProcess;
import java.io.IOException;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** {@code trunkline demo --stop}: ends demos that run detached, in another terminal, or whose {@code trunkline demo} died. */
final class DemoStop {

    private static final Duration SUPERVISOR_LIMIT = Duration.ofSeconds(60);

    private final DemoPlace place;
    private final PrintWriter out;

    DemoStop(DemoPlace place, PrintWriter out) {
        this.place = place;
        this.out = out;
    }

    /** Ends the demo on a port, or all of this user. */
    void run(Optional<Integer> port) throws IOException {
        List<DemoState> demos = place.all().stream()
                .filter(demo -> port.map(wanted -> wanted == demo.port()).orElse(true))
                .toList();
        if (demos.isEmpty()) {
            out.println(
                    port.map(wanted -> "No demo is running on port " + wanted).orElse("No demo is running"));
        }
        for (DemoState demo : demos) {
            stop(demo);
            out.println("Stopped the demo on port " + demo.port() + (demo.kept() ? ", kept " : ", removed ")
                    + demo.directory());
        }
        out.flush();
    }

    private void stop(DemoState demo) throws IOException {
        Optional<OsProcess> supervisor =
                demo.supervisor().filter(ProcessMark::isAlive).map(ProcessMark::process);
        if (supervisor.isPresent()) {
            supervisor.get().signal("TERM");
            supervisor.get().awaitEnd(SUPERVISOR_LIMIT);
        }
        // It may have started Trunkline, or ended everything, since its state was read.
        Optional<DemoState> left = place.find(demo.port());
        if (left.isPresent()) {
            DemoEnding.end(place, left.get());
        }
    }
}
