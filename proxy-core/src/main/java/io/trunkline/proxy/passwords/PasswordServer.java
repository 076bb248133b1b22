package io.trunkline.proxy.passwords;

import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.trunkline.pool.AddressResolver;
import io.trunkline.pool.Admission;
import io.trunkline.pool.BackendEncryption;
import io.trunkline.pool.BackendOpener;
import io.trunkline.pool.NodeAddress;
import io.trunkline.pool.NodeTls;
import io.trunkline.pool.OpenFailure;
import io.trunkline.pool.QueryConnection;
import io.trunkline.pool.StartupKey;
import io.trunkline.pool.Transport;
import io.trunkline.protocol.SqlState;
import io.trunkline.protocol.tls.ClientTls;
import io.trunkline.protocol.tls.TlsProvider;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/**
 * A server that is asked what it stores of its users' passwords: by a superuser, who reads pg_authid, or by a user, who
 * logs in. Over TCP without TLS. For one thread, whose calls block until the server has answered.
 */
public final class PasswordServer implements AutoCloseable {
    private static final String APPLICATION_NAME = "trunkline passwd";
    private static final int CONNECT_TIMEOUT_MILLIS = 10_000;
    private static final int QUERY_TIMEOUT_MILLIS = 60_000;

    /** Fewer than an answer may have. */
    private static final int ROLES_A_QUERY = 1_000;

    private final NodeAddress address;
    private final ExecutorService blocking = Executors.newSingleThreadExecutor(task -> {
        Thread thread = new Thread(task, "trunkline-passwd-blocking");
        thread.setDaemon(true);
        return thread;
    });
    private final EventLoopGroup loops;
    private final EventLoop loop;
    private final BackendOpener opener;

    /** @param host a name or an address */
    public PasswordServer(String host, int port) {
        address = new NodeAddress(0, host, port, CONNECT_TIMEOUT_MILLIS);
        Transport transport = Transport.best();
        loops = transport.eventLoops(1, "trunkline-passwd");
        loop = loops.next();
        opener = new BackendOpener(transport, new AddressResolver(blocking), encryption());
    }

    /** As a client does by itself: with TLS if the server offers it, whatever its certificate. SCRAM binds to that. */
    private static BackendEncryption encryption() {
        try {
            ClientTls tls = ClientTls.create(
                    TlsProvider.JDK, new ClientTls.Settings(List.of(), null, List.of(), List.of(), false));
            return node -> Optional.of(new NodeTls(tls, false, false));
        } catch (SSLException e) {
            throw new IllegalStateException(e);
        }
    }

    /**
     * Reads the passwords of all roles that can log in and have one that is not expired.
     *
     * @param user who may read pg_authid
     * @param password of that user; asked for, on another thread, if the server wants it
     */
    public List<RolePassword> allRoles(String user, String database, Supplier<byte[]> password)
            throws PasswordServerException {
        return withConnection(user, database, password, connection -> {
            List<RolePassword> roles = new ArrayList<>();
            List<RolePassword> some;
            String after = "";
            do {
                some = query(connection, "rolcanlogin AND rolpassword IS NOT NULL AND rolname > " + literal(after));
                some.stream().filter(RolePassword::isUsable).forEach(roles::add);
                after = some.isEmpty() ? "" : some.get(some.size() - 1).role();
            } while (some.size() == ROLES_A_QUERY);
            return roles;
        });
    }

    /** Reads what these roles have; those that do not exist are left out. */
    public List<RolePassword> roles(String user, String database, Supplier<byte[]> password, List<String> names)
            throws PasswordServerException {
        return withConnection(user, database, password, connection -> {
            List<RolePassword> roles = new ArrayList<>();
            for (int from = 0; from < names.size(); from += ROLES_A_QUERY) {
                List<String> literals = names.subList(from, Math.min(names.size(), from + ROLES_A_QUERY)).stream()
                        .map(PasswordServer::literal)
                        .toList();
                roles.addAll(query(connection, "rolname IN (" + String.join(", ", literals) + ")"));
            }
            return roles;
        });
    }

