package io.trunkline.failover.state;

import io.trunkline.failover.ClusterMemory;
import io.trunkline.failover.NodeStatus;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The format of pgpool_status: a line for each node, {@code up}, {@code down} or {@code unused}. Old versions of
 * Pgpool-II wrote 128 integers in the machine's own byte order instead, which are read as well.
 */
final class NodeLines {
    private static final Logger log = LoggerFactory.getLogger(NodeLines.class);

    private static final int BINARY_NODES = 128;

    private NodeLines() {}

    static String format(List<ClusterMemory.Former> nodes) {
        StringBuilder text = new StringBuilder();
        for (ClusterMemory.Former node : nodes) {
            text.append(word(node.status())).append('\n');
        }
        return text.toString();
    }

    private static String word(NodeStatus status) {
        return switch (status) {
            case UNUSED -> "unused";
            case DOWN -> "down";
            // Quarantine is what one proxy thinks of a node, for the time being.
            case WAITING, UP, QUARANTINE -> "up";
        };
    }

    /** The status of each node, by id; empty where it could not be read. */
    static List<Optional<NodeStatus>> parse(Path file, byte[] content) {
        return isBinary(content) ? parseBinary(file, content) : parseText(file, content);
    }

    private static boolean isBinary(byte[] content) {
        if (content.length != BINARY_NODES * Integer.BYTES) {
            return false;
        }
        for (byte b : content) {
            if (b == 0) {
                return true;
            }
        }
        return false;
    }

    private static List<Optional<NodeStatus>> parseBinary(Path file, byte[] content) {
        ByteBuffer numbers = ByteBuffer.wrap(content).order(ByteOrder.nativeOrder());
        List<Optional<NodeStatus>> nodes = new ArrayList<>();
        while (numbers.hasRemaining()) {
            int number = numbers.getInt();
            nodes.add(
                    switch (number) {
                        case 0 -> Optional.of(NodeStatus.UNUSED);
                        case 1, 2 -> Optional.of(NodeStatus.UP);
                        case 3 -> Optional.of(NodeStatus.DOWN);
                        default -> {
                            log.warn(
                                    "{}: node {} has the unknown status {}, which is ignored",
                                    file,
                                    nodes.size(),
                                    number);
                            yield Optional.empty();
                        }
                    });
        }
        return nodes;
    }

    private static List<Optional<NodeStatus>> parseText(Path file, byte[] content) {
        List<Optional<NodeStatus>> nodes = new ArrayList<>();
        String text = new String(content, StandardCharsets.ISO_8859_1).stripTrailing();
        for (String line : text.lines().toList()) {
            nodes.add(
                    switch (line.strip().toLowerCase(Locale.ROOT)) {
                        case "up" -> Optional.of(NodeStatus.UP);
                        case "down" -> Optional.of(NodeStatus.DOWN);
                        case "unused" -> Optional.of(NodeStatus.UNUSED);
                        default -> {
                            log.warn(
                                    "{}:{}: neither up nor down nor unused; the line is ignored",
                                    file,
                                    nodes.size() + 1);
                            yield Optional.empty();
                        }
                    });
        }
        return nodes;
    }
}
