package io.trunkline.proxy.session;

import io.trunkline.config.InvalidValueException;
import io.trunkline.config.Parameter;
import io.trunkline.config.PgpoolConfig;
import io.trunkline.proxy.route.RoutingRules;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Function;

/**
 * What a session has set by PGPOOL SET, and the configuration that comes of it; ends with the session. A reload changes
 * what lies beneath, and the session's own values stay. Event loop only.
 */
public final class OwnSettings {
    private final Map<Parameter<?>, String> values = new LinkedHashMap<>();
    private final Function<PgpoolConfig, SessionLimits> limitsOf;
    private PgpoolConfig base;
    private PgpoolConfig effective;
    private SessionLimits limits;
    private RoutingRules routing;

    private OwnSettings(PgpoolConfig running, Function<PgpoolConfig, SessionLimits> limitsOf) {
        this.limitsOf = limitsOf;
        this.base = running;
        this.effective = running;
        this.limits = limitsOf.apply(running);
        this.routing = RoutingRules.of(running);
    }

    /**
     * Nothing is set yet.
     *
     * @param limitsOf what a configuration says about sessions
     */
    public static OwnSettings of(PgpoolConfig running, Function<PgpoolConfig, SessionLimits> limitsOf) {
        return new OwnSettings(running, limitsOf);
    }

    /**
     * @param text as pgpool.conf would have it
     * @throws InvalidValueException if the parameter does not take it; nothing is changed then
     */
    public void set(Parameter<?> parameter, String text) throws InvalidValueException {
        Map<Parameter<?>, String> next = new LinkedHashMap<>(values);
        next.put(parameter, text);
        take(base, base.with(next));
        values.put(parameter, text);
    }

    /** The configuration's value holds again. */
    public void reset(Parameter<?> parameter) {
        values.remove(parameter);
        rebase(base);
    }

    public void resetAll() {
        values.clear();
        rebase(base);
    }

    /** The configuration in force with these values in it. */
    public PgpoolConfig config(PgpoolConfig running) {
        follow(running);
        return effective;
    }

    SessionLimits limits(PgpoolConfig running) {
        follow(running);
        return limits;
    }

    RoutingRules routing(PgpoolConfig running) {
        follow(running);
        return routing;
    }

    /** Another configuration may be in force than when the values were set. */
    private void follow(PgpoolConfig running) {
        if (running != base) {
            rebase(running);
        }
    }

    private void rebase(PgpoolConfig running) {
        try {
            take(running, running.with(values));
        } catch (InvalidValueException e) {
            // they were taken before, and what a value may be does not depend on the rest
            throw new IllegalStateException(e);
        }
    }

    private void take(PgpoolConfig running, PgpoolConfig merged) {
        base = running;
        effective = merged;
        limits = limitsOf.apply(merged);
        routing = RoutingRules.of(merged);
    }
}
