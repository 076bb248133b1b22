package io.trunkline.config;

import io.trunkline.config.ParameterTable.Target;
import io.trunkline.config.PgpoolConfFile.Problem;
import io.trunkline.config.PgpoolConfig.Entry;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Makes a {@link PgpoolConfig} of the lines of a file, and gathers all there is to say about them in one run. */
final class ConfigLoader {
    private final PgpoolConfFile file;
    private final List<Diagnostic> diagnostics = new ArrayList<>();
    private final Map<Target, Entry> entries = new LinkedHashMap<>();
    private final Map<Target, Setting> setBy = new LinkedHashMap<>();
    private final Set<ParameterDefinition<?>> wrong = new HashSet<>();
    private final ObsoleteModes modes = new ObsoleteModes();

    private ConfigLoader(PgpoolConfFile file) {
        this.file = file;
    }

    static ConfigReading load(PgpoolConfFile file) {
        return new ConfigLoader(file).load();
    }

    private ConfigReading load() {
        file.problems().forEach(this::report);
        file.settings().forEach(this::apply);
        applyModes();
        BuildNotices.collect(setBy, entries, diagnostics);
        PgpoolConfig config = new PgpoolConfig(entries);
        CrossChecks.check(config, wrong, new SourceLocation(file.file().toString(), 1), diagnostics);
        diagnostics.sort(Comparator.comparing((Diagnostic d) ->
                        !d.location().file().equals(file.file().toString()))
                .thenComparing(d -> d.location().file())
                .thenComparing(d -> d.location().line()));
        return new ConfigReading(config, diagnostics);
    }

    private void report(Problem problem) {
        String name = problem.name();
        if (name == null || name.equals("include")) {
            // Any line may be missing now, and the ones that every configuration has are those of the backends.
            wrong.add(BackendParameters.BACKEND_PORT);
        }
        if (name == null) {
            diagnostics.add(Diagnostic.of(Severity.ERROR, problem.at(), problem.text()));
            return;
        }
        String found = problem.found();
        Optional<Target> target = ParameterTable.resolve(name).filter(Target::isSettable);
        target.ifPresent(resolved -> wrong.add(resolved.definition()));
        String text = problem.text();
        // Of an unknown name nobody can tell whether its value is a password.
        if (found != null && target.isPresent() && !target.get().definition().isSecret()) {
            text = "\"" + found + "\" cannot be read: " + text + "; allowed is "
                    + target.get().definition().type().allowed();
        }
        diagnostics.add(Diagnostic.about(Severity.ERROR, problem.at(), name, text));
    }

    private void apply(Setting setting) {
        if (ObsoleteModes.NAMES.contains(setting.name())) {
            modes.accept(setting, diagnostics);
            return;
        }
        Optional<Target> resolved = ParameterTable.resolve(setting.name());
        if (resolved.isEmpty()) {
            unknown(setting);
            return;
        }
        Target target = resolved.get();
        if (!target.isSettable()) {
            add(
                    Severity.ERROR,
                    setting,
                    "it has a value for each node; allowed is the name with an id, as in " + setting.name() + "0");
            return;
        }
        if (target.node() >= NodeParameter.MAX_NODES) {
            add(Severity.ERROR, setting, "the id is too high; allowed is 0 to " + (NodeParameter.MAX_NODES - 1));
            return;
        }
        try {
            Object value = target.definition().type().parse(setting.value());
            put(target, setting, value);
        } catch (InvalidValueException e) {
            wrong.add(target.definition());
            add(Severity.ERROR, setting, e.reason());
        }
    }

    private void put(Target target, Setting setting, Object value) {
        entries.put(target, new Entry(value, setting.at()));
        Setting earlier = setBy.put(target, setting);
        if (earlier != null && !earlier.name().equals(setting.name())) {
            add(
                    Severity.WARNING,
                    setting,
                    "it is the same as " + earlier.name() + " in " + earlier.at()
                            + "; the later line counts, this one");
        }
    }

    private void applyModes() {
        Setting last = modes.last();
        ClusteringMode mode = modes.mode(diagnostics);
        if (last == null || mode == null) {
            return;
        }
        Target target = new Target(BackendParameters.BACKEND_CLUSTERING_MODE, ParameterTable.NO_NODE);
        Setting current = setBy.get(target);
        if (current != null && current.order() > last.order()) {
            add(
                    Severity.WARNING,
                    current,
                    "it is also set by " + last.name() + " in " + last.at() + "; the later line counts, this one");
            return;
        }
        put(target, last, mode);
    }

    private void unknown(Setting setting) {
        String hint = nearest(setting.name())
                .map(name -> "; the nearest known name is \"" + name + "\"")
                .orElse("");
        add(Severity.WARNING, setting, "this is not a known parameter, it has no effect" + hint);
    }

    /** Looks for the name as it stands and, where it ends in digits, for the name before them. */
    private static Optional<String> nearest(String name) {
        String stem = name.replaceFirst("[0-9]+$", "");
        return Nearest.to(stem, ParameterTable.writableNames()).map(found -> {
            Optional<ParameterDefinition<?>> definition = ParameterTable.find(found);
            boolean indexed = definition.isPresent() && definition.get() instanceof NodeParameter;
            return indexed ? found + name.substring(stem.length()) : found;
        });
    }

    private void add(Severity severity, Setting setting, String text) {
        diagnostics.add(Diagnostic.about(severity, setting.at(), setting.name(), text));
    }
}
