package io.trunkline.proxy.catalog;

import io.trunkline.sql.Analysis;
import io.trunkline.sql.QualifiedName;
import io.trunkline.sql.Statement;
import io.trunkline.sql.StatementAnalyzer;
import io.trunkline.sql.StatementType;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Reads the rows that answer a {@link CatalogQuestion}. */
final class CatalogAnswer {
    private static final Table NO_TABLE = new Table();

    /** What the rows say about one asked relation. */
    private static final class Table {
        int permanent;
        int temporary;
        String kinds = "";

        @Nullable
        String unlogged;

        @Nullable
        String sequence;

        @Nullable
        String system;

        @Nullable
        String volatileFunction;

        int views;
        int viewsRead;
        boolean unclear;
        String behind = "";
        int behindCount;
    }

    private record Function(@Nullable String volatileName, boolean stable) {}

    private final Table[] tables;
    private final @Nullable Function[] functions;
    private final List<QualifiedName> tableNames;
    private final List<QualifiedName> functionNames;
    private Set<String> builtins;
    private boolean readCommitted;
    private boolean inRecovery;

    private CatalogAnswer(List<QualifiedName> tableNames, List<QualifiedName> functionNames, Set<String> builtins) {
        this.tableNames = tableNames;
        this.functionNames = functionNames;
        this.builtins = builtins;
        this.tables = new Table[tableNames.size()];
        this.functions = new Function[functionNames.size()];
    }

    /**
     * Reads the rows.
     *
     * @param builtins the volatile functions of pg_catalog, as far as they were not asked for
     * @throws IllegalArgumentException if the rows are no answer to that question
     */
    static CatalogAnswer read(
            List<QualifiedName> tables,
            List<QualifiedName> functions,
            Set<String> builtins,
            List<List<@Nullable String>> rows) {
        CatalogAnswer answer = new CatalogAnswer(tables, functions, builtins);
        boolean complete = false;
        List<List<@Nullable String>> views = new ArrayList<>();
        for (List<@Nullable String> row : rows) {
            if (row.size() != 6) {
                throw new IllegalArgumentException("a row of " + row.size() + " columns");
            }
            String kind = text(row, 0);
            if (kind.equals("view")) {
                views.add(row);
            } else {
                answer.read(kind, row);
            }
            complete |= kind.equals("session");
        }
        if (!complete) {
            throw new IllegalArgumentException("no row of kind session");
        }
        // last, as they are judged by what is built in
        answer.readViews(views);
        return answer;
    }

    private void read(String kind, List<@Nullable String> row) {
        switch (kind) {
            case "session" -> {
                // READ UNCOMMITTED is the same in PostgreSQL (manual, "Transaction Isolation")
                readCommitted =
                        text(row, 2).equals("read committed") || text(row, 2).equals("read uncommitted");
                inRecovery = text(row, 3).equals("true");
            }
            case "builtin" -> builtins = Set.of(text(row, 2).split(" "));
            case "table" -> {
                Table table = table(row);
                table.permanent = number(row, 2);
                table.temporary = number(row, 3);
                table.kinds = Objects.requireNonNullElse(row.get(4), "");
            }
            case "reached" -> {
                Table table = table(row);
                table.unlogged = name(row, 2);
                table.sequence = name(row, 3);
                table.system = name(row, 4);
                table.views = number(row, 5);
            }
            case "behind" -> {
                Table table = table(row);
                List<String> names = new ArrayList<>();
                for (String hex : text(row, 2).split(" ")) {
                    names.add(decode(hex));
                }
                table.behind = String.join(", ", names);
                table.behindCount = number(row, 3) - names.size();
            }
            case "called" -> {
                Table table = table(row);
                String called = name(row, 2);
                table.volatileFunction = called == null ? table.volatileFunction : called;
            }
            case "function" ->
                functions[index(row, functions.length)] =
                        new Function(name(row, 2), text(row, 3).equals("true"));
            default -> throw new IllegalArgumentException("a row of kind " + kind);
        }
    }

    private void readViews(List<List<@Nullable String>> rows) {
        StatementAnalyzer analyzer = new StatementAnalyzer();
        for (List<@Nullable String> row : rows) {
            Table table = table(row);
            String text = name(row, 2);
            table.viewsRead++;
            if (text == null) {
                table.unclear = true;
            } else {
                judgeView(analyzer.analyze(text), table);
            }
        }
    }

    /** What is built in has no schema in the text, and no dependency that is recorded. */
    private void judgeView(Analysis analysis, Table table) {
        Statement query = analysis.only().orElse(null);
        if (query == null || !query.isReadOnly() || query.type() == StatementType.SHOW) {
            table.unclear = true;
            return;
        }
        for (QualifiedName relation : query.tables()) {
            if (relation.schema().isEmpty() || relation.isSystem()) {
                table.system = relation.toString();
            }
        }
        for (QualifiedName function : query.functions()) {
            if (isBuiltin(function) && builtins.contains(function.name())) {
                table.volatileFunction = function.name();
            }
        }
    }

