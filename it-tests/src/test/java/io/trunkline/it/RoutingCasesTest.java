package io.trunkline.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.trunkline.it.CaseSession.Outcome;
import io.trunkline.it.CaseSession.Way;
import io.trunkline.it.RoutingCases.Case;
import io.trunkline.it.RoutingCases.Expectation;
import io.trunkline.it.RoutingCases.Group;
import io.trunkline.it.RoutingCases.Step;
import io.trunkline.localcluster.LocalNode;
import java.io.IOException;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicContainer;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/**
 * On which node each statement of {@code routing-cases.txt} runs, in every way to send it that the statement allows.
 * Two witnesses, neither of them Trunkline: what {@code inet_server_port()} answers, and the servers' own logs.
 *
 * <p>What Trunkline has not seen before it sends to the primary while it asks about it. So a case that went there instead
 * of a standby is tried again for a while; one that went to a standby instead of the primary has failed at once. Each
 * case is played once more when it has passed, as by then Trunkline knows what it had to ask about.
 */
class RoutingCasesTest {
    /** Whose statements the servers log. */
    static final String USER = "router";

    private static final int MIN_CASES = 250;
    private static final long WARM_UP_NANOS = TimeUnit.MILLISECONDS.toNanos(1500);
    private static final long SEEN_NANOS = TimeUnit.SECONDS.toNanos(15);

    private static List<Group> groups = List.of();
    private static @Nullable Group running;
    private static @Nullable TestProxy proxy;
    private static ServerLogs logs;

    @BeforeAll
    static void makeObjects() {
        groups = RoutingCases.read();
        RoutingObjects.create(Cluster.shared());
        Cluster.awaitStandbys();
        logs = new ServerLogs(Cluster.shared(), USER);
    }

    @AfterAll
    static void stop() {
        endGroup();
        RoutingObjects.drop(Cluster.shared());
    }

    private static void endGroup() {
        if (proxy != null) {
            proxy.close();
            proxy = null;
        }
        for (LocalNode node : Cluster.shared().nodes()) {
            if (node.id() != Cluster.PRIMARY) {
                node.query("SELECT pg_wal_replay_resume()");
            }
        }
    }

    private static int portFor(Group group) {
        if (running != group) {
            endGroup();
            proxy = TestProxy.start(group.settings().toArray(String[]::new));
            running = group;
        }
        return Objects.requireNonNull(proxy).port();
    }

    @Test
    void thereAreEnoughCases() {
        assertThat(groups.stream().mapToInt(group -> group.cases().size()).sum())
                .isGreaterThanOrEqualTo(MIN_CASES);
    }

    @TestFactory
    Stream<DynamicContainer> statementsRunWhereTheyShould() {
        return groups.stream().map(group -> DynamicContainer.dynamicContainer(group.name(), tests(group)));
    }

    private static Stream<DynamicTest> tests(Group group) {
        return group.cases().stream()
                .flatMap(each -> ways(group, each).stream()
                        .map(way -> DynamicTest.dynamicTest(way + " " + each, () -> check(group, each, way))));
    }

    private static List<Way> ways(Group group, Case each) {
        List<Way> ways = new ArrayList<>(List.of(Way.SIMPLE));
        if (!group.simpleOnly()) {
            ways.add(Way.EXTENDED);
            if (each.steps().stream().allMatch(RoutingCasesTest::isForJdbc)) {
                ways.add(Way.JDBC);
            }
        }
        return ways;
    }

    /** pgjdbc splits at semicolons, has an interface of its own for COPY, and names prepared statements itself. */
    private static boolean isForJdbc(Step step) {
        return !Set.of("parse", "run", "close").contains(step.operation())
                && !step.argument().contains(";")
                && !step.argument().startsWith("COPY");
    }

    private static void check(Group group, Case each, Way way) throws IOException, SQLException {
        int port = portFor(group);
        for (int time = 0; time < 2; time++) {
            @Nullable Miss miss = playUntilWarm(each, port, way);
            if (miss != null) {
                throw new AssertionError("[" + group.name() + "] " + way + " " + miss.text());
            }
        }
    }

