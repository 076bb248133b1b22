package io.trunkline.proxy.catalog;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Rows as a server gives them to a {@link CatalogQuestion}. */
final class Rows {
    private final List<List<@Nullable String>> rows = new ArrayList<>();

    private Rows() {}

    /** The answer of a primary whose transactions are READ COMMITTED, with random() and nextval() as what is volatile. */
    static Rows ofPrimary() {
        return new Rows().session("read committed", false).row("builtin", -1, "nextval random");
    }

    static Rows ofStandby() {
        return new Rows().session("read committed", true).row("builtin", -1, "nextval random");
    }

    static Rows withIsolation(String level) {
        return new Rows().session(level, false);
    }

    private Rows session(String isolation, boolean inRecovery) {
        return row("session", -1, isolation, Boolean.toString(inRecovery));
    }

    /** A permanent table. */
    Rows table(int number) {
        return found(number, 1, 0, "r").reached(number, null, null, null, 0);
    }

    Rows unlogged(int number, String name) {
        return found(number, 1, 0, "r").reached(number, name, null, null, 0);
    }

    Rows temporary(int number) {
        return found(number, 0, 1, null);
    }

    Rows sequence(int number, String name) {
        return found(number, 1, 0, "S").reached(number, null, name, null, 0);
    }

    /** A view by its text as pg_get_viewdef gives it, with the tables behind it. */
    Rows view(int number, String text, String... behind) {
        found(number, 1, 0, "v").reached(number, null, null, null, 1).viewText(number, text);
        if (behind.length > 0) {
            row(
                    "behind",
                    number,
                    String.join(" ", Arrays.stream(behind).map(Rows::hex).toList()),
                    "" + behind.length);
        }
        return this;
    }

    Rows viewText(int number, @Nullable String text) {
        return row("view", number, text == null ? null : hex(text));
    }

    Rows called(int number, @Nullable String volatileFunction) {
        return row("called", number, volatileFunction == null ? null : hex(volatileFunction), "false");
    }

    Rows found(int number, int permanent, int temporary, @Nullable String kinds) {
        return row("table", number, "" + permanent, "" + temporary, kinds);
    }

    Rows reached(int number, @Nullable String unlogged, @Nullable String sequence, @Nullable String system, int views) {
        return row(
                "reached",
                number,
                unlogged == null ? null : hex(unlogged),
                sequence == null ? null : hex(sequence),
                system == null ? null : hex(system),
                "" + views);
    }

    Rows function(int number, String volatility) {
        return row(
                "function",
                number,
                volatility.equals("volatile") ? hex("public.f") : null,
                Boolean.toString(volatility.equals("stable")));
    }

    Rows row(String kind, int number, @Nullable String... texts) {
        List<@Nullable String> row = new ArrayList<>();
        row.add(kind);
        row.add(Integer.toString(number));
        row.addAll(Arrays.asList(texts));
        while (row.size() < 6) {
            row.add(null);
        }
        rows.add(row);
        return this;
    }

    List<List<@Nullable String>> all() {
        return rows;
    }

    private static String hex(String text) {
        return HexFormat.of().formatHex(text.getBytes(StandardCharsets.UTF_8));
    }
}