    private static boolean isBuiltin(QualifiedName function) {
        return function.schema().map("pg_catalog"::equals).orElse(true);
    }

    /** What was found about the relation asked for as {@code i}-th. */
    Finding table(int i) {
        QualifiedName name = tableNames.get(i);
        Table table = tables[i] == null ? NO_TABLE : tables[i];
        int objections = 0;
        List<String> reasons = new ArrayList<>(2);
        if (table.permanent == 0) {
            objections |= Verdict.UNKNOWN_RELATION.bit();
        }
        if (table.temporary > 0) {
            objections |= Verdict.TEMPORARY_TABLE.bit();
            reasons.add("temporary in a session");
        }
        if (table.volatileFunction != null) {
            objections |= Verdict.VOLATILE_FUNCTION.bit();
            reasons.add("volatile function " + table.volatileFunction);
        }
        if (table.unlogged != null) {
            objections |= Verdict.UNLOGGED_TABLE.bit();
            reasons.add(isPlain(table) ? "unlogged" : "unlogged table " + table.unlogged);
        }
        if (table.system != null) {
            objections |= Verdict.SYSTEM_CATALOG.bit();
            reasons.add("system catalog " + table.system);
        }
        if (table.sequence != null) {
            objections |= Verdict.SEQUENCE.bit();
            reasons.add("sequence " + table.sequence);
        }
        if (table.unclear || table.views != table.viewsRead) {
            objections |= Verdict.UNCLEAR_VIEW.bit();
            reasons.add("not certainly read-only");
        }
        return new Finding(objections, describe(name, table, reasons));
    }

    private static boolean isPlain(Table table) {
        return table.permanent == 1 && table.kinds.equals("r") && table.behind.isEmpty();
    }

    private static String describe(QualifiedName name, Table table, List<String> reasons) {
        if (table.permanent == 0 && table.temporary == 0) {
            return "relation " + name + ": does not exist";
        }
        StringBuilder text = new StringBuilder(noun(table)).append(' ').append(name);
        if (table.permanent > 1) {
            text.append(" in ").append(table.permanent).append(" schemas");
        }
        if (!table.behind.isEmpty()) {
            text.append(" over ").append(table.behind);
            if (table.behindCount > 0) {
                text.append(" and ").append(table.behindCount).append(" more");
            }
        }
        return text.append(": ")
                .append(reasons.isEmpty() ? "permanent" : String.join(", ", reasons))
                .toString();
    }

    private static String noun(Table table) {
        return switch (table.kinds) {
            case "v" -> "view";
            case "m" -> "materialized view";
            case "p" -> "partitioned table";
            case "f" -> "foreign table";
            case "S" -> "sequence";
            case "r", "" -> "table";
            default -> "relation";
        };
    }

    /** What was found about the function asked for as {@code i}-th. */
    Finding function(int i) {
        QualifiedName name = functionNames.get(i);
        Function function = functions[i];
        if (function == null) {
            return new Finding(Verdict.UNKNOWN_FUNCTION.bit(), "function " + name + ": does not exist");
        }
        if (function.volatileName() != null) {
            return new Finding(Verdict.VOLATILE_FUNCTION.bit(), "function " + name + ": volatile");
        }
        return new Finding(0, "function " + name + ": " + (function.stable() ? "stable" : "immutable"));
    }

    /** The volatile functions of pg_catalog; empty if they have never been asked for. */
    Set<String> builtins() {
        return builtins;
    }

    /** Whether transactions are READ COMMITTED unless they say otherwise. */
    boolean readCommitted() {
        return readCommitted;
    }

    /** Whether a standby has answered. */
    boolean inRecovery() {
        return inRecovery;
    }

    private Table table(List<@Nullable String> row) {
        int i = index(row, tables.length);
        Table known = tables[i];
        if (known == null) {
            known = new Table();
            tables[i] = known;
        }
        return known;
    }

    private static int index(List<@Nullable String> row, int limit) {
        int index = number(row, 1);
        if (index < 0 || index >= limit) {
            throw new IllegalArgumentException("a row about name " + index + " of " + limit);
        }
        return index;
    }

    private static int number(List<@Nullable String> row, int column) {
        return Integer.parseInt(text(row, column));
    }

    private static String text(List<@Nullable String> row, int column) {
        String value = row.get(column);
        if (value == null) {
            throw new IllegalArgumentException("null in column " + column + " of " + row.get(0));
        }
        return value;
    }

    private static @Nullable String name(List<@Nullable String> row, int column) {
        String hex = row.get(column);
        return hex == null ? null : decode(hex);
    }

    private static String decode(String hex) {
        return new String(HexFormat.of().parseHex(hex), StandardCharsets.UTF_8);
    }
}
