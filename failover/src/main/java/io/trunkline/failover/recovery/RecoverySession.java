package io.trunkline.failover.recovery;

import io.netty.channel.EventLoop;
import io.trunkline.pool.Admission;
import io.trunkline.pool.BackendOpener;
import io.trunkline.pool.NodeAddress;
import io.trunkline.pool.OpenFailure;
import io.trunkline.pool.QueryConnection;
import io.trunkline.pool.StartupKey;
import io.trunkline.protocol.ServerMessage;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** A connection of the recovery user to a node. Event loop only; its futures complete there. */
final class RecoverySession {
    private static final String APPLICATION_NAME = "trunkline recovery";

    /** A query that failed, in the server's words. */
    static final class QueryFailure extends RuntimeException {
        private static final long serialVersionUID = 1L;

        private final String sqlState;

        QueryFailure(String why, String sqlState) {
            super(why);
            this.sqlState = sqlState;
        }

        /** Empty if the server has not said anything. */
        String sqlState() {
            return sqlState;
        }
    }

    /** A node that could not be connected to. */
    static final class Unopened extends RuntimeException {
        private static final long serialVersionUID = 1L;

        private final transient OpenFailure failure;

        Unopened(OpenFailure failure) {
            super(failure.message().message());
            this.failure = failure;
        }

        /** Whether a server is there that is neither starting nor full. */
        boolean isServedOtherwise() {
            return failure.answered() && !failure.isNodesOwnTrouble();
        }

        boolean isAnswered() {
            return failure.answered();
        }
    }

    private final QueryConnection connection;
    private final String database;

    private RecoverySession(QueryConnection connection, String database) {
        this.connection = connection;
        this.database = database;
    }

    /** Connects to the first of the databases that lets the user in. Fails with {@link Unopened}. */
    static CompletableFuture<RecoverySession> open(
            EventLoop loop, BackendOpener opener, NodeAddress address, RecoverySettings settings) {
        CompletableFuture<RecoverySession> opened = new CompletableFuture<>();
        open(loop, opener, address, settings, settings.databases(), opened);
        return opened;
    }

    private static void open(
            EventLoop loop,
            BackendOpener opener,
            NodeAddress address,
            RecoverySettings settings,
            List<String> databases,
            CompletableFuture<RecoverySession> result) {
        String database = databases.get(0);
        QueryConnection connection = new QueryConnection(loop);
        opener.open(
                loop,
                address,
                StartupKey.of(Map.of("user", settings.user(), "database", database)),
                APPLICATION_NAME,
                settings.logins().get(),
                Admission.VERIFIED,
                connection,
                backend -> {
                    connection.use(backend);
                    if (!result.complete(new RecoverySession(connection, database))) {
                        connection.close();
                    }
                },
                failure -> {
                    Unopened why = new Unopened(failure);
                    if (databases.size() > 1 && why.isServedOtherwise()) {
                        open(loop, opener, address, settings, databases.subList(1, databases.size()), result);
                    } else {
                        result.completeExceptionally(why);
                    }
                });
    }

    String database() {
        return database;
    }

    /** Runs a query. Fails with {@link QueryFailure}. */
    CompletableFuture<List<List<@Nullable String>>> query(String sql, long limitMillis) {
        CompletableFuture<List<List<@Nullable String>>> answer = new CompletableFuture<>();
        connection.query(sql, limitMillis, new QueryConnection.Answer() {
            @Override
            public void rows(List<List<@Nullable String>> rows) {
                answer.complete(rows);
            }

            @Override
            public void failed(String why, boolean answered) {
                answer.completeExceptionally(new QueryFailure(why, ""));
            }

            @Override
            public void refused(ServerMessage error) {
                answer.completeExceptionally(new QueryFailure(error.toString(), error.sqlState()));
            }
        });
        return answer;
    }

    void close() {
        connection.close();
    }
}
