package io.trunkline.sql;

import java.util.Arrays;
import java.util.List;

/** What the walkers have met in the statement at hand: relations, functions, and facts as {@link Statement} flags. */
final class Findings {
    private static final int KEPT_NAMES = 64;

    private final TokenStream tokens;
    private final NameCache names;

    private QualifiedName[] tables = new QualifiedName[8];
    private QualifiedName[] functions = new QualifiedName[8];
    private QualifiedName[] ctes = new QualifiedName[8];
    private int tableCount;
    private int functionCount;
    private int cteCount;
    private int flags;

    Findings(TokenStream tokens, NameCache names) {
        this.tokens = tokens;
        this.names = names;
    }

    void reset() {
        if (tables.length > KEPT_NAMES || functions.length > KEPT_NAMES) {
            tables = new QualifiedName[8];
            functions = new QualifiedName[8];
        }
        tableCount = 0;
        functionCount = 0;
        cteCount = 0;
        flags = 0;
    }

    void raise(int flag) {
        flags |= flag;
    }

    int flags() {
        return flags;
    }

    /** The name whose last part and the part before it (or -1) are these tokens. */
    QualifiedName name(int schemaToken, int nameToken) {
        return names.resolve(tokens, schemaToken, nameToken);
    }

    void addTable(QualifiedName name) {
        for (int i = 0; i < tableCount; i++) {
            if (tables[i].equals(name)) {
                return;
            }
        }
        if (tableCount == tables.length) {
            tables = Arrays.copyOf(tables, tableCount * 2);
        }
        tables[tableCount++] = name;
    }

    /** Adds a relation unless the name is that of a common table expression in scope. */
    void addTableOrCte(QualifiedName name) {
        if (name.schemaOrNull() == null) {
            for (int i = cteCount - 1; i >= 0; i--) {
                if (ctes[i].equals(name)) {
                    return;
                }
            }
        }
        addTable(name);
    }

    void addFunction(QualifiedName name) {
        for (int i = 0; i < functionCount; i++) {
            if (functions[i].equals(name)) {
                return;
            }
        }
        if (functionCount == functions.length) {
            functions = Arrays.copyOf(functions, functionCount * 2);
        }
        functions[functionCount++] = name;
    }

    void addCte(QualifiedName name) {
        if (cteCount == ctes.length) {
            ctes = Arrays.copyOf(ctes, cteCount * 2);
        }
        ctes[cteCount++] = name;
    }

    int cteCount() {
        return cteCount;
    }

    /** Leaves the scopes opened since {@code count} was {@link #cteCount}. */
    void dropCtesDownTo(int count) {
        cteCount = count;
    }

    List<QualifiedName> tables() {
        return list(tables, tableCount);
    }

    List<QualifiedName> functions() {
        return list(functions, functionCount);
    }

    boolean usesSystemCatalog() {
        for (int i = 0; i < tableCount; i++) {
            if (tables[i].isSystem()) {
                return true;
            }
        }
        return false;
    }

    boolean callsOnlyKnownStableFunctions() {
        for (int i = 0; i < functionCount; i++) {
            if (functions[i].nature() != BuiltinFunctions.Nature.STABLE) {
                return false;
            }
        }
        return true;
    }

    /** Whether a function of that name is called, in whatever schema. */
    boolean callsSetConfig() {
        for (int i = 0; i < functionCount; i++) {
            if (functions[i].name().equals("set_config")) {
                return true;
            }
        }
        return false;
    }

    private static List<QualifiedName> list(QualifiedName[] names, int count) {
        return switch (count) {
            case 0 -> List.of();
            case 1 -> names[0].alone();
            case 2 -> List.of(names[0], names[1]);
            default -> List.of(Arrays.copyOf(names, count));
        };
    }
}
