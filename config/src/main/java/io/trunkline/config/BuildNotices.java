package io.trunkline.config;

import io.trunkline.config.ParameterTable.Target;
import io.trunkline.config.PgpoolConfig.Entry;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Says which lines ask for something that this version does not do: one warning for all that is missing, one note for
 * all that is not needed. A line that sets the default, or switches the feature off, asks for nothing.
 */
final class BuildNotices {
    private BuildNotices() {}

    static void collect(Map<Target, Setting> setBy, Map<Target, Entry> entries, List<Diagnostic> diagnostics) {
        List<Setting> missing = new ArrayList<>();
        List<Setting> needless = new ArrayList<>();
        setBy.forEach((target, setting) -> {
            Entry entry = entries.get(target);
            if (entry != null && target.definition().partOf().isEmpty() && asks(target.definition(), entry.value())) {
                switch (target.definition().state()) {
                    case NOT_BUILT -> missing.add(setting);
                    case NOT_NEEDED -> needless.add(setting);
                    case BUILT -> {}
                }
            }
        });
        add(Severity.WARNING, missing, "not built yet in this version and without effect", diagnostics);
        add(Severity.NOTE, needless, "not needed here and without effect", diagnostics);
    }

    @SuppressWarnings("unchecked") // an entry's value was made by the type of its definition
    private static <T> boolean asks(ParameterDefinition<T> definition, Object value) {
        return !definition.defaultValue().equals(value) && !definition.type().isOff((T) value);
    }

    private static void add(Severity severity, List<Setting> settings, String what, List<Diagnostic> diagnostics) {
        if (settings.isEmpty()) {
            return;
        }
        Setting first = settings.get(0);
        List<String> others = settings.subList(1, settings.size()).stream()
                .map(setting -> setting.name() + " (" + where(setting, first) + ")")
                .toList();
        String text = others.isEmpty() ? what : what + "; the same goes for " + String.join(", ", others);
        diagnostics.add(Diagnostic.about(severity, first.at(), first.name(), text));
    }

    private static String where(Setting setting, Setting first) {
        SourceLocation at = setting.at();
        return at.file().equals(first.at().file()) ? "line " + at.line() : at.toString();
    }
}
