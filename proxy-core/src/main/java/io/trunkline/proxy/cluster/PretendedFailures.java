package io.trunkline.proxy.cluster;

import io.trunkline.failover.ClusterView;
import io.trunkline.failover.HealthOutcome;
import io.trunkline.failover.NodeStatus;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes health checks fail at a test's word (health_check_test): a line {@code 1<TAB>down} of the file {@code
 * backend_down_request} in work_dir says that node 1 is to look dead. Once that has taken it out of service the line reads
 * {@code already_down}, so that the node can be attached again. The coordinator's thread only; files are read elsewhere.
 */
final class PretendedFailures {
    private static final Logger log = LoggerFactory.getLogger(PretendedFailures.class);

    private static final String NAME = "backend_down_request";
    private static final Pattern REQUEST = Pattern.compile("\\s*([0-9]{1,3})\\tdown\\s*");
    private static final long MAX_BYTES = 64 * 1024;

    private final Path file;
    private final Executor blocking;
    private final Executor loop;
    private @Nullable ClusterView before;

    /** @param blocking runs what waits for the file */
    PretendedFailures(Path workDirectory, Executor blocking, Executor loop) {
        this.file = workDirectory.resolve(NAME);
        this.blocking = blocking;
        this.loop = loop;
        log.warn("health_check_test is on: health checks fail as {} says", file);
    }

    /** Answers that the node is dead if that is asked for, and has it checked {@code otherwise}. */
    void check(int node, Consumer<HealthOutcome> answer, Runnable otherwise) {
        onFile(
                () -> {
                    boolean isAsked = lines().stream().anyMatch(line -> asksFor(node, line));
                    loop.execute(
                            isAsked
                                    ? () -> answer.accept(new HealthOutcome(
                                            HealthOutcome.Kind.DEAD, file + " asks for its failure", false))
                                    : otherwise);
                },
                otherwise);
    }

    /** Those that are out of service now may come back. */
    void clusterChanged(ClusterView view) {
        ClusterView last = before;
        before = view;
        // no further: a reload may have added nodes, which were not in service before
        for (int id = 0; last != null && id < last.nodes().size(); id++) {
            int node = id;
            if (view.node(id).status() == NodeStatus.DOWN
                    && last.node(id).status().isInService()) {
                onFile(() -> done(node), () -> log.warn("{} is left as it is: too much is waiting", file));
            }
        }
    }

    private void onFile(Runnable work, Runnable whenFull) {
        try {
            blocking.execute(work);
        } catch (RejectedExecutionException full) {
            whenFull.run();
        }
    }

    private synchronized void done(int node) {
        List<String> lines = lines();
        if (lines.stream().noneMatch(line -> asksFor(node, line))) {
            return;
        }
        try {
            Files.write(
                    file,
                    lines.stream()
                            .map(line -> asksFor(node, line) ? node + "\talready_down" : line)
                            .toList());
        } catch (IOException e) {
            log.warn("{} cannot be written: {}", file, e.toString());
        }
    }

    private static boolean asksFor(int node, String line) {
        Matcher request = REQUEST.matcher(line);
        return request.matches() && Integer.parseInt(request.group(1)) == node;
    }

    private synchronized List<String> lines() {
        try {
            if (Files.size(file) <= MAX_BYTES) {
                return Files.readString(file, StandardCharsets.ISO_8859_1)
                        .lines()
                        .toList();
            }
            log.warn("{} is too long, and is ignored", file);
        } catch (NoSuchFileException e) {
            // nothing is asked for
        } catch (IOException e) {
            log.warn("{} cannot be read, and is ignored: {}", file, e.toString());
        }
        return List.of();
    }
}
