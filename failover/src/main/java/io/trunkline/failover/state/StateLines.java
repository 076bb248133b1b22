package io.trunkline.failover.state;

import io.trunkline.failover.ClusterMemory;
import io.trunkline.failover.ClusterView;
import io.trunkline.failover.NodeStatus;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The format of the file beside pgpool_status: lines {@code name = value} for what that one can't say. A line that can't
 * be read is ignored, with a warning.
 */
final class StateLines {
    private static final Logger log = LoggerFactory.getLogger(StateLines.class);

    private static final String HEAD =
            "# Written by Trunkline whenever the cluster changes, and read at its start. Which nodes"
                    + " are in\n# service is decided by pgpool_status; a node's lines here count while they agree with it.\n";

    /** What the file said, as far as it could be read. */
    record Read(
            long epoch,
            int primary,
            OptionalInt timeline,
            OptionalLong systemIdentifier,
            Map<Integer, ClusterMemory.Former> nodes,
            List<ClusterMemory.Promise> promises) {}

    private static final Pattern PROMISE = Pattern.compile("timeline (\\d+), node (\\d+), standbys((?: \\d+)*): (.+)");

    private long epoch;
    private int primary = ClusterView.NO_PRIMARY;
    private OptionalInt timeline = OptionalInt.empty();
    private OptionalLong systemIdentifier = OptionalLong.empty();
    private final Map<Integer, NodeStatus> status = new LinkedHashMap<>();
    private final Map<Integer, Instant> since = new LinkedHashMap<>();
    private final Map<Integer, Boolean> detached = new LinkedHashMap<>();
    private final List<ClusterMemory.Promise> promises = new ArrayList<>();

    private StateLines() {}

    static String format(ClusterMemory state) {
        StringBuilder text = new StringBuilder(HEAD);
        line(text, "epoch", Long.toString(state.epoch()));
        if (state.primary() != ClusterView.NO_PRIMARY) {
            line(text, "primary", Integer.toString(state.primary()));
        }
        state.timeline().ifPresent(number -> line(text, "timeline", Integer.toString(number)));
        state.systemIdentifier().ifPresent(number -> line(text, "system_identifier", Long.toUnsignedString(number)));
        for (int id = 0; id < state.nodes().size(); id++) {
            ClusterMemory.Former node = state.nodes().get(id);
            String name = "node" + id;
            line(text, name + ".status", node.status().text());
            node.since().ifPresent(time -> line(text, name + ".since", time.toString()));
            if (node.detachedByAdministrator()) {
                line(text, name + ".detached_by_administrator", "on");
            }
        }
        for (ClusterMemory.Promise promise : state.promises()) {
            String standbys = promise.standbys().stream().map(id -> " " + id).collect(Collectors.joining());
            line(
                    text,
                    "promise",
                    "timeline " + promise.timeline() + ", node " + promise.primary() + ", standbys" + standbys + ": "
                            + promise.setting());
        }
        return text.toString();
    }

    private static void line(StringBuilder text, String name, String value) {
        text.append(name).append(" = ").append(value).append('\n');
    }

    static Read parse(Path file, String text) {
        StateLines read = new StateLines();
        List<String> lines = text.lines().toList();
        for (int i = 0; i < lines.size(); i++) {
            String line = lines.get(i).strip();
            if (line.isEmpty() || line.startsWith("#")) {
                continue;
            }
            try {
                read.accept(line);
            } catch (IllegalArgumentException | DateTimeException e) {
                log.warn("{}:{}: the line can't be read and is ignored ({})", file, i + 1, e.getMessage());
            }
        }
        return read.result();
    }

    private void accept(String line) {
        String[] parts = line.split("=", 2);
        if (parts.length < 2) {
            throw new IllegalArgumentException("there is no =");
        }
        String name = parts[0].strip();
        String value = parts[1].strip();
        switch (name) {
            case "epoch" -> epoch = atLeast(0, Long.parseLong(value));
            case "primary" -> primary = (int) atLeast(0, Integer.parseInt(value));
            case "system_identifier" -> systemIdentifier = OptionalLong.of(Long.parseUnsignedLong(value));
            case "timeline" -> timeline = OptionalInt.of((int) atLeast(1, Integer.parseInt(value)));
            case "promise" -> promises.add(promise(value));
            default -> acceptOfNode(name, value);
        }
    }

    private static ClusterMemory.Promise promise(String value) {
        Matcher matcher = PROMISE.matcher(value);
        if (!matcher.matches()) {
            throw new IllegalArgumentException("it is no promise");
        }
        return new ClusterMemory.Promise(
                Integer.parseInt(matcher.group(1)),
                Integer.parseInt(matcher.group(2)),
                Pattern.compile("\\d+")
                        .matcher(matcher.group(3))
                        .results()
                        .map(id -> Integer.valueOf(id.group()))
                        .toList(),
                matcher.group(4));
    }

    private static long atLeast(long least, long value) {
        if (value < least) {
            throw new IllegalArgumentException("the number is less than " + least);
        }
        return value;
    }

    private void acceptOfNode(String name, String value) {
        int dot = name.indexOf('.');
        if (!name.startsWith("node") || dot < 0) {
            throw new IllegalArgumentException("the name is not known");
        }
        int id = (int) atLeast(0, Integer.parseInt(name.substring("node".length(), dot)));
        switch (name.substring(dot + 1)) {
            case "status" ->
                status.put(
                        id,
                        Arrays.stream(NodeStatus.values())
                                .filter(one -> one.text().equals(value))
                                .findFirst()
                                .orElseThrow(() -> new IllegalArgumentException("the status is not known")));
            case "since" -> since.put(id, Instant.parse(value));
            case "detached_by_administrator" -> detached.put(id, onOrOff(value));
            default -> throw new IllegalArgumentException("the name is not known");
        }
    }

    private static boolean onOrOff(String value) {
        if (!value.equals("on") && !value.equals("off")) {
            throw new IllegalArgumentException("the value is neither on nor off");
        }
        return value.equals("on");
    }

    private Read result() {
        Map<Integer, ClusterMemory.Former> nodes = new LinkedHashMap<>();
        status.forEach((id, is) -> nodes.put(
                id,
                new ClusterMemory.Former(is, Optional.ofNullable(since.get(id)), detached.getOrDefault(id, false))));
        return new Read(epoch, primary, timeline, systemIdentifier, nodes, promises);
    }
}
