package io.trunkline.config;

import io.trunkline.config.ParameterTable.Target;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/** Arranges values as PGPOOL SHOW does. */
final class ShownRows {
    /** The groups of arrays by which they can be asked for. */
    private enum ArrayGroup {
        BACKEND("backend"),
        WATCHDOG("watchdog"),
        HEARTBEAT("heartbeat"),
        HEALTH_CHECK("health_check");

        private final String word;

        ArrayGroup(String word) {
            this.word = word;
        }

        static ArrayGroup of(NodeParameter<?> parameter) {
            if (parameter.name().startsWith("heartbeat_")) {
                return HEARTBEAT;
            }
            if (parameter.group() == Group.WATCHDOG) {
                return WATCHDOG;
            }
            return parameter.hasBareDefault() ? HEALTH_CHECK : BACKEND;
        }
    }

    private ShownRows() {}

    static List<ShownValue> all(PgpoolConfig config) {
        List<ShownValue> rows = new ArrayList<>();
        for (ArrayGroup group : ArrayGroup.values()) {
            rows.addAll(group(config, group));
        }
        ParameterTable.all().stream()
                .filter(Parameter.class::isInstance)
                .sorted(Comparator.comparing(ParameterDefinition::name))
                .forEach(definition -> rows.add(row(config, definition, ParameterTable.NO_NODE)));
        return rows;
    }

    static Optional<List<ShownValue>> array(PgpoolConfig config, String name) {
        for (ArrayGroup group : ArrayGroup.values()) {
            if (group.word.equals(name)) {
                return Optional.of(group(config, group));
            }
        }
        return ParameterTable.find(name)
                .filter(NodeParameter.class::isInstance)
                .map(definition -> ids(config, (NodeParameter<?>) definition).stream()
                        .map(id -> row(config, definition, id))
                        .toList());
    }

    private static List<ShownValue> group(PgpoolConfig config, ArrayGroup group) {
        List<ShownValue> rows = new ArrayList<>();
        for (int id = 0; id < NodeParameter.MAX_NODES; id++) {
            for (ParameterDefinition<?> definition : ParameterTable.all()) {
                if (definition instanceof NodeParameter
                        && ArrayGroup.of((NodeParameter<?>) definition) == group
                        && ids(config, (NodeParameter<?>) definition).contains(id)) {
                    rows.add(row(config, definition, id));
                }
            }
        }
        return rows;
    }

    /** The nodes for which an array has a value worth showing: those in use, or those it is set for. */
    private static Collection<Integer> ids(PgpoolConfig config, NodeParameter<?> parameter) {
        if (parameter.group() == Group.WATCHDOG) {
            return config.nodesSetting(parameter);
        }
        return config.nodes().stream().map(NodeSettings::id).toList();
    }

    private static ShownValue row(PgpoolConfig config, ParameterDefinition<?> definition, int node) {
        String item = node == ParameterTable.NO_NODE ? definition.name() : definition.name() + node;
        return new ShownValue(item, config.show(new Target(definition, node)), definition.meaning());
    }
}
