package io.trunkline.config;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The three parameters that together chose the clustering mode before 4.2: replication_mode, master_slave_mode and
 * master_slave_sub_mode. They are collected while the lines are read and become one backend_clustering_mode.
 */
final class ObsoleteModes {
    static final Set<String> NAMES = Set.of("master_slave_mode", "master_slave_sub_mode", "replication_mode");

    private static final ValueType<ClusteringMode> SUB_MODE = EnumType.of(
            ClusteringMode.class,
            Map.of(
                    "stream", ClusteringMode.STREAMING_REPLICATION,
                    "slony", ClusteringMode.STREAMING_REPLICATION,
                    "logical", ClusteringMode.LOGICAL_REPLICATION));
    private static final Set<String> SUB_MODE_WORDS = Set.of("stream", "slony", "logical");

    private final Map<String, Setting> settings = new HashMap<>();
    private @Nullable Setting last;
    private boolean masterSlave;
    private boolean replication;
    private ClusteringMode subMode = ClusteringMode.STREAMING_REPLICATION;

    void accept(Setting setting, List<Diagnostic> diagnostics) {
        settings.put(setting.name(), setting);
        last = setting;
        try {
            switch (setting.name()) {
                case "master_slave_mode" -> masterSlave = BooleanType.INSTANCE.parse(setting.value());
                case "replication_mode" -> replication = BooleanType.INSTANCE.parse(setting.value());
                default -> subMode = subMode(setting.value());
            }
        } catch (InvalidValueException e) {
            diagnostics.add(Diagnostic.about(Severity.ERROR, setting.at(), setting.name(), e.reason()));
        }
    }

    private static ClusteringMode subMode(String text) throws InvalidValueException {
        ClusteringMode mode = SUB_MODE.parse(text);
        if (!SUB_MODE_WORDS.contains(text.strip().toLowerCase(java.util.Locale.ROOT))) {
            throw new InvalidValueException("\"" + text + "\" is not known; allowed is one of stream, slony, logical");
        }
        return mode;
    }

    /** The line that decided, null if none of the three is set. */
    @Nullable
    Setting last() {
        return last;
    }

    /** The mode that they mean; null if they leave it open. */
    @Nullable
    ClusteringMode mode(List<Diagnostic> diagnostics) {
        Setting decided = last;
        if (decided == null) {
            return null;
        }
        if (masterSlave && replication) {
            diagnostics.add(Diagnostic.about(
                    Severity.ERROR,
                    decided.at(),
                    decided.name(),
                    "master_slave_mode and replication_mode are both on; allowed is one of them"));
            return null;
        }
        if (!settings.containsKey("master_slave_mode") && !settings.containsKey("replication_mode")) {
            diagnostics.add(Diagnostic.about(
                    Severity.WARNING,
                    decided.at(),
                    decided.name(),
                    "it has no effect without master_slave_mode = on; use backend_clustering_mode"));
            return null;
        }
        if (masterSlave) {
            return subMode;
        }
        return replication ? ClusteringMode.NATIVE_REPLICATION : ClusteringMode.RAW;
    }
}
