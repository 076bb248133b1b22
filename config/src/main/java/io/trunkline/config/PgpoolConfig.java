package io.trunkline.config;

import io.trunkline.config.ParameterTable.Target;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * A valid configuration, read from pgpool.conf. Immutable and safe for any thread: a reload makes another one. Values
 * are looked up in a map, so code that runs for each message keeps what it needs.
 */
public final class PgpoolConfig {
    static final String MASKED = "*****";

    private static final SourceLocation OWN = new SourceLocation("PGPOOL SET", 1);

    /**
     * A value that a line has set.
     *
     * @param value of the type of its parameter
     * @param at the line
     */
    record Entry(Object value, SourceLocation at) {}

    private final Map<Target, Entry> entries;
    private final List<NodeSettings> nodes;

    PgpoolConfig(Map<Target, Entry> entries) {
        this.entries = Map.copyOf(entries);
        this.nodes = collectNodes();
    }

    /** Reads pgpool.conf and all that it includes; blocks on files, never on the network. */
    public static ConfigReading read(Path file) {
        return ConfigLoader.load(PgpoolConfFile.load(file));
    }

    /**
     * Reads the text of a pgpool.conf.
     *
     * @param name what messages call the file; an include line is relative to its directory
     */
    public static ConfigReading parse(String name, String text) {
        return ConfigLoader.load(PgpoolConfFile.parse(Path.of(name), text));
    }

    public <T> T get(Parameter<T> parameter) {
        return valueOr(parameter, ParameterTable.NO_NODE, parameter.defaultValue());
    }

    /** The value of a node: its own, else that of the bare name where there is one, else the default. */
    public <T> T get(NodeParameter<T> parameter, int node) {
        return valueOr(parameter, node, getBare(parameter));
    }

    /** The value for nodes that have none of their own. */
    public <T> T getBare(NodeParameter<T> parameter) {
        return valueOr(parameter, ParameterTable.NO_NODE, parameter.defaultValue());
    }

    @SuppressWarnings("unchecked") // an entry's value was made by the type of its definition
    private <T> T valueOr(ParameterDefinition<T> definition, int node, T otherwise) {
        Entry entry = entries.get(new Target(definition, node));
        return entry == null ? otherwise : (T) entry.value();
    }

    /** The ids for which a line sets the parameter. */
    public SortedSet<Integer> nodesSetting(NodeParameter<?> parameter) {
        TreeSet<Integer> ids = new TreeSet<>();
        for (Target target : entries.keySet()) {
            if (target.definition() == parameter && target.node() != ParameterTable.NO_NODE) {
                ids.add(target.node());
            }
        }
        return Collections.unmodifiableSortedSet(ids);
    }

    /**
     * The same with values of one session's own (PGPOOL SET).
     *
     * @param own what pgpool.conf might say in the place of what it says
     * @throws InvalidValueException if a parameter does not take its value
     */
    public PgpoolConfig with(Map<Parameter<?>, String> own) throws InvalidValueException {
        Map<Target, Entry> merged = new HashMap<>(entries);
        for (Map.Entry<Parameter<?>, String> one : own.entrySet()) {
            Object value = one.getKey().type().parse(one.getValue());
            merged.put(new Target(one.getKey(), ParameterTable.NO_NODE), new Entry(value, OWN));
        }
        return new PgpoolConfig(merged);
    }

    /** The line that sets the parameter; empty where the default holds. */
    public Optional<SourceLocation> origin(Parameter<?> parameter) {
        return origin(new Target(parameter, ParameterTable.NO_NODE));
    }

    /** The line that sets the parameter for the node, under its id or the bare name; empty where the default holds. */
    public Optional<SourceLocation> origin(NodeParameter<?> parameter, int node) {
        return origin(new Target(parameter, node)).or(() -> origin(new Target(parameter, ParameterTable.NO_NODE)));
    }

    private Optional<SourceLocation> origin(Target target) {
        return Optional.ofNullable(entries.get(target)).map(Entry::at);
    }

