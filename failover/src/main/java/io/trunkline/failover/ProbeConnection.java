package io.trunkline.failover;

import io.netty.channel.EventLoop;
import io.trunkline.pool.Admission;
import io.trunkline.pool.BackendOpener;
import io.trunkline.pool.NodeAddress;
import io.trunkline.pool.QueryConnection;
import io.trunkline.pool.StartupKey;
import java.util.List;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * The connection over which one node is asked for its role and its position in the write-ahead log; opened when it is
 * needed, kept while it works. A question that comes while one is under way is answered with that. Event loop only.
 */
final class ProbeConnection {
    private static final String APPLICATION_NAME = "trunkline check";

    /** Functions of PostgreSQL 10 and later, by their full names, so that no search_path can change them. */
    private static final String QUERY = "SELECT pg_catalog.pg_is_in_recovery(),"
            + " CASE WHEN pg_catalog.pg_is_in_recovery() THEN pg_catalog.pg_last_wal_replay_lsn()"
            + " ELSE pg_catalog.pg_current_wal_lsn() END";

    interface Outcome {
        /** @param reached position in bytes, empty if the node has replayed nothing yet */
        void position(boolean inRecovery, OptionalLong reached);

        void failed(String why, boolean serverAnswered);
    }

    private final EventLoop loop;
    private final BackendOpener opener;
    private QueryConnection connection;
    private @Nullable Outcome waiting;

    ProbeConnection(EventLoop loop, BackendOpener opener) {
        this.loop = loop;
        this.opener = opener;
        this.connection = new QueryConnection(loop);
    }

    void ask(NodeAddress address, StartupKey key, CheckSettings settings, Outcome outcome) {
        if (waiting != null) {
            Outcome first = waiting;
            waiting = new Outcome() {
                @Override
                public void position(boolean inRecovery, OptionalLong reached) {
                    first.position(inRecovery, reached);
                    outcome.position(inRecovery, reached);
                }

                @Override
                public void failed(String why, boolean serverAnswered) {
                    first.failed(why, serverAnswered);
                    outcome.failed(why, serverAnswered);
                }
            };
            return;
        }
        waiting = outcome;
        if (connection.isOpen()) {
            query(settings);
            return;
        }
        QueryConnection fresh = new QueryConnection(loop);
        connection = fresh;
        opener.open(
                loop,
                address,
                key,
                APPLICATION_NAME,
                settings.logins().get(),
                Admission.VERIFIED,
                fresh,
                opened -> {
                    fresh.use(opened);
                    query(settings);
                },
                failure -> failed(failure.message().message(), failure.answered()));
    }

    private void query(CheckSettings settings) {
        connection.query(QUERY, settings.timeoutMillis(), new QueryConnection.Answer() {
            @Override
            public void rows(List<List<@Nullable String>> rows) {
                List<@Nullable String> row = rows.isEmpty() ? List.of() : rows.get(0);
                String recovery = row.isEmpty() ? null : row.get(0);
                if (recovery == null || row.size() != 2) {
                    ProbeConnection.this.failed("unexpected answer", true);
                    return;
                }
                String lsn = row.get(1);
                Outcome to = take();
                if (to != null) {
                    to.position(recovery.equals("t"), lsn == null ? OptionalLong.empty() : position(lsn));
                }
            }

            @Override
            public void failed(String why, boolean answered) {
                ProbeConnection.this.failed(why, answered);
            }
        });
    }

    void close() {
        connection.close();
    }

    private void failed(String why, boolean answered) {
        Outcome to = take();
        if (to != null) {
            to.failed(why, answered);
        }
    }

    private @Nullable Outcome take() {
        Outcome to = waiting;
        waiting = null;
        return to;
    }

    /** {@code 16/B374D848}: two halves in hex (manual, "pg_lsn Type"). */
    static OptionalLong position(String lsn) {
        int slash = lsn.indexOf('/');
        if (slash < 1) {
            return OptionalLong.empty();
        }
        try {
            return OptionalLong.of(
                    Long.parseLong(lsn.substring(0, slash), 16) << 32 | Long.parseLong(lsn.substring(slash + 1), 16));
        } catch (NumberFormatException e) {
            return OptionalLong.empty();
        }
    }
}
