package io.trunkline.localcluster;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;

/** Which of several nodes that could write is the one that was promoted last. */
final class Timelines {

    private static final int HEXADECIMAL = 16;

    private Timelines() {}

    static LocalNode primaryAmong(List<LocalNode> nodes) {
        return nodes.stream()
                .filter(node -> !node.isStandby())
                .max(Comparator.<LocalNode>comparingLong(node -> latest(node.dataDirectory()))
                        // The lower number among equals, as a comparison of nodes finds the last.
                        .thenComparing(Comparator.comparingInt(LocalNode::id).reversed()))
                .orElseThrow(() -> new LocalClusterException("no node is a primary"));
    }

    /** The timeline of a data directory: each promotion leaves a history file with its number. */
    private static long latest(Path dataDirectory) {
        long latest = 1;
        try (DirectoryStream<Path> histories =
                Files.newDirectoryStream(dataDirectory.resolve("pg_wal"), "????????.history")) {
            for (Path history : histories) {
                latest = Math.max(
                        latest, Long.parseLong(history.getFileName().toString().substring(0, 8), HEXADECIMAL));
            }
        } catch (IOException | NumberFormatException unreadable) {
            return latest;
        }
        return latest;
    }
}
