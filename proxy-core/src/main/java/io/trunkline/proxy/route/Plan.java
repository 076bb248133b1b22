package io.trunkline.proxy.route;

import io.trunkline.pool.IdleFilter;
import io.trunkline.sql.RouteHint;
import org.jspecify.annotations.Nullable;

/**
 * What a query string asks of the session: where it may run, and what it leaves behind if it succeeds. Most strings
 * share one of the constants.
 *
 * @param destination where it may run
 * @param rule the rule that decided
 * @param effect what it leaves behind
 * @param name of the setting, the prepared statement, or the local command that {@code effect} speaks of
 * @param text the statement itself, where {@code effect} needs it again ({@link Effect#SETTING})
 * @param idle which cached backends have to go before it runs
 * @param mentions what the catalog may know more about
 * @param hint what a comment asks for
 */
public record Plan(
        Destination destination,
        Rule rule,
        Effect effect,
        @Nullable String name,
        @Nullable String text,
        @Nullable IdleFilter idle,
        Mentions mentions,
        @Nullable RouteHint hint) {
    /** What a statement leaves behind in the session beyond the database's own state. */
    public enum Effect {
        NONE,
        /** A setting named {@code name} that other nodes must be told too, by the same text. */
        SETTING,
        /** RESET ALL: all settings are as at the start again. */
        RESET_ALL,
        /** DISCARD ALL: the session is as new. */
        DISCARD_ALL,
        /** DEALLOCATE of the prepared statement {@code name}. */
        DEALLOCATE,
        DEALLOCATE_ALL,
        /** EXECUTE of the prepared statement {@code name}. */
        EXECUTE,
        /** ROLLBACK TO SAVEPOINT: which settings it undoes is not known. */
        ROLLBACK_TO,
        /** Something that lives on one node and is not known any closer, such as a temporary table. */
        PINS,
        /** pg_cancel_backend() of the process {@code name}, a number or {@code $1}: for the node that has it. */
        CANCEL_BACKEND,
        /** pg_terminate_backend() of it. */
        TERMINATE_BACKEND,
        /** Not for a backend at all: Trunkline answers {@code name}. */
        LOCAL
    }

    public static final Plan READ = of(Destination.READ, Rule.READ_ONLY);
    public static final Plan WRITE = of(Destination.PRIMARY, Rule.NOT_READ_ONLY);
    /** Too long to be looked into. */
    public static final Plan UNINSPECTED = of(Destination.PRIMARY, Rule.TOO_LONG);
    /** A function call by the protocol's FunctionCall message. */
    public static final Plan FUNCTION_CALL = of(Destination.PRIMARY, Rule.FUNCTION_CALL);

    /** A plan without effect. */
    public static Plan of(Destination destination, Rule rule) {
        return new Plan(destination, rule, Effect.NONE, null, null, null, Mentions.NOTHING, null);
    }

    /** A plan with an effect on {@code name}. */
    public static Plan of(Destination destination, Rule rule, Effect effect, @Nullable String name) {
        return new Plan(destination, rule, effect, name, null, null, Mentions.NOTHING, null);
    }

    public boolean isLocal() {
        return effect == Effect.LOCAL;
    }
}
