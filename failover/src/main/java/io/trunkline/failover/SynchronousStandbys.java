package io.trunkline.failover;

import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * What {@code synchronous_standby_names} promises of commits: that each is on so many of these standbys (manual, section
 * "Synchronous Replication", Multiple Synchronous Standbys).
 *
 * @param count on how many; 0 = replication is not synchronous
 * @param names of which, in lower case; empty = of any
 */
record SynchronousStandbys(int count, Set<String> names) {
    static final SynchronousStandbys NONE = new SynchronousStandbys(0, Set.of());

    private static final Pattern WITH_COUNT = Pattern.compile(
            "\\s*(?:(?:FIRST|ANY)\\s+)?(\\d{1,9})\\s*\\((.*)\\)\\s*", Pattern.CASE_INSENSITIVE | Pattern.DOTALL);

    private static final Pattern NAME = Pattern.compile("\"((?:[^\"]|\"\")+)\"|([^\\s,\"]+)");

    SynchronousStandbys {
        names = Set.copyOf(names);
    }

    static SynchronousStandbys of(String setting) {
        if (setting.isBlank()) {
            return NONE;
        }
        Matcher counted = WITH_COUNT.matcher(setting);
        boolean hasCount = counted.matches();
        Set<String> names = new HashSet<>();
        Matcher name = NAME.matcher(hasCount ? counted.group(2) : setting);
        while (name.find()) {
            String text = name.group(1) == null ? name.group(2) : name.group(1).replace("\"\"", "\"");
            names.add(text.toLowerCase(Locale.ROOT));
        }
        return new SynchronousStandbys(
                hasCount ? Integer.parseInt(counted.group(1)) : 1, names.contains("*") ? Set.of() : names);
    }

    /** As a setting, in one line; a name with a control character is no node's. */
    String setting() {
        String list = names.stream()
                .sorted()
                .map(name -> '"' + name.replaceAll("\\p{Cntrl}", "?").replace("\"", "\"\"") + '"')
                .collect(Collectors.joining(", "));
        return "ANY " + count + " (" + (names.isEmpty() ? "*" : list) + ")";
    }

    boolean isInForce() {
        return count > 0;
    }

    /**
     * How many of the standbys that may have a commit are still missing until one that answers must have it.
     *
     * @param lost the primary whose commits they are; a setting that is the same on all servers names it, too
     * @param standbys all standbys that there were
     * @param answering those of them that answer
     * @return 0 if one of {@code answering} is sure to have every commit that was acknowledged
     */
    int missing(Node lost, List<Node> standbys, List<Node> answering) {
        List<Node> eligible = standbys.stream().filter(this::mayBe).toList();
        long answers = answering.stream().filter(this::mayBe).count();
        long needed = Math.max(1, eligible.size() + strangers(lost, eligible) - count + 1);
        return (int) Math.max(0, needed - answers);
    }

    /** Names of the setting that belong to no node: the one that has a commit may be among them. */
    private long strangers(Node lost, List<Node> eligible) {
        long unnamed = eligible.stream().filter(node -> name(node).isEmpty()).count();
        long unmatched = names.stream()
                .filter(name -> !name.equals(name(lost)))
                .filter(name -> eligible.stream().noneMatch(node -> name(node).equals(name)))
                .count();
        return Math.max(0, unmatched - unnamed);
    }

    /** A node without a configured application_name may be any of them. */
    boolean mayBe(Node node) {
        String name = name(node);
        return names.isEmpty() || name.isEmpty() || names.contains(name);
    }

    private static String name(Node node) {
        return node.slot.applicationName().toLowerCase(Locale.ROOT);
    }
}
