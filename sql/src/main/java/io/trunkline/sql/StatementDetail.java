package io.trunkline.sql;

import java.util.List;
import java.util.Optional;

/** What a statement that is not a plain query names or asks for; which one is there depends on its type. */
public sealed interface StatementDetail {

    /** Isolation levels, weakest first. */
    enum IsolationLevel {
        READ_UNCOMMITTED,
        READ_COMMITTED,
        REPEATABLE_READ,
        SERIALIZABLE
    }

    /** How far a setting reaches. */
    enum Scope {
        SESSION,
        LOCAL
    }

    /** What becomes of a setting. */
    enum SettingAction {
        /** {@code SET name TO value}. */
        SET,
        /** {@code SET name TO DEFAULT}, {@code RESET name}, {@code RESET ALL}. */
        RESET,
        /** {@code SET name FROM CURRENT}. */
        FROM_CURRENT,
        /** {@code SHOW name}. */
        SHOW
    }

    /** Modes of {@code LOCK TABLE}, weakest first. */
    enum LockMode {
        ACCESS_SHARE,
        ROW_SHARE,
        ROW_EXCLUSIVE,
        SHARE_UPDATE_EXCLUSIVE,
        SHARE,
        SHARE_ROW_EXCLUSIVE,
        EXCLUSIVE,
        ACCESS_EXCLUSIVE
    }

    /** What kind of object {@link CatalogObject} names. */
    enum ObjectClass {
        DATABASE,
        ROLE
    }

    /**
     * Transaction control and {@code SET TRANSACTION}.
     *
     * @param name of the savepoint or prepared transaction, or the snapshot of {@code SET TRANSACTION SNAPSHOT}
     * @param isolation as named by the statement
     * @param readOnly true for {@code READ ONLY}, false for {@code READ WRITE}, empty where neither is said
     * @param deferrable likewise for {@code [NOT] DEFERRABLE}
     * @param chain {@code AND CHAIN}
     */
    record Transaction(
            Optional<String> name,
            Optional<IsolationLevel> isolation,
            Optional<Boolean> readOnly,
            Optional<Boolean> deferrable,
            boolean chain)
            implements StatementDetail {
        /** Nothing but the statement itself. */
        public static final Transaction PLAIN =
                new Transaction(Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty(), false);

        static Transaction named(String name) {
            return new Transaction(Optional.of(name), Optional.empty(), Optional.empty(), Optional.empty(), false);
        }
    }

    /**
     * {@code SET}, {@code RESET} and {@code SHOW}, also in their spellings such as {@code SET TIME ZONE}; and {@code
     * SELECT set_config(...)} where that is all and its arguments are literals; and the same after {@code PGPOOL}.
     *
     * @param name in lower case, as {@code SHOW} would take it ({@code timezone}, {@code role}); {@code all} for all
     * @param value present with {@link SettingAction#SET}; the elements of a list are joined by {@code ", "} as
     *     PostgreSQL stores them
     */
    record Setting(String name, SettingAction action, Scope scope, Optional<String> value) implements StatementDetail {

        /** Leaves the value out: applications keep secrets in settings of their own. */
        @Override
        public String toString() {
            return "Setting[" + action + " " + name + ", " + scope + "]";
        }
    }

    /**
     * {@code PREPARE}, {@code EXECUTE}, also in {@code CREATE TABLE AS EXECUTE}, {@code DEALLOCATE}.
     *
     * @param name empty for {@code DEALLOCATE ALL}
     */
    record Prepared(Optional<String> name) implements StatementDetail {}

    /**
     * {@code DECLARE}, {@code FETCH}, {@code MOVE}, {@code CLOSE}.
     *
     * @param name empty for {@code CLOSE ALL}
     * @param hold {@code WITH HOLD}
     */
    record Cursor(Optional<String> name, boolean hold) implements StatementDetail {}

    /**
     * {@code LISTEN}, {@code UNLISTEN}, {@code NOTIFY}.
     *
     * @param name empty for {@code UNLISTEN *}
     * @param isPlain whether the statement is certainly valid, and the name the same in every encoding: one of ASCII
     *     characters that no server cuts
     */
    record Channel(Optional<String> name, boolean isPlain) implements StatementDetail {}

    /**
     * The channels that several statements of one string listen on, or listen on no more.
     *
     * @param names empty if they may be all
     */
    record Channels(List<String> names) implements StatementDetail {}

    /** {@code LOCK TABLE}. */
    record Lock(LockMode mode, boolean nowait) implements StatementDetail {}

    /**
     * {@code EXPLAIN ROUTE}.
     *
     * @param from the first byte after ROUTE, counted as {@link Statement#start()} is
     */
    record Explained(int from) implements StatementDetail {}

    /**
     * A database or role that a statement creates, alters or drops.
     *
     * @param name empty for {@code ALTER ROLE ALL}, for {@code CURRENT_USER} and the like, and where several are named
     * @param database of {@code ALTER ROLE ... IN DATABASE}
     */
    record CatalogObject(ObjectClass objectClass, Optional<String> name, Optional<String> database)
            implements StatementDetail {}
}
