package io.trunkline.failover.state;

import io.trunkline.failover.ClusterMemory;
import io.trunkline.failover.ClusterView;
import io.trunkline.failover.NodeStatus;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The file {@code pgpool_status} in work_dir, with which nodes that were out of service stay so over a restart, in the
 * format of Pgpool-II, and beside it {@code pgpool_status.trunkline} with what that format can't say. All methods block;
 * no two may run at once.
 */
public final class StatusFile {
    private static final Logger log = LoggerFactory.getLogger(StatusFile.class);

    /** More than either file ever has. */
    private static final int MAX_BYTES = 256 * 1024;

    private final Path directory;
    private final Path file;
    private final Path details;

    /** @param directory work_dir */
    public StatusFile(Path directory) {
        this.directory = directory;
        this.file = directory.resolve("pgpool_status");
        this.details = directory.resolve("pgpool_status.trunkline");
    }

    /** work_dir. */
    public Path directory() {
        return directory;
    }

    /** The path of pgpool_status. */
    public Path path() {
        return file;
    }

    /**
     * What was saved. Never fails: what can't be read is ignored, with a warning that says where.
     *
     * <p>A node that was down is {@code DOWN}. All others are {@code WAITING}, also those that are new; and so are all if
     * none was up, since a cluster without a node would serve nobody.
     *
     * @param nodes how many there are now
     */
    public ClusterMemory read(int nodes) {
        List<Optional<NodeStatus>> lines = readLines();
        StateLines.Read known = readDetails();
        List<ClusterMemory.Former> result = new ArrayList<>();
        boolean somebodyUp = lines.stream().limit(nodes).anyMatch(line -> line.equals(Optional.of(NodeStatus.UP)));
        if (!lines.isEmpty() && !somebodyUp) {
            log.warn("{} has no node that is up, and is ignored: all are tried", file);
        }
        for (int id = 0; id < nodes; id++) {
            Optional<NodeStatus> line = id < lines.size() ? lines.get(id) : Optional.empty();
            result.add(somebodyUp ? node(id, line, known) : ClusterMemory.Former.UNKNOWN);
        }
        int primary = known.primary() < nodes ? known.primary() : ClusterView.NO_PRIMARY;
        return new ClusterMemory(
                known.epoch(), primary, known.timeline(), known.systemIdentifier(), result, known.promises());
    }

    private static ClusterMemory.Former node(int id, Optional<NodeStatus> line, StateLines.Read known) {
        if (line.isEmpty()) {
            return ClusterMemory.Former.UNKNOWN;
        }
        boolean isDown = line.get() == NodeStatus.DOWN;
        log.info("reading status file: {} th backend is set to {} status", id, isDown ? "down" : "up");
        NodeStatus status = isDown ? NodeStatus.DOWN : NodeStatus.WAITING;
        ClusterMemory.Former details = known.nodes().get(id);
        if (details == null
                || details.status() != NodeStatus.DOWN && isDown
                || !details.status().isInService() && !isDown) {
            return new ClusterMemory.Former(status, Optional.empty(), false);
        }
        return new ClusterMemory.Former(status, details.since(), isDown && details.detachedByAdministrator());
    }

    private List<Optional<NodeStatus>> readLines() {
        Optional<byte[]> content = content(file);
        if (content.isEmpty()) {
            if (!Files.exists(file)) {
                log.info("Backend status file {} does not exist", file);
            }
            return List.of();
        }
        return NodeLines.parse(file, content.get());
    }

    private StateLines.Read readDetails() {
        return StateLines.parse(
                details,
                content(details)
                        .map(bytes -> new String(bytes, StandardCharsets.UTF_8))
                        .orElse(""));
    }

    private static Optional<byte[]> content(Path path) {
        try {
            if (Files.size(path) > MAX_BYTES) {
                log.warn("{} is too long for what it should be, and is ignored", path);
                return Optional.empty();
            }
            return Optional.of(Files.readAllBytes(path));
        } catch (NoSuchFileException e) {
            return Optional.empty();
        } catch (IOException e) {
            log.warn("{} can't be read, and is ignored: {}", path, e.toString());
        }
        return Optional.empty();
    }

    /**
     * Writes both files, each as a whole and to the disk before this returns. Where no node would be up nothing is written,
     * with a warning: the files go on saying who was up last.
     *
     * @return whether they were written
     * @throws IOException if they can't be; each is what it was, or already new
     */
    public boolean write(ClusterMemory state) throws IOException {
        if (state.nodes().stream()
                .noneMatch(node -> node.status() != NodeStatus.UNUSED && node.status() != NodeStatus.DOWN)) {
            log.warn("all nodes are down: {} is left as it is", file);
            return false;
        }
        DurableFile.write(file, NodeLines.format(state.nodes()));
        DurableFile.write(details, StateLines.format(state));
        return true;
    }

    /** Removes both files, as {@code -D} at the start asks for. */
    public void discard() throws IOException {
        if (Files.deleteIfExists(file)) {
            log.info("Backend status file {} discarded", file);
        }
        Files.deleteIfExists(details);
    }
}
