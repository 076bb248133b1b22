package io.trunkline.sql;

import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The name of a relation or function as PostgreSQL resolves its spelling: unquoted parts folded to lower case, quoted
 * ones taken literally, escapes decoded. Immutable; equal when schema and name are.
 */
public final class QualifiedName implements Comparable<QualifiedName> {
    private final @Nullable String schema;
    private final String name;
    private final BuiltinFunctions.Nature nature;

    /** A list of it and nothing else, once that has been asked for. */
    private @Nullable List<QualifiedName> alone;

    private QualifiedName(@Nullable String schema, String name) {
        this.schema = schema;
        this.name = name;
        this.nature = schema == null || schema.equals("pg_catalog")
                ? BuiltinFunctions.of(name)
                : BuiltinFunctions.Nature.UNKNOWN;
    }

    /** A name without a schema. */
    public static QualifiedName of(String name) {
        return new QualifiedName(null, name);
    }

    /** A name in a schema. */
    public static QualifiedName of(String schema, String name) {
        return new QualifiedName(schema, name);
    }

    public Optional<String> schema() {
        return Optional.ofNullable(schema);
    }

    @Nullable
    String schemaOrNull() {
        return schema;
    }

    public String name() {
        return name;
    }

    /** Whether this names something in {@code pg_catalog}, {@code information_schema} or, unqualified, {@code pg_*}. */
    public boolean isSystem() {
        return schema == null
                ? name.startsWith("pg_")
                : schema.equals("pg_catalog") || schema.equals("information_schema") || schema.equals("pg_toast");
    }

    List<QualifiedName> alone() {
        List<QualifiedName> list = alone;
        if (list == null) {
            // two threads may make it twice, which does no harm
            list = List.of(this);
            alone = list;
        }
        return list;
    }

    /** What this is, taken as a function. */
    BuiltinFunctions.Nature nature() {
        return nature;
    }

    /** Whether the schema is the session's temporary one. */
    public boolean isTemporary() {
        return schema != null && (schema.equals("pg_temp") || schema.startsWith("pg_temp_"));
    }

    @Override
    public boolean equals(@Nullable Object o) {
        return o instanceof QualifiedName that
                && name.equals(that.name)
                && (schema == null ? that.schema == null : schema.equals(that.schema));
    }

    @Override
    public int hashCode() {
        return name.hashCode() * 31 + (schema == null ? 0 : schema.hashCode());
    }

    @Override
    public int compareTo(QualifiedName that) {
        return toString().compareTo(that.toString());
    }

    /** {@code name} or {@code schema.name}, without quotes. */
    @Override
    public String toString() {
        return schema == null ? name : schema + "." + name;
    }
}
