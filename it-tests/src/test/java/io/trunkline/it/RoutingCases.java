package io.trunkline.it;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Reads {@code routing-cases.txt}, whose head tells how it is written. */
final class RoutingCases {
    /**
     * Cases that share a configuration.
     *
     * @param simpleOnly they make sense in the simple protocol only
     */
    record Group(String name, List<String> settings, boolean simpleOnly, List<Case> cases) {}

    /** What one session does. */
    record Case(String name, int line, List<Step> steps) {
        @Override
        public String toString() {
            return "line " + line + ": " + name;
        }
    }

    /**
     * @param operation what stands behind the backslash, empty for a statement
     * @param argument the statement, with {@code inet_server_port()} in the place of {@code {port}}
     */
    record Step(
            int line,
            String operation,
            String argument,
            @Nullable Expectation expected) {}

    /**
     * Where a statement has to run, and what has to come of it.
     *
     * @param nodes ids of those that may run it; empty where any may
     * @param value of the last column of the first row
     * @param sqlState of the error that it ends with
     */
    record Expectation(
            String text,
            Set<Integer> nodes,
            @Nullable String value,
            @Nullable String sqlState) {}

    private static final Pattern EXPECTED = Pattern.compile(
            "\\s+=> (any|primary|standby|node:[0-9](?:\\+node:[0-9])*)?(?: ?= (.*)| ?error ([0-9A-Z]{5}))?$");

    private final List<Group> groups = new ArrayList<>();
    private int number;

    private String groupName = "";
    private List<String> settings = new ArrayList<>();
    private boolean simpleOnly;
    private List<Case> cases = new ArrayList<>();
    private boolean inSettings;

    private @Nullable Case open;

    private RoutingCases() {}

    static List<Group> read() {
        RoutingCases reading = new RoutingCases();
        InputStream resource =
                Objects.requireNonNull(RoutingCases.class.getResourceAsStream("routing-cases.txt"), "no cases");
        try (BufferedReader lines = new BufferedReader(new InputStreamReader(resource, StandardCharsets.UTF_8))) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                reading.number++;
                reading.line(line);
            }
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
        reading.endGroup();
        return reading.groups;
    }

    private void line(String line) {
        if (line.startsWith("#")) {
            return;
        }
        if (line.isBlank()) {
            inSettings = false;
            open = null;
        } else if (line.startsWith("[")) {
            endGroup();
            groupName = line.substring(1, line.indexOf(']'));
            inSettings = true;
        } else if (inSettings && line.equals("simple protocol only")) {
            simpleOnly = true;
        } else if (inSettings) {
            settings.add(line);
        } else if (line.startsWith(" ")) {
            if (open == null) {
                throw new IllegalArgumentException("line " + number + " belongs to no case");
            }
            open.steps().add(step(line.strip()));
        } else if (line.endsWith(":") && !EXPECTED.matcher(line).find()) {
            open = new Case(line.substring(0, line.length() - 1), number, new ArrayList<>());
            cases.add(open);
        } else {
            Step step = step(line);
            if (step.expected() == null) {
                throw new IllegalArgumentException("line " + number + " expects nothing: " + line);
            }
            cases.add(new Case(line, number, List.of(step)));
        }
    }

    private void endGroup() {
        if (!cases.isEmpty()) {
            groups.add(new Group(groupName, settings, simpleOnly, cases));
        }
        settings = new ArrayList<>();
        simpleOnly = false;
        cases = new ArrayList<>();
        open = null;
    }

    private Step step(String line) {
        Matcher matcher = EXPECTED.matcher(line);
        Expectation expected = null;
        String what = line;
        if (matcher.find()) {
            what = line.substring(0, matcher.start());
            expected = new Expectation(
                    line.substring(matcher.start()).strip(),
                    nodes(matcher.group(1)),
                    matcher.group(2),
                    matcher.group(3));
        } else if (line.contains(" => ")) {
            throw new IllegalArgumentException("line " + number + ": what is expected is not understood: " + line);
        }
        String operation = "";
        if (what.startsWith("\\")) {
            int end = (what + " ").indexOf(' ');
            operation = what.substring(1, end);
            what = what.substring(Math.min(end + 1, what.length()));
        }
        String sql = what.replace("{port}", "inet_server_port()")
                .replace("\\n", "\n")
                .replace("{line}", "\n")
                .replace("{blank}", " ");
        return new Step(number, operation, sql, expected);
    }

    private static Set<Integer> nodes(@Nullable String text) {
        Set<Integer> nodes = new TreeSet<>();
        if (text == null || text.equals("any")) {
            return nodes;
        }
        if (text.equals("primary")) {
            return Set.of(Cluster.PRIMARY);
        }
        if (text.equals("standby")) {
            return Set.of(1, 2);
        }
        for (String node : text.split("\\+")) {
            nodes.add(Integer.parseInt(node.substring("node:".length())));
        }
        return nodes;
    }
}
