package io.trunkline.failover.probe;

import io.netty.channel.EventLoop;
import io.trunkline.failover.CheckSettings;
import io.trunkline.failover.NodeReport;
import io.trunkline.failover.Outside.ReportAnswer;
import io.trunkline.pool.Admission;
import io.trunkline.pool.BackendOpener;
import io.trunkline.pool.BackendOpening;
import io.trunkline.pool.NodeAddress;
import io.trunkline.pool.QueryConnection;
import io.trunkline.pool.StartupKey;
import io.trunkline.protocol.ServerMessage;
import io.trunkline.protocol.SqlState;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Asks one node for its role and what goes with it, over a connection that is opened when it is needed and kept while it
 * works. A question that comes while one is under way is answered with that. Where the connection that was kept turns out
 * to be lost, another one is tried before the node counts as one that does not answer. Event loop only.
 */
final class RoleProbe {
    private static final Logger log = LoggerFactory.getLogger(RoleProbe.class);

    /** As pg_stat_activity shows the connection. */
    private static final String APPLICATION_NAME = "trunkline check";

    private final EventLoop loop;
    private final BackendOpener opener;
    private QueryConnection connection;
    private @Nullable Round round;
    private boolean renewAfterRound;
    private boolean warned;

    /** What this connection may ask, and the latest timeline that the server has been seen on over it; 0 = none. */
    private boolean full = true;

    private int knownTimeline;

    RoleProbe(EventLoop loop, BackendOpener opener) {
        this.loop = loop;
        this.opener = opener;
        this.connection = new QueryConnection(loop);
    }

    void ask(NodeAddress address, CheckSettings settings, ReportAnswer answer) {
        if (round != null) {
            round.answers.add(answer);
            return;
        }
        Round fresh = new Round(address, settings);
        fresh.answers.add(answer);
        round = fresh;
        fresh.begin();
    }

    /** Has later questions go over a new connection. */
    void renew() {
        warned = false;
        if (round == null) {
            connection.close();
        } else {
            renewAfterRound = true;
        }
    }

    /** Ends the connection; who waits for an answer gets none. */
    void close() {
        if (round != null) {
            round.end();
        }
        connection.close();
    }

    /** One question, with all who wait for its answer. */
    private final class Round implements QueryConnection.Answer {
        private final NodeAddress address;
        private final CheckSettings settings;
        private final List<ReportAnswer> answers = new ArrayList<>();
        private @Nullable ScheduledFuture<?> limit;
        private @Nullable BackendOpening opening;
        private boolean kept;
        private boolean over;

        Round(NodeAddress address, CheckSettings settings) {
            this.address = address;
            this.settings = settings;
        }

        void begin() {
            limit = loop.schedule(this::outOfTime, settings.timeoutMillis(), TimeUnit.MILLISECONDS);
            if (connection.isOpen()) {
                kept = true;
                query();
            } else {
                open();
            }
        }

        private void open() {
            QueryConnection fresh = new QueryConnection(loop);
            connection = fresh;
            full = true;
            knownTimeline = 0;
            opening = opener.open(
                    loop,
                    address,
                    StartupKey.of(Map.of("user", settings.user(), "database", settings.database())),
                    APPLICATION_NAME,
                    settings.logins().get(),
                    Admission.VERIFIED,
                    fresh,
                    opened -> {
                        fresh.use(opened);
                        query();
                    },
                    failure -> failed(
                            failure.answered()
                                    ? withAdvice(failure.message())
                                    : failure.message().message(),
                            failure.answered()));
        }

        private void query() {
            connection.query(full ? ReportQuery.FULL : ReportQuery.BASIC, settings.timeoutMillis(), this);
        }

        @Override
        public void rows(List<List<@Nullable String>> rows) {
            if (over) {
                return;
            }
            Optional<NodeReport> read = ReportQuery.read(rows, knownTimeline);
            if (read.isEmpty()) {
                tell(answer -> answer.failed("unexpected answer", true));
                return;
            }
            NodeReport report = read.get();
            if (report.inRecovery()) {
                knownTimeline = Math.max(knownTimeline, report.timeline().orElse(0));
            }
            tell(answer -> answer.report(report));
        }

        @Override
        public void refused(ServerMessage error) {
            if (!over && full && isLackOfRightsOrFunctions(error)) {
                full = false;
                if (!warned) {
                    warned = true;
                    log.warn(
                            "node {} tells its role and its position, but neither timeline nor replication: {}",
                            address.node(),
                            error);
                }
                query();
            } else {
                failed(error.toString(), true);
            }
        }

        @Override
        public void failed(String why, boolean answered) {
            if (over) {
                return;
            }
            if (kept && !answered) {
                kept = false;
                connection.close();
                open();
            } else {
                tell(answer -> answer.failed(why, answered));
            }
        }

        private void outOfTime() {
            connection.close();
            tell(answer -> answer.failed("no answer within " + settings.timeoutMillis() + " ms", false));
        }

        private void tell(Consumer<ReportAnswer> what) {
            end();
            if (renewAfterRound) {
                renewAfterRound = false;
                connection.close();
            }
            answers.forEach(what);
        }

        private void end() {
            over = true;
            round = null;
            if (limit != null) {
                limit.cancel(false);
            }
            if (opening != null) {
                opening.giveUp();
            }
        }
    }

    /** What is in the way of the login, and the parameters to look at where they are the reason. */
    private static String withAdvice(ServerMessage refusal) {
        if (refusal.sqlState().startsWith("28")) {
            return refusal + "; check sr_check_user and sr_check_password";
        }
        return refusal.sqlState().equals(SqlState.DATABASE_UNKNOWN)
                ? refusal + "; check sr_check_database"
                : refusal.toString();
    }

    /** Class 42, access rule violations and unknown names, and 0A, what is not supported. */
    private static boolean isLackOfRightsOrFunctions(ServerMessage error) {
        return error.sqlState().startsWith("42") || error.sqlState().startsWith("0A");
    }
}
