package io.trunkline.proxy.route;

import io.trunkline.sql.QualifiedName;
import io.trunkline.sql.Statement;
import java.util.ArrayList;
import java.util.List;

/**
 * What of the knowledge about functions and relations a statement may make untrue, if it succeeds; inside of a
 * transaction, once that has committed. Immutable.
 *
 * @param extent how much of it
 * @param names relations that have come or gone and of which nothing is known any more, whatever the extent
 */
public record CatalogChange(Extent extent, List<QualifiedName> names) {
    /** From the least to the most. */
    public enum Extent {
        /** No more than the names. */
        NAMES,
        /**
         * Anything of the database, but most likely nothing: a procedure may do everything, and mostly only works with
         * rows. What is known still counts until it has been looked up again.
         */
        SUSPECT,
        /** Anything of the database. */
        DATABASE,
        /** Something of other databases too: settings of a role, or a database that is not the same any more. */
        EVERYWHERE
    }

    public static final CatalogChange NONE = new CatalogChange(Extent.NAMES, List.of());
    static final CatalogChange SUSPECT = new CatalogChange(Extent.SUSPECT, List.of());
    static final CatalogChange DATABASE = new CatalogChange(Extent.DATABASE, List.of());
    private static final CatalogChange EVERYWHERE = new CatalogChange(Extent.EVERYWHERE, List.of());

    /** What the statements of a query string change together. */
    public static CatalogChange of(List<Statement> statements) {
        CatalogChange all = NONE;
        for (int i = 0; i < statements.size(); i++) {
            all = all.and(of(statements.get(i)));
        }
        return all;
    }

    private static CatalogChange of(Statement statement) {
        if (statement.createsTemporary()) {
            // the first name is that of what is made
            return names(
                    statement.tables().subList(0, Math.min(1, statement.tables().size())));
        }
        return switch (statement.type()) {
            case CREATE, ALTER, CREATE_TABLE_AS, SELECT_INTO, DO, UNKNOWN -> DATABASE;
            // what is gone speaks against no statement any more; that of functions and of whole schemas is not told
            case DROP -> statement.tables().isEmpty() ? DATABASE : names(statement.tables());
            case CALL, COMMIT_PREPARED -> SUSPECT;
            case CREATE_DATABASE, ALTER_DATABASE, ALTER_DATABASE_SET, DROP_DATABASE, ALTER_ROLE_SET, ALTER_SYSTEM ->
                EVERYWHERE;
            case EXPLAIN_ANALYZE -> statement.inner().map(CatalogChange::of).orElse(DATABASE);
            default -> NONE;
        };
    }

    private static CatalogChange names(List<QualifiedName> names) {
        return names.isEmpty() ? NONE : new CatalogChange(Extent.NAMES, List.copyOf(names));
    }

    /** Both changes, as those of a transaction add up. */
    public CatalogChange and(CatalogChange other) {
        if (other.isNone() || equals(other)) {
            return this;
        }
        if (isNone()) {
            return other;
        }
        Extent larger = extent.compareTo(other.extent) >= 0 ? extent : other.extent;
        if (larger.compareTo(Extent.DATABASE) >= 0) {
            // all names are among what it concerns
            return larger == Extent.DATABASE ? DATABASE : EVERYWHERE;
        }
        List<QualifiedName> both = new ArrayList<>(names);
        other.names.stream().filter(name -> !names.contains(name)).forEach(both::add);
        return new CatalogChange(larger, List.copyOf(both));
    }

    public boolean isNone() {
        return extent == Extent.NAMES && names.isEmpty();
    }
}