    private static @Nullable Miss playUntilWarm(Case each, int port, Way way) throws IOException, SQLException {
        long end = System.nanoTime() + WARM_UP_NANOS;
        @Nullable Miss miss = new CaseRun(port, way).play(each);
        while (miss != null && miss.mayBeCold() && System.nanoTime() < end) {
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(10));
            miss = new CaseRun(port, way).play(each);
        }
        return miss;
    }

    /** A step that did not do what it should. */
    private record Miss(String text, boolean mayBeCold) {}

    /** One session through all steps of a case. */
    private static final class CaseRun {
        private final int port;
        private final Way way;
        private final Map<String, String> prepared = new HashMap<>();
        private CaseSession session;

        CaseRun(int port, Way way) throws IOException, SQLException {
            this.port = port;
            this.way = way;
            this.session = CaseSession.open(way, port, Map.of());
        }

        @Nullable
        Miss play(Case each) throws IOException, SQLException {
            try {
                for (Step step : each.steps()) {
                    @Nullable Miss miss = play(step);
                    if (miss != null) {
                        return miss;
                    }
                }
                return null;
            } finally {
                session.close();
            }
        }

        private @Nullable Miss play(Step step) throws IOException, SQLException {
            String[] words = step.argument().split(" ", 2);
            switch (step.operation()) {
                case "connect" -> {
                    session.close();
                    session = CaseSession.open(way, port, options(step.argument()));
                    return null;
                }
                case "on" -> {
                    Cluster.shared().node(Integer.parseInt(words[0])).query(Cluster.USER, words[1]);
                    return null;
                }
                case "until" -> {
                    return until(step, false);
                }
                case "newly" -> {
                    return until(step, true);
                }
                case "times" -> {
                    return repeat(step, Integer.parseInt(words[0]), words[1]);
                }
                case "parse" -> {
                    Outcome outcome = ((CaseSession.Raw) session).prepare(words[0], words[1]);
                    if (outcome.sqlState() == null) {
                        prepared.put(words[0], words[1]);
                    }
                    return judge(step, outcome, "");
                }
                case "run" -> {
                    logs.forget();
                    String sql = prepared.getOrDefault(words[0], "");
                    return judge(step, ((CaseSession.Raw) session).runPrepared(words[0]), sql);
                }
                case "close" -> {
                    return judge(step, ((CaseSession.Raw) session).closePrepared(words[0]), "");
                }
                case "" -> {
                    logs.forget();
                    return judge(step, session.run(step.argument()), step.argument());
                }
                default -> throw new IllegalArgumentException("line " + step.line() + ": \\" + step.operation());
            }
        }

        private static Map<String, String> options(String text) {
            Map<String, String> options = new HashMap<>();
            for (String option : text.split(" ")) {
                options.put(option.substring(0, option.indexOf('=')), option.substring(option.indexOf('=') + 1));
            }
            return options;
        }

        /** Repeats a statement until it runs where it should. @param anew each time in a new session */
        private @Nullable Miss until(Step step, boolean anew) throws IOException, SQLException {
            long end = System.nanoTime() + SEEN_NANOS;
            while (true) {
                if (anew) {
                    session.close();
                    session = CaseSession.open(way, port, Map.of());
                }
                logs.forget();
                @Nullable Miss miss = judge(step, session.run(step.argument()), step.argument());
                if (miss == null || System.nanoTime() > end) {
                    return miss;
                }
                LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(20));
            }
        }

        /** Repeats a statement: together they have to reach exactly the nodes that are named. */
        private @Nullable Miss repeat(Step step, int times, String sql) throws IOException, SQLException {
            Set<Integer> seen = new TreeSet<>();
            logs.forget();
            for (int i = 0; i < times; i++) {
                seen.addAll(nodes(session.run(sql), sql));
            }
            Expectation expected = Objects.requireNonNull(step.expected());
            boolean asExpected = seen.equals(expected.nodes());
            return asExpected ? null : miss(step, "ran on nodes " + seen, seen.contains(Cluster.PRIMARY));
        }

        private @Nullable Miss judge(Step step, Outcome outcome, String sql) {
            Expectation expected = step.expected();
            @Nullable String expectedState = expected == null ? null : expected.sqlState();
            if (!Objects.equals(outcome.sqlState(), expectedState)) {
                return miss(step, "ended with " + (outcome.sqlState() == null ? "success" : outcome.sqlState()), false);
            }
            if (expected == null) {
                return null;
            }
            if (!expected.nodes().isEmpty()) {
                Set<Integer> nodes = nodes(outcome, sql);
                boolean unseen = nodes.isEmpty() && expectedState != null;
                if (!unseen && (nodes.size() != 1 || !expected.nodes().containsAll(nodes))) {
                    return miss(step, "ran on nodes " + nodes, nodes.equals(Set.of(Cluster.PRIMARY)));
                }
            }
            List<@Nullable String> row = outcome.row();
            @Nullable String value = row == null ? null : row.get(row.size() - 1);
            boolean asExpected = expected.value() == null || expected.value().equals(value);
            return asExpected ? null : miss(step, "answered " + value, false);
        }

        /** The nodes that ran a statement: by its answer, or else by the servers' logs. */
        private static Set<Integer> nodes(Outcome outcome, String sql) {
            List<@Nullable String> row = outcome.row();
            if (row == null || !sql.contains("port")) {
                return logs.nodesThatRan(sql);
            }
            Set<Integer> nodes = new TreeSet<>();
            for (LocalNode node : Cluster.shared().nodes()) {
                if (Integer.toString(node.port()).equals(row.get(0))) {
                    nodes.add(node.id());
                }
            }
            return nodes.isEmpty() ? logs.nodesThatRan(sql) : nodes;
        }

        private static Miss miss(Step step, String what, boolean mayBeCold) {
            String expected =
                    step.expected() == null ? "success" : step.expected().text();
            return new Miss(
                    "line " + step.line() + ": " + step.argument() + " " + expected + ", but it " + what, mayBeCold);
        }
    }
}
