package io.trunkline.proxy.session;

import io.trunkline.proxy.route.Plan;
import io.trunkline.sql.StatementDetail;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The settings that a session has made with SET and RESET, in the order in which they were made, so that a node that
 * joins later can be brought to the same state.
 *
 * <p>A setting counts once its transaction has committed. Each entry has a number; a node remembers the number it has
 * been brought to. A later SET of the same name replaces the earlier one. Bounded: beyond {@link #LIMIT} names the
 * caller must keep the session on one node.
 */
final class SessionSettings {
    /** How many settings, and how many characters of them, are kept. */
    static final int LIMIT = 200;

    private static final int TEXT_LIMIT = 64 * 1024;

    /** Stands for all names. */
    private static final String ALL = "";

    /** A SET of it may change one of its two parts and leave the other (manual, "Date/Time Output"). */
    private static final String DATE_STYLE = "datestyle";

    static final String ROLE = "role";
    static final String AUTHORIZATION = "session_authorization";

    /** What RESET ALL leaves as it is (manual, "RESET"; flag GUC_NO_RESET_ALL of the server). */
    private static final Set<String> NOT_RESET = Set.of(ROLE, AUTHORIZATION);

    private record Entry(String text, int number) {}

    private record Savepoint(String name, int pending) {}

    private @Nullable Map<String, Entry> entries;
    private @Nullable List<Map.Entry<String, String>> pending;
    private @Nullable List<Savepoint> savepoints;
    private int last;
    private int textLength;
    private @Nullable SettingsScript script;

    /** Both parts of DateStyle, as a server has reported them last; null while none has. */
    private @Nullable String dateStyle;

    /** What has been committed of DateStyle may be one of its parts. */
    private boolean dateStyleInPart;

    /** The number of the last committed setting; 0 before the first. */
    int last() {
        return last;
    }

    boolean hasPending() {
        return pending != null;
    }

    /** A setting was made in a transaction that is still open, or in a batch that is not through. */
    void made(String name, String text) {
        if (pending == null) {
            pending = new ArrayList<>(2);
        }
        pending.add(Map.entry(name, text));
    }

    /** SESSION CHARACTERISTICS were set: each of the modes is a setting of its own (manual, "SET TRANSACTION"). */
    void made(StatementDetail.Transaction characteristics) {
        characteristics.isolation().ifPresent(level -> {
            String words = level.name().toLowerCase(Locale.ROOT).replace('_', ' ');
            makeDefault("transaction_isolation", words);
        });
        characteristics.readOnly().ifPresent(only -> makeDefault("transaction_read_only", only ? "on" : "off"));
        characteristics.deferrable().ifPresent(is -> makeDefault("transaction_deferrable", is ? "on" : "off"));
    }

    private void makeDefault(String mode, String value) {
        made("default_" + mode, "SET default_" + mode + " = '" + value + "'");
    }

    /**
     * The transaction committed.
     *
     * @return false if there are more settings now than are kept
     */
    boolean committed() {
        List<Map.Entry<String, String>> made = pending;
        pending = null;
        savepoints = null;
        if (made == null) {
            return true;
        }
        script = null;
        if (entries == null) {
            entries = new LinkedHashMap<>();
        }
        for (Map.Entry<String, String> setting : made) {
            if (setting.getKey().equals(ALL)) {
                allReset(entries);
            }
            if (setting.getKey().equals(AUTHORIZATION)) {
                // the server forgets the role then
                forget(ROLE);
            }
            // removed first, so that it moves to the end
            forget(setting.getKey());
            textLength += setting.getValue().length();
            entries.put(setting.getKey(), new Entry(setting.getValue(), ++last));
            dateStyleInPart |= setting.getKey().equals(DATE_STYLE);
        }
        return entries.size() <= LIMIT && textLength <= TEXT_LIMIT;
    }

    private void allReset(Map<String, Entry> made) {
        // what was set before need not be told to anyone any more, but the reset itself must
        boolean isCrowded = made.size() > LIMIT / 2;
        made.keySet()
                .removeIf(name -> !NOT_RESET.contains(name)
                        && !name.startsWith(Plan.LOAD)
                        && (isCrowded || !SettingsScript.isPlaceholder(name)));
        textLength =
                made.values().stream().mapToInt(entry -> entry.text().length()).sum();
        made.replaceAll((name, entry) -> SettingsScript.isPlaceholder(name) ? replaced(entry, "RESET " + name) : entry);
    }

    /** A server has reported what DateStyle is now, as a whole, perhaps for the transaction only. */
    void dateStyle(String value) {
        dateStyle = value;
    }

    /** The server has told that no transaction is open, and before that all that its end has changed. */
    void transactionOver() {
        savepoints = null;
        if (dateStyleInPart && dateStyle != null && entries != null) {
            String whole = "SET " + DATE_STYLE + " TO '" + dateStyle + "'";
            entries.computeIfPresent(
                    DATE_STYLE, (name, made) -> SettingsScript.isReset(made.text()) ? made : replaced(made, whole));
            script = null;
        }
        dateStyleInPart = false;
    }

    private Entry replaced(Entry made, String text) {
        textLength += text.length() - made.text().length();
        return new Entry(text, made.number());
    }

    private void forget(String name) {
        Entry old = entries == null ? null : entries.remove(name);
        textLength -= old == null ? 0 : old.text().length();
    }

    void rolledBack() {
        pending = null;
        savepoints = null;
    }

    /** SAVEPOINT: what is made from here on may be undone by itself. */
    void savepoint(String name) {
        if (savepoints == null) {
            savepoints = new ArrayList<>(2);
        }
        if (savepoints.size() < LIMIT) {
            savepoints.add(new Savepoint(name, pending == null ? 0 : pending.size()));
        }
    }

    /**
     * ROLLBACK TO a savepoint.
     *
     * @return false if it is not known which settings that undoes
     */
    boolean rolledBackTo(String name) {
        List<Savepoint> known = savepoints == null ? List.of() : savepoints;
        for (int i = known.size() - 1; i >= 0; i--) {
            Savepoint savepoint = known.get(i);
            if (savepoint.name().equals(name)) {
                known.subList(i + 1, known.size()).clear();
                if (pending != null) {
                    pending.subList(savepoint.pending(), pending.size()).clear();
                }
                return true;
            }
        }
        return pending == null;
    }

    /** RESET ALL in a transaction that is still open, or in a batch that is not through. */
    void resetAll() {
        made(ALL, "RESET ALL");
    }

    /** DISCARD ALL: the session is as new, and so is every node that joins. */
    void discardAll() {
        entries = null;
        script = null;
        pending = null;
        savepoints = null;
        textLength = 0;
    }

    /** All that have been committed. */
    SettingsScript script() {
        if (script == null) {
            List<SettingsScript.Setting> made = new ArrayList<>();
            if (entries != null) {
                entries.forEach((name, entry) -> made.add(new SettingsScript.Setting(name, entry.text())));
            }
            script = SettingsScript.of(made);
        }
        return script;
    }

    /** Tells the settings that a node brought to {@code number} lacks, in order. */
    void since(int number, Consumer<String> statements) {
        if (entries == null || number == last) {
            return;
        }
        for (Iterator<Entry> it = entries.values().iterator(); it.hasNext(); ) {
            Entry entry = it.next();
            if (entry.number() > number) {
                statements.accept(entry.text());
            }
        }
    }
}
