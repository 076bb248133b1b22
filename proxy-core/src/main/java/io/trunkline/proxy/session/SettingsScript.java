package io.trunkline.proxy.session;

import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * The settings of a session, as the statements that make them on a server that has the settings of its start: what is
 * compared, and run, where one backend serves sessions in turn. Immutable.
 */
final class SettingsScript {
    static final SettingsScript NONE = new SettingsScript(List.of());

    private static final Pattern PLACEHOLDER = Pattern.compile("[a-z_][a-z0-9_]*\\.[a-z0-9_.]+");

    /** What no parser of statements looks at. */
    private static final Set<String> NOT_PARSED_WITH = Set.of(
            "application_name",
            "client_min_messages",
            "deadlock_timeout",
            "extra_float_digits",
            "idle_in_transaction_session_timeout",
            "idle_session_timeout",
            "lock_timeout",
            "statement_timeout",
            "synchronous_commit",
            "work_mem");

    /**
     * @param name of the setting
     * @param text one character a byte, as it came from the client
     */
    record Setting(String name, String text) {}

    private final List<Setting> settings;
    private final int hash;
    private final String parsedWith;

    private SettingsScript(List<Setting> settings) {
        this.settings = settings;
        this.hash = settings.hashCode();
        this.parsedWith = settings.stream()
                .filter(setting -> !NOT_PARSED_WITH.contains(setting.name()))
                .map(Setting::text)
                .collect(Collectors.joining(";"));
    }

    /** @param made in the order in which they were made */
    static SettingsScript of(List<Setting> made) {
        List<Setting> settings = made.stream()
                .filter(setting -> !isReset(setting.text()) || isPlaceholder(setting.name()))
                .toList();
        return settings.isEmpty() ? NONE : new SettingsScript(settings);
    }

    /**
     * Whether a setting of this name is one of an application or an extension: a server shows it empty once it has been set
     * and reset (manual, "Customized Options").
     */
    static boolean isPlaceholder(String name) {
        return PLACEHOLDER.matcher(name).matches();
    }

    static boolean isReset(String text) {
        return text.strip().toUpperCase(Locale.ROOT).startsWith("RESET");
    }

    /** Differs where the same text may be another statement. */
    String parsedWith() {
        return parsedWith;
    }

    boolean has(String name) {
        for (Setting setting : settings) {
            if (setting.name().equals(name)) {
                return true;
            }
        }
        return false;
    }

    /**
     * Tells the statements that bring a server from these settings to {@code wanted}.
     *
     * @return whether all settings have been reset before
     */
    boolean change(SettingsScript wanted, Consumer<String> statements) {
        boolean resets = !isOverwrittenBy(wanted);
        if (resets) {
            if (has(SessionSettings.AUTHORIZATION)) {
                statements.accept("RESET SESSION AUTHORIZATION");
            }
            if (has(SessionSettings.ROLE)) {
                statements.accept("RESET ROLE");
            }
            statements.accept("RESET ALL");
        }
        int from = resets ? 0 : sameAs(wanted);
        for (Setting setting : wanted.settings.subList(from, wanted.settings.size())) {
            statements.accept(setting.text());
        }
        return resets;
    }

    /** Whether {@code wanted} makes all that is made here, in the same order, and perhaps more, and may do so. */
    private boolean isOverwrittenBy(SettingsScript wanted) {
        if (settings.size() > wanted.settings.size()) {
            return false;
        }
        for (int i = 0; i < settings.size(); i++) {
            if (!settings.get(i).name().equals(wanted.settings.get(i).name())) {
                return false;
            }
        }
        // what is made before a role is set is not for that role to change
        return !hasRoleFrom(sameAs(wanted) + 1);
    }

    private boolean hasRoleFrom(int index) {
        for (int i = index; i < settings.size(); i++) {
            String name = settings.get(i).name();
            if (name.equals(SessionSettings.ROLE) || name.equals(SessionSettings.AUTHORIZATION)) {
                return true;
            }
        }
        return false;
    }

    /** How many settings are the same at the beginning. */
    private int sameAs(SettingsScript wanted) {
        int same = 0;
        while (same < settings.size() && settings.get(same).equals(wanted.settings.get(same))) {
            same++;
        }
        return same;
    }

    @Override
    public boolean equals(Object other) {
        return this == other
                || other instanceof SettingsScript that && hash == that.hash && settings.equals(that.settings);
    }

    @Override
    public int hashCode() {
        return hash;
    }
}
