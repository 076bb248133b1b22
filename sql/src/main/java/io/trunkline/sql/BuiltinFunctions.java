package io.trunkline.sql;

/** Functions of pg_catalog that no overload makes volatile. */
public final class BuiltinFunctions {
    private BuiltinFunctions() {}

    /** Whether an unqualified name, or one in pg_catalog, is such a function. */
    public static boolean isKnownStable(QualifiedName name) {
        return name.name().isEmpty();
    }
}
