package io.trunkline.failover.probe;

import io.netty.channel.EventLoop;
import io.trunkline.failover.HealthOutcome;
import io.trunkline.failover.HealthSettings;
import io.trunkline.pool.Admission;
import io.trunkline.pool.BackendConnection;
import io.trunkline.pool.BackendLogin;
import io.trunkline.pool.BackendOpener;
import io.trunkline.pool.BackendOpening;
import io.trunkline.pool.NodeAddress;
import io.trunkline.pool.OpenFailure;
import io.trunkline.pool.StartupKey;
import io.trunkline.protocol.ServerMessage;
import io.trunkline.protocol.SqlState;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One attempt to reach the server of a node, over a connection of its own, which is ended in an orderly way. It answers
 * once, on the event loop, within health_check_timeout; event loop only.
 *
 * <p>What the server's answers mean:
 *
 * <ul>
 *   <li>ready for queries, and health_check_query went well, if there is one: ALIVE.
 *   <li>57P03: NOT_READY. It starts, recovers or shuts down, which its message alone tells apart.
 *   <li>57P01 and 57P02, or an end of the connection that came about: somebody ended this one server process, by {@code
 *       pg_terminate_backend} for example, or the server is going. The next connection tells which, so one is made at
 *       once, and what it shows counts: 57P03 after 57P01 is a shutdown under way, DEAD. 57P01 and 57P02 again is an
 *       ALARM, since a server that is going lets nobody in; another end without a word is DEAD.
 *   <li>every other error: ALARM with the server's words. It lives.
 *   <li>refused, unreachable, nothing within the time, or no PostgreSQL: DEAD.
 * </ul>
 *
 * <p>Without a user, the first answer to a startup message is enough: a request for a password, or the word that there is
 * no such user, is ALIVE. The message names the user postgres, whom most servers know and ask for proof, so that nothing
 * is written to their logs.
 */
final class HealthProbe {
    /** As pg_stat_activity shows the connection. */
    private static final String APPLICATION_NAME = "trunkline health check";

    private static final String ANONYMOUS = "postgres";
    private static final String FIRST_DATABASE = "postgres";
    private static final String SECOND_DATABASE = "template1";

    /** No such database, nobody may connect to it, this user may not, or pg_hba.conf has no entry for it. */
    private static final Set<String> DATABASE_REFUSED =
            Set.of(SqlState.DATABASE_UNKNOWN, "55000", "42501", SqlState.INVALID_AUTHORIZATION);

    private final EventLoop loop;
    private final BackendOpener opener;
    private final NodeAddress address;
    private final HealthSettings settings;
    private final Consumer<HealthOutcome> answer;
    private final boolean anonymous;
    private String database;
    private @Nullable BackendOpening opening;
    private @Nullable HealthQuery query;
    private @Nullable ScheduledFuture<?> limit;
    private boolean lookedAgain;
    private boolean endedByAdministrator;
    private boolean done;

    HealthProbe(
            EventLoop loop,
            BackendOpener opener,
            NodeAddress address,
            HealthSettings settings,
            Consumer<HealthOutcome> answer) {
        this.loop = loop;
        this.opener = opener;
        this.address = bounded(address, settings.timeoutMillis());
        this.settings = settings;
        this.answer = answer;
        this.anonymous = settings.user().isEmpty();
        this.database = settings.database().isEmpty() ? FIRST_DATABASE : settings.database();
    }

    /** No attempt to connect outlives the probe: it cannot be broken off. */
    private static NodeAddress bounded(NodeAddress address, long timeoutMillis) {
        int connect = address.connectTimeoutMillis();
        return timeoutMillis == 0 || connect > 0 && connect <= timeoutMillis
                ? address
                : new NodeAddress(address.node(), address.host(), address.port(), (int)
                        Math.min(timeoutMillis, Integer.MAX_VALUE));
    }

    void begin() {
        if (settings.timeoutMillis() > 0) {
            limit = loop.schedule(this::outOfTime, settings.timeoutMillis(), TimeUnit.MILLISECONDS);
        }
        connect();
    }

