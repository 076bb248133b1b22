package io.trunkline.config;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * All parameters that Trunkline knows: those of Pgpool-II 3.6 to 4.8 and its own. Reader, reload, SHOW and the page
 * docs/parameters.md come from here; to add a parameter, declare it in the class of its group.
 */
public final class ParameterTable {
    /** Where a parameter is not one of an array, or the bare name of one was written. */
    static final int NO_NODE = -1;

    /**
     * What a written name stands for.
     *
     * @param node the id at its end, or {@link #NO_NODE}
     */
    record Target(ParameterDefinition<?> definition, int node) {
        /** Whether an id is missing or too many, in which case there is nothing to set. */
        boolean isSettable() {
            if (definition instanceof NodeParameter) {
                return node != NO_NODE || ((NodeParameter<?>) definition).hasBareDefault();
            }
            return node == NO_NODE;
        }

        // Spelt out, since those that the compiler would link at run time cost some 20 ms of the start.
        @Override
        public boolean equals(@Nullable Object other) {
            return other instanceof Target
                    && definition == ((Target) other).definition
                    && node == ((Target) other).node;
        }

        @Override
        public int hashCode() {
            return definition.name().hashCode() + node;
        }
    }

    private static final Map<String, ParameterDefinition<?>> BY_NAME = new LinkedHashMap<>();
    private static final Map<String, ParameterDefinition<?>> BY_OLD_NAME = new HashMap<>();
    private static final Map<String, ParameterDefinition<?>> BY_OLD_OWN_NAME = new HashMap<>();
    private static final Map<String, ParameterDefinition<?>> BY_OLD_PEER_NAME = new HashMap<>();

    static {
        List<List<ParameterDefinition<?>>> sections = new ArrayList<>();
        sections.addAll(BackendParameters.sections());
        sections.addAll(ConnectionParameters.sections());
        sections.addAll(PoolParameters.sections());
        sections.addAll(RoutingParameters.sections());
        sections.addAll(ReplicationParameters.checkSections());
        sections.addAll(FailoverParameters.sections());
        sections.addAll(ReplicationParameters.replicationSections());
        sections.addAll(CacheParameters.sections());
        sections.addAll(TlsParameters.sections());
        sections.addAll(WatchdogParameters.sections());
        sections.addAll(LoggingParameters.sections());
        sections.addAll(AdministrationParameters.sections());
        sections.addAll(RuntimeParameters.sections());
        sections.forEach(section -> section.forEach(ParameterTable::register));
    }

    private ParameterTable() {}

    private static void register(ParameterDefinition<?> definition) {
        put(BY_NAME, definition.name(), definition);
        definition.oldNames().forEach(name -> put(BY_OLD_NAME, name, definition));
        definition.oldOwnNames().forEach(name -> put(BY_OLD_OWN_NAME, name, definition));
        definition.oldPeerNames().forEach(name -> put(BY_OLD_PEER_NAME, name, definition));
    }

    private static void put(Map<String, ParameterDefinition<?>> names, String name, ParameterDefinition<?> definition) {
        if (names.put(name, definition) != null) {
            throw new IllegalStateException("parameter " + name + " is declared twice");
        }
    }

    /** Every parameter, group by group. */
    public static Collection<ParameterDefinition<?>> all() {
        return Collections.unmodifiableCollection(BY_NAME.values());
    }

    /** The parameter with this name, which has no node's id at its end; names are case-sensitive. */
    public static Optional<ParameterDefinition<?>> find(String name) {
        return Optional.ofNullable(BY_NAME.get(name));
    }

    /** What a name stands for as it is written in a file, current or old, with or without an id. */
    static Optional<Target> resolve(String written) {
        ParameterDefinition<?> definition = BY_OLD_OWN_NAME.get(written);
        if (definition != null) {
            return Optional.of(new Target(definition, 0));
        }
        definition = BY_NAME.getOrDefault(written, BY_OLD_NAME.get(written));
        if (definition != null) {
            return Optional.of(new Target(definition, NO_NODE));
        }
        int digits = written.length();
        while (digits > 0 && Character.isDigit(written.charAt(digits - 1))) {
            digits--;
        }
        // Nine digits always fit an int.
        if (digits == written.length() || written.length() - digits > 9) {
            return Optional.empty();
        }
        String name = written.substring(0, digits);
        int node = Integer.parseInt(written.substring(digits));
        definition = BY_OLD_PEER_NAME.get(name);
        if (definition != null) {
            return Optional.of(new Target(definition, node + 1));
        }
        definition = BY_NAME.getOrDefault(name, BY_OLD_NAME.get(name));
        return definition instanceof NodeParameter ? Optional.of(new Target(definition, node)) : Optional.empty();
    }

    /** The names that may be written, old ones included, as candidates for a misspelt one. */
    static Collection<String> writableNames() {
        List<String> names = new ArrayList<>(BY_NAME.keySet());
        names.addAll(BY_OLD_NAME.keySet());
        names.addAll(BY_OLD_OWN_NAME.keySet());
        names.addAll(BY_OLD_PEER_NAME.keySet());
        return names;
    }
}
