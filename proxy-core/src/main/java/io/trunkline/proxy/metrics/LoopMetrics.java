package io.trunkline.proxy.metrics;

import io.trunkline.config.UnrestorableState;
import io.trunkline.proxy.auth.LoginFailure;
import io.trunkline.proxy.auth.LoginMethod;
import io.trunkline.proxy.route.Destination;
import io.trunkline.proxy.route.Rule;
import io.trunkline.proxy.route.StatementGroup;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * The counters of one event loop. Written by that loop alone, so counting costs a plain addition; read by anyone, at
 * most a moment late. {@link Metrics} adds the loops up.
 */
public final class LoopMetrics {
    private static final VarHandle LONGS = MethodHandles.arrayElementVarHandle(long[].class);
    private static final int DESTINATIONS = Destination.values().length;
    private static final int REASONS = LoginFailure.values().length;
    private static final int GROUPS = StatementGroup.values().length;
    private static final int SEVERITIES = ErrorSeverity.values().length;

    /** The plain counters. */
    public enum Counter {
        BYTES_FROM_CLIENTS,
        BYTES_TO_CLIENTS,
        SESSIONS_STARTED,
        SESSIONS_PINNED,
        REQUESTS_REFUSED,
        REROUTED_READ_ONLY,
        REROUTED_CONFLICT,
        REROUTED_LOST,
        PARSED_ANEW,
        PARSES_SPARED,
        BACKENDS_SHARED,
        BACKEND_WAITS,
        BACKEND_WAIT_NANOS,
        TLS_HANDSHAKES,
        TLS_HANDSHAKES_FAILED,
        CANCELS,
        REFUSED_FOR_MEMORY,
        CATALOG_QUERIES,
        SESSIONS_KEPT,
        SESSIONS_ENDED_BY_LOSS,
        TRANSACTIONS_LOST,
        OUTCOMES_UNKNOWN,
        PRIMARY_WAITS,
        PRIMARY_WAITS_EXPIRED
    }

    private final long[] counters = new long[Counter.values().length];
    private final long[] rules = new long[Rule.values().length];
    private final long[] held = new long[UnrestorableState.values().length];

    /** By method, and in that by reason. */
    private final long[] failedLogins = new long[LoginMethod.values().length * REASONS];

    /** Per node: statements by destination, then errors. */
    private final long[] perNode;

    /** Per node: statements by group. */
    private final long[] groups;

    /** Per node: errors by severity. */
    private final long[] severities;

    private final int nodes;

    public LoopMetrics(int nodes) {
        this.nodes = nodes;
        this.perNode = new long[nodes * (DESTINATIONS + 1)];
        this.groups = new long[nodes * GROUPS];
        this.severities = new long[nodes * SEVERITIES];
    }

    /** A statement went to a node, by a rule. */
    public void statement(int node, Destination destination, Rule rule) {
        add(rules, rule.ordinal(), 1);
        add(perNode, node * (DESTINATIONS + 1) + destination.ordinal(), 1);
    }

    /** The same statement, by what it is. */
    public void sent(int node, StatementGroup group) {
        add(groups, node * GROUPS + group.ordinal(), 1);
    }

    /** A node answered with an error. */
    public void error(int node, ErrorSeverity severity) {
        add(perNode, node * (DESTINATIONS + 1) + DESTINATIONS, 1);
        add(severities, node * SEVERITIES + severity.ordinal(), 1);
    }

    /** A client was not admitted. */
    public void loginFailed(LoginMethod method, LoginFailure reason) {
        add(failedLogins, method.ordinal() * REASONS + reason.ordinal(), 1);
    }

    public void fromClient(int bytes) {
        add(counters, Counter.BYTES_FROM_CLIENTS.ordinal(), bytes);
    }

    public void toClient(int bytes) {
        add(counters, Counter.BYTES_TO_CLIENTS.ordinal(), bytes);
    }

    public void pinned() {
        count(Counter.SESSIONS_PINNED);
    }

    /** A session has made something on a backend that is nowhere else. */
    public void holds(UnrestorableState kind) {
        add(held, kind.ordinal(), 1);
    }

    /** A session has waited until others gave a backend back, or it gave up. */
    public void waited(long nanos) {
        count(Counter.BACKEND_WAITS);
        add(counters, Counter.BACKEND_WAIT_NANOS.ordinal(), nanos);
    }

    public void refused() {
        count(Counter.REQUESTS_REFUSED);
    }

    public void count(Counter counter) {
        add(counters, counter.ordinal(), 1);
    }

    public long value(Counter counter) {
        return (long) LONGS.getOpaque(counters, counter.ordinal());
    }

    public long statements(int node, Destination destination) {
        return node < nodes ? (long) LONGS.getOpaque(perNode, node * (DESTINATIONS + 1) + destination.ordinal()) : 0;
    }

    public long sentOf(int node, StatementGroup group) {
        return node < nodes ? (long) LONGS.getOpaque(groups, node * GROUPS + group.ordinal()) : 0;
    }

    public long errors(int node, ErrorSeverity severity) {
        return node < nodes ? (long) LONGS.getOpaque(severities, node * SEVERITIES + severity.ordinal()) : 0;
    }

    public long decisions(Rule rule) {
        return (long) LONGS.getOpaque(rules, rule.ordinal());
    }

    public long held(UnrestorableState kind) {
        return (long) LONGS.getOpaque(held, kind.ordinal());
    }

    public long errors(int node) {
        return node < nodes ? (long) LONGS.getOpaque(perNode, node * (DESTINATIONS + 1) + DESTINATIONS) : 0;
    }

    public long failedLogins(LoginMethod method, LoginFailure reason) {
        return (long) LONGS.getOpaque(failedLogins, method.ordinal() * REASONS + reason.ordinal());
    }

    private static void add(long[] array, int index, long amount) {
        LONGS.setOpaque(array, index, array[index] + amount);
    }
}