    /** Closes what is open; there will be no answer. */
    void giveUp() {
        done = true;
        if (limit != null) {
            limit.cancel(false);
        }
        if (opening != null) {
            opening.giveUp();
        }
        if (query != null) {
            query.abandon(opener);
        }
    }

    private void connect() {
        if (done) {
            return;
        }
        HealthQuery holder = new HealthQuery(new QueryOutcome());
        BackendLogin login = anonymous ? BackendLogin.TRUST : settings.logins().get();
        String user = anonymous ? ANONYMOUS : settings.user();
        opening = opener.open(
                loop,
                address,
                StartupKey.of(Map.of("user", user, "database", database)),
                APPLICATION_NAME,
                login,
                Admission.VERIFIED,
                holder,
                backend -> opened(backend, holder),
                this::failed);
    }

    private void opened(BackendConnection backend, HealthQuery holder) {
        if (anonymous || settings.query().isEmpty()) {
            backend.close();
            end(HealthOutcome.ALIVE);
        } else {
            query = holder;
            holder.send(backend, settings.query());
        }
    }

    private void failed(OpenFailure failure) {
        String words = failure.message().message();
        switch (failure.cause()) {
            case ANSWERED -> answered(failure.message());
            case UNREACHABLE -> end(dead(words, false));
            case TIMED_OUT -> end(dead(words, true));
            case BROKEN -> lookAgainElse(dead(words, false));
        }
    }

    private void answered(ServerMessage error) {
        switch (error.sqlState()) {
            case SqlState.CANNOT_CONNECT_NOW ->
                end(
                        endedByAdministrator
                                ? dead(error.toString(), false)
                                : new HealthOutcome(HealthOutcome.Kind.NOT_READY, error.toString(), false));
            case SqlState.ADMIN_SHUTDOWN -> {
                endedByAdministrator = true;
                lookAgainElse(alarm(error));
            }
            case SqlState.CRASH_SHUTDOWN -> lookAgainElse(alarm(error));
            default -> {
                if (anonymous && saysWhoIsMeant(error)) {
                    end(HealthOutcome.ALIVE);
                } else if (settings.database().isEmpty()
                        && database.equals(FIRST_DATABASE)
                        && DATABASE_REFUSED.contains(error.sqlState())) {
                    database = SECOND_DATABASE;
                    loop.execute(this::connect);
                } else {
                    end(alarm(error));
                }
            }
        }
    }

    /** Whether it is about the user and the database, which nobody has configured. */
    private static boolean saysWhoIsMeant(ServerMessage error) {
        return error.sqlState().startsWith("28") || error.sqlState().equals(SqlState.DATABASE_UNKNOWN);
    }

    private void lookAgainElse(HealthOutcome outcome) {
        if (lookedAgain) {
            end(outcome);
        } else {
            lookedAgain = true;
            query = null;
            loop.execute(this::connect);
        }
    }

    private void outOfTime() {
        boolean inQuery = query != null;
        giveUp();
        answer.accept(dead(
                (inQuery ? "health_check_query did not end within " : "no answer within ")
                        + settings.timeoutMillis()
                        + " ms",
                true));
    }

    private void end(HealthOutcome outcome) {
        done = true;
        if (limit != null) {
            limit.cancel(false);
        }
        answer.accept(outcome);
    }

    private static HealthOutcome alarm(ServerMessage error) {
        return new HealthOutcome(HealthOutcome.Kind.ALARM, error.toString(), false);
    }

    private static HealthOutcome dead(String why, boolean timedOut) {
        return new HealthOutcome(HealthOutcome.Kind.DEAD, why, timedOut);
    }

    /** What comes of health_check_query. */
    private final class QueryOutcome implements HealthQuery.Outcome {
        @Override
        public void succeeded() {
            end(HealthOutcome.ALIVE);
        }

        @Override
        public void failed(ServerMessage error) {
            answered(error);
        }

        @Override
        public void lost(String why) {
            lookAgainElse(dead(why, false));
        }
    }
}
