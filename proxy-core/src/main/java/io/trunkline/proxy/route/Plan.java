package io.trunkline.proxy.route;

import io.trunkline.pool.IdleFilter;
import io.trunkline.sql.RouteHint;
import io.trunkline.sql.StatementDetail;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What a query string asks of the session: where it may run, and what it leaves behind if it succeeds. Most strings
 * share one of the constants.
 *
 * @param destination where it may run; {@link Destination#READ} with {@code mentions} only if the catalog knows nothing
 *     against them
 * @param rule the rule that decided
 * @param effect what it leaves behind
 * @param name of the setting, the prepared statement, or the local command that {@code effect} speaks of; of a temporary
 *     table the prepared statement that fills it
 * @param text the statement itself, where {@code effect} needs it again; one character a byte, in the client's encoding
 * @param idle which cached backends have to go before it runs
 * @param mentions what the catalog may know more about; of a write only where the tables written are remembered
 *     (dml_adaptive)
 * @param hint what a comment asks for; the planner itself has followed it where it asks for the primary
 * @param detail what a transaction control statement or a setting says, with the effects that name it
 * @param inner the plan of the statement that {@link Effect#PREPARE} prepares or {@code EXPLAIN ROUTE} asks about
 * @param change what is known of relations and functions that is out of date once it has come into effect
 */
public record Plan(
        Destination destination,
        Rule rule,
        Effect effect,
        @Nullable String name,
        @Nullable String text,
        @Nullable IdleFilter idle,
        Mentions mentions,
        @Nullable RouteHint hint,
        @Nullable StatementDetail detail,
        @Nullable Plan inner,
        CatalogChange change) {
    /** What a statement leaves behind in the session beyond the database's own state. */
    public enum Effect {
        NONE,
        /** BEGIN: {@code text}, and its modes in {@link Plan#transaction()}. */
        BEGIN,
        /** COMMIT, whether AND CHAIN in {@link Plan#transaction()}. */
        COMMIT,
        /** ROLLBACK, likewise. */
        ROLLBACK,
        /** SAVEPOINT {@code name}: {@code text}. */
        SAVEPOINT,
        /** RELEASE of the savepoint {@code name}: {@code text}. */
        RELEASE,
        /** ROLLBACK TO the savepoint {@code name}: {@code text}. */
        ROLLBACK_TO,
        /** PREPARE TRANSACTION. */
        PREPARE_TRANSACTION,
        /**
         * A setting that ends with the transaction: {@code text}. The {@code detail} is a
         * {@link StatementDetail.Transaction} if it is about the transaction's modes, however it is spelt, a
         * {@link StatementDetail.Setting} if it is another one, and null with SET CONSTRAINTS.
         */
        TRANSACTION_SETTING,
        /**
         * Something that lives on one node until the transaction ends, and is not known any closer: what set_config() has
         * set for the transaction.
         */
        TIES_TRANSACTION,
        /** SET TRANSACTION SNAPSHOT. */
        SNAPSHOT,
        /** A setting named {@code name} that other nodes must be told too, by the same {@code text}. */
        SETTING,
        /** RESET ALL: all settings are as at the start again; {@code text} unless it is one of several. */
        RESET_ALL,
        /** DISCARD ALL: the session is as new. */
        DISCARD_ALL,
        /**
         * PREPARE of the statement {@code name}: {@code text}, which makes it on another node too, and {@code inner}; without
         * a name of any, in a string of several.
         */
        PREPARE,
        /** DEALLOCATE of the prepared statement {@code name}. */
        DEALLOCATE,
        DEALLOCATE_ALL,
        /** EXECUTE of the prepared statement {@code name}, also inside of EXPLAIN. */
        EXECUTE,
        /** Something that lives on one node and is not known any closer, such as a temporary table. */
        PINS,
        /** Something that lives on one node and that other statements do not need, such as a lock: the rule says what. */
        HOLDS,
        /** LISTEN on the channel {@code name}; null if that is not plain. */
        LISTEN,
        /** UNLISTEN of the channel {@code name}, or of all; in a string of several, of those in {@code detail}. */
        UNLISTEN,
        /** pg_cancel_backend() of the process {@code name}, a number or {@code $1}: for the node that has it. */
        CANCEL_BACKEND,
        /** pg_terminate_backend() of it. */
        TERMINATE_BACKEND,
        /** Not for a backend at all: Trunkline answers {@code name}. */
        LOCAL
    }

    /** The {@code name} of {@code EXPLAIN ROUTE}, an {@link Effect#LOCAL}. */
    public static final String EXPLAIN_ROUTE = "explain_route";

    /** The {@code name} of the PGPOOL commands, an {@link Effect#LOCAL} with a {@link StatementDetail.Setting}. */
    public static final String PGPOOL = "pgpool";

    /** What the {@code name} of LOAD begins with: an {@link Effect#SETTING} that RESET ALL leaves. */
    public static final String LOAD = "load ";

    public static final Plan READ = of(Destination.READ, Rule.READ_ONLY);
    public static final Plan WRITE = of(Destination.PRIMARY, Rule.NOT_READ_ONLY);

    /** Too long to be looked into. */
    public static final Plan UNINSPECTED =
            of(Destination.PRIMARY, Rule.TOO_LONG).changing(CatalogChange.SUSPECT);
    /** The same, where what it may leave behind must not be missed. */
    public static final Plan UNINSPECTED_PINS =
            of(Destination.PRIMARY, Rule.TOO_LONG, Effect.PINS, null).changing(CatalogChange.SUSPECT);
    /** A function call by the protocol's FunctionCall message. */
    public static final Plan FUNCTION_CALL = of(Destination.PRIMARY, Rule.FUNCTION_CALL);

    /** A plan without effect. */
    public static Plan of(Destination destination, Rule rule) {
        return of(destination, rule, Effect.NONE, null);
    }

    /** A plan with an effect on {@code name}. */
    public static Plan of(Destination destination, Rule rule, Effect effect, @Nullable String name) {
        return of(destination, rule, effect, name, null, null);
    }

    /** A plan with an effect that needs the statement again. */
    static Plan of(
            Destination destination,
            Rule rule,
            Effect effect,
            @Nullable String name,
            @Nullable String text,
            @Nullable StatementDetail detail) {
        return new Plan(
                destination, rule, effect, name, text, null, Mentions.NOTHING, null, detail, null, CatalogChange.NONE);
    }

    static Plan mentioning(Destination destination, Rule rule, Mentions mentions) {
        return new Plan(
                destination, rule, Effect.NONE, null, null, null, mentions, null, null, null, CatalogChange.NONE);
    }

    /** The same, for the primary by another rule. */
    Plan onPrimary(Rule reason) {
        return new Plan(Destination.PRIMARY, reason, effect, name, text, idle, mentions, hint, detail, inner, change);
    }

    /** The same, of several statements that concern these channels. */
    Plan naming(StatementDetail.Channels channels) {
        return new Plan(destination, rule, effect, name, text, idle, mentions, hint, channels, inner, change);
    }

    /** The same, of a statement without effect, whose transaction stays on its node from then on. */
    Plan tyingTransaction() {
        return new Plan(
                destination, rule, Effect.TIES_TRANSACTION, name, text, idle, mentions, hint, detail, inner, change);
    }

    Plan withIdle(IdleFilter filter) {
        return new Plan(destination, rule, effect, name, text, filter, mentions, hint, detail, inner, change);
    }

    Plan withMentions(Mentions named) {
        return new Plan(destination, rule, effect, name, text, idle, named, hint, detail, inner, change);
    }

    Plan withHint(RouteHint asked) {
        return new Plan(destination, rule, effect, name, text, idle, mentions, asked, detail, inner, change);
    }

    /** The same, of statements that make this untrue. */
    Plan changing(CatalogChange changed) {
        return new Plan(destination, rule, effect, name, text, idle, mentions, hint, detail, inner, changed);
    }

    /** The same, for where {@code other} goes. */
    public Plan following(Plan other) {
        return new Plan(
                other.destination,
                other.rule,
                effect,
                name,
                text,
                idle,
                other.mentions,
                other.hint,
                detail,
                inner,
                change);
    }

    Plan withInner(Plan contained) {
        return new Plan(destination, rule, effect, name, text, idle, mentions, hint, detail, contained, change);
    }

    /** The prepared statement that it makes, runs or deallocates; null if none is known by its text. */
    public @Nullable String preparedName() {
        return switch (effect) {
            case PREPARE, EXECUTE, DEALLOCATE -> name;
            // CREATE TEMPORARY TABLE AS EXECUTE
            case PINS -> rule == Rule.TEMPORARY ? name : null;
            default -> null;
        };
    }

    public boolean isLocal() {
        return effect == Effect.LOCAL;
    }

    /** The modes, names and AND CHAIN of a transaction control statement; only with the effects that say so. */
    public StatementDetail.Transaction transaction() {
        return (StatementDetail.Transaction) Objects.requireNonNull(detail);
    }

    /** Without the statement's text, which may hold secrets. */
    @Override
    public String toString() {
        return "Plan[" + destination + ", " + rule + ", " + effect + (name == null ? "" : " " + name) + ", " + mentions
                + (hint == null ? "" : ", " + hint) + "]";
    }
}
