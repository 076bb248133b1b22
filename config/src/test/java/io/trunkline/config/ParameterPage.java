package io.trunkline.config;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Writes docs/parameters.md from the parameter table. */
final class ParameterPage {
    private static final String INTRODUCTION = """
            # Parameters

            Made from the parameter table by `%s`; edit the table, not this page.

            These are the parameters of `pgpool.conf` that Trunkline knows: those of Pgpool-II 3.6 to 4.8 and its own,
            which are marked. A number without a unit is in the unit that stands beside the type. Times take us, ms, s,
            min, h, d; sizes take B, kB, MB, GB, TB; booleans take on/off, true/false, yes/no, 1/0.

            - A name that ends in *N* is set for each node, with the node's id in place of N. Where *(N)* stands, the
              name without an id holds for the nodes that have no value of their own.
            - **Takes effect**: *startup* needs a restart, *reload* comes with SIGHUP, *session* likewise and also with
              PGPOOL SET.
            - **State**: *built* works in this version. *Not built* is accepted and checked, and a warning says so where
              it is asked for. *Not needed* is accepted and without effect, since it tunes a process model that
              Trunkline does not have.
            - Old names go on working. Where an old and a new name are both set, the later line counts, with a warning.
              Before 4.2 the watchdog named the proxy itself without a number and the others with numbers of their own:
              here the first becomes node 0, and number N of the others becomes node N+1.

            """;

    private ParameterPage() {}

    static String render(String command) {
        StringBuilder page = new StringBuilder(INTRODUCTION.formatted(command));
        List<Group> groups = ParameterTable.all().stream()
                .map(ParameterDefinition::group)
                .distinct()
                .toList();
        for (Group group : groups) {
            page.append("- [")
                    .append(group.title())
                    .append("](#")
                    .append(anchor(group))
                    .append(")\n");
        }
        for (Group group : groups) {
            page.append("\n## ").append(group.title()).append("\n\n");
            page.append("| Parameter | Type | Default | Allowed | Takes effect | State | Meaning |\n");
            page.append("|---|---|---|---|---|---|---|\n");
            for (ParameterDefinition<?> definition : ParameterTable.all()) {
                if (definition.group() == group) {
                    page.append(row(definition)).append('\n');
                }
            }
        }
        return page.toString();
    }

    private static String anchor(Group group) {
        return group.title().toLowerCase(java.util.Locale.ROOT).replace(' ', '-');
    }

    private static <T> String row(ParameterDefinition<T> definition) {
        return Stream.of(
                        name(definition),
                        definition.type().kind(),
                        code(definition.type().show(definition.defaultValue())),
                        definition.type().bounds(),
                        definition.context().toString(),
                        state(definition),
                        definition.meaning() + oldNames(definition))
                .map(cell -> cell.replace("|", "\\|"))
                .collect(Collectors.joining(" | ", "| ", " |"));
    }

    private static String name(ParameterDefinition<?> definition) {
        String index = "";
        if (definition instanceof NodeParameter) {
            index = ((NodeParameter<?>) definition).hasBareDefault() ? "(N)" : "N";
        }
        return "`" + definition.name() + index + "`" + (definition.isOwn() ? " **Trunkline's own**" : "");
    }

    private static String code(String value) {
        return value.isEmpty() ? "empty" : "`" + value + "`";
    }

    private static String state(ParameterDefinition<?> definition) {
        return switch (definition.state()) {
            case BUILT -> "built";
            case NOT_BUILT -> "not built";
            case NOT_NEEDED -> "not needed";
        };
    }

    private static String oldNames(ParameterDefinition<?> definition) {
        List<String> names = new ArrayList<>();
        definition.oldNames().forEach(name -> names.add("`" + name + "`"));
        definition.oldOwnNames().forEach(name -> names.add("`" + name + "` (node 0)"));
        definition.oldPeerNames().forEach(name -> names.add("`" + name + "N` (node N+1)"));
        return names.isEmpty() ? "" : " Old names: " + String.join(", ", names) + ".";
    }
}