    /** The same with log_min_messages at {@code debug1}, unless it asks for more. */
    PgpoolConfig debugging() {
        if (get(LoggingParameters.LOG_MIN_MESSAGES).compareTo(MessageLevel.DEBUG1) <= 0) {
            return this;
        }
        Map<Target, Entry> changed = new HashMap<>(entries);
        changed.put(
                new Target(LoggingParameters.LOG_MIN_MESSAGES, ParameterTable.NO_NODE),
                new Entry(MessageLevel.DEBUG1, new SourceLocation("command line", 1)));
        return new PgpoolConfig(changed);
    }

    /** What holds of backend_sslmode for a node, with {@code auto} worked out. */
    public TlsParameters.BackendSslMode backendSslMode(int node) {
        TlsParameters.BackendSslMode mode = get(TlsParameters.BACKEND_SSLMODE, node);
        if (mode != TlsParameters.BackendSslMode.AUTO) {
            return mode;
        }
        return get(TlsParameters.SSL) ? TlsParameters.BackendSslMode.PREFER : TlsParameters.BackendSslMode.DISABLE;
    }

    /** The backend slots in use, by id; ids that are missing are unused slots. */
    public List<NodeSettings> nodes() {
        return nodes;
    }

    private List<NodeSettings> collectNodes() {
        List<Integer> used = new ArrayList<>();
        boolean weighted = false;
        double sum = 0;
        for (int id : nodesSetting(BackendParameters.BACKEND_PORT)) {
            if (get(BackendParameters.BACKEND_PORT, id) != 0) {
                used.add(id);
                weighted |= entries.containsKey(new Target(BackendParameters.BACKEND_WEIGHT, id));
                sum += get(BackendParameters.BACKEND_WEIGHT, id);
            }
        }
        List<NodeSettings> settings = new ArrayList<>(used.size());
        for (int id : used) {
            double raw = weighted ? get(BackendParameters.BACKEND_WEIGHT, id) : 1;
            double total = weighted ? sum : used.size();
            String hostname = get(BackendParameters.BACKEND_HOSTNAME, id);
            settings.add(new NodeSettings(
                    id,
                    hostname.isEmpty() ? "/tmp" : hostname,
                    get(BackendParameters.BACKEND_PORT, id),
                    total == 0 ? 0 : raw / total,
                    raw,
                    get(BackendParameters.BACKEND_FLAG, id),
                    get(BackendParameters.BACKEND_APPLICATION_NAME, id),
                    get(BackendParameters.BACKEND_DATA_DIRECTORY, id)));
        }
        return List.copyOf(settings);
    }

    /**
     * The value as PGPOOL SHOW prints it.
     *
     * @param name a parameter, with the node's id where it has one; old names do too
     * @return empty if there is no such parameter
     */
    public Optional<String> show(String name) {
        return ParameterTable.resolve(name).filter(Target::isSettable).map(this::show);
    }

    /** All rows of PGPOOL SHOW ALL: the arrays group by group, then the other parameters by name. */
    public List<ShownValue> showAll() {
        return ShownRows.all(this);
    }

    /**
     * The rows of PGPOOL SHOW for an array such as {@code backend_port}, or for one of its groups {@code backend},
     * {@code watchdog}, {@code heartbeat} and {@code health_check}.
     *
     * @return empty if the name is neither
     */
    public Optional<List<ShownValue>> showArray(String name) {
        return ShownRows.array(this, name);
    }

    String show(Target target) {
        return show(target.definition(), target.node());
    }

    private <T> String show(ParameterDefinition<T> definition, int node) {
        if (definition.isSecret()) {
            return MASKED;
        }
        if (definition instanceof NodeParameter) {
            return definition.type().showElement(get((NodeParameter<T>) definition, node));
        }
        return definition.type().show(get((Parameter<T>) definition));
    }

    /** The value that holds for a target, whether a line sets it or not. */
    Object value(Target target) {
        return value(target.definition(), target.node());
    }

    private <T> Object value(ParameterDefinition<T> definition, int node) {
        return definition instanceof NodeParameter
                ? get((NodeParameter<T>) definition, node)
                : get((Parameter<T>) definition);
    }

    /** The entries by what they set, for the reload. */
    Map<Target, Entry> entries() {
        return entries;
    }
}