    /** Logs in as a user to see whether a password is right, and what the server has stored of it. */
    public PasswordProof prove(String user, String database, byte[] password) {
        PasswordLogin login = new PasswordLogin(user, () -> password, false, blocking, loop);
        try {
            QueryConnection connection = connect(user, database, login);
            loop.execute(connection::close);
        } catch (PasswordServerException e) {
            // Errors that follow the login, such as that of a missing database, do not take the proof away.
            return login.proved().map(PasswordProof::accepted).orElseGet(() -> PasswordProof.failed(e));
        }
        return login.proved().map(PasswordProof::accepted).orElseGet(PasswordProof::notAsked);
    }

    /** What is done with a connection. */
    private interface Work<T> {
        T with(QueryConnection connection) throws PasswordServerException;
    }

    private <T> T withConnection(String user, String database, Supplier<byte[]> password, Work<T> work)
            throws PasswordServerException {
        QueryConnection connection = connect(user, database, new PasswordLogin(user, password, true, blocking, loop));
        try {
            return work.with(connection);
        } finally {
            loop.execute(connection::close);
        }
    }

    private QueryConnection connect(String user, String database, PasswordLogin login) throws PasswordServerException {
        StartupKey key = StartupKey.of(Map.of(
                "user", user,
                "database", database,
                "client_encoding", "UTF8",
                "search_path", "pg_catalog",
                "standard_conforming_strings", "on"));
        CompletableFuture<QueryConnection> opened = new CompletableFuture<>();
        loop.execute(() -> {
            QueryConnection connection = new QueryConnection(loop);
            opener.open(
                    loop,
                    address,
                    key,
                    APPLICATION_NAME,
                    login,
                    Admission.VERIFIED,
                    connection,
                    backend -> {
                        connection.use(backend);
                        opened.complete(connection);
                    },
                    failure -> opened.completeExceptionally(failure(failure)));
        });
        return await(opened);
    }

    private PasswordServerException failure(OpenFailure failure) {
        String state = failure.message().sqlState();
        // there is one server only: its number would tell nothing
        String message = failure.message().message().replace(address.toString(), toString());
        return new PasswordServerException(message, failure.answered(), state.equals(SqlState.INVALID_PASSWORD));
    }

    private List<RolePassword> query(QueryConnection connection, String condition) throws PasswordServerException {
        String sql = "SELECT rolname, rolpassword, rolcanlogin, coalesce(rolvaliduntil <= now(), false)"
                + " FROM pg_catalog.pg_authid WHERE " + condition + " ORDER BY rolname LIMIT " + ROLES_A_QUERY;
        CompletableFuture<List<List<@Nullable String>>> answer = new CompletableFuture<>();
        loop.execute(() -> connection.query(sql, QUERY_TIMEOUT_MILLIS, new QueryConnection.Answer() {
            @Override
            public void rows(List<List<@Nullable String>> rows) {
                answer.complete(rows);
            }

            @Override
            public void failed(String why, boolean answered) {
                answer.completeExceptionally(new PasswordServerException(why, answered, false));
            }
        }));
        return await(answer).stream().map(PasswordServer::role).toList();
    }

    private static RolePassword role(List<@Nullable String> row) {
        return new RolePassword(
                Objects.requireNonNull(row.get(0)), row.get(1), "t".equals(row.get(2)), "t".equals(row.get(3)));
    }

    private static String literal(String text) {
        return "'" + text.replace("'", "''") + "'";
    }

    /** What is waited for has its own bounds, but for a password that somebody types. */
    private static <T> T await(CompletableFuture<T> future) throws PasswordServerException {
        try {
            return future.get();
        } catch (ExecutionException e) {
            if (e.getCause() instanceof PasswordServerException failure) {
                throw failure;
            }
            throw new IllegalStateException(e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new PasswordServerException("interrupted", false, false);
        }
    }

    @Override
    public void close() {
        loops.shutdownGracefully(0, 1, TimeUnit.SECONDS);
        blocking.shutdownNow();
    }

    /** {@code host:port} */
    @Override
    public String toString() {
        return address.host() + ":" + address.port();
    }
}
