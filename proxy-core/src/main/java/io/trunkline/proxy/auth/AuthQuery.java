package io.trunkline.proxy.auth;

import io.netty.channel.EventLoop;
import io.trunkline.failover.ClusterView;
import io.trunkline.failover.NodeEvents;
import io.trunkline.pool.BackendLogin;
import io.trunkline.pool.BackendOpener;
import io.trunkline.protocol.auth.Md5Password;
import io.trunkline.protocol.auth.ScramVerifier;
import io.trunkline.protocol.auth.StoredPassword;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Asks the servers for the passwords of users, as the servers store them (setting {@code auth_query}), and remembers the
 * answers for a while; {@link UserQuestions} says in which order. The {@link #roles} of users, which the rules of
 * pool_hba.conf may need, come over the same connections.
 *
 * <p>{@link #find} and what changes the cache may be called from any thread; the questions run on one event loop.
 */
public final class AuthQuery {
    private static final Logger log = LoggerFactory.getLogger(AuthQuery.class);

    private final EventLoop loop;
    private final LongSupplier clock;
    private final AuthQueryConnections connections;
    private final VerifierCache cache = new VerifierCache();
    private final UserQuestions<Finding> questions;
    private final RoleQuery roles;
    private final UserQuestions.Subject<Finding> passwords = new Passwords();
    private volatile AuthQuerySettings settings;
    private boolean rolesNext;

    /**
     * @param login makes the login of auth_query_user, on {@code loop}
     * @param clock nanoseconds, as {@link System#nanoTime}
     */
    public AuthQuery(
            EventLoop loop,
            BackendOpener opener,
            Supplier<ClusterView> cluster,
            Supplier<NodeEvents> nodeEvents,
            Function<AuthQuerySettings, BackendLogin> login,
            AuthQuerySettings settings,
            LongSupplier clock) {
        this.loop = loop;
        this.clock = clock;
        this.settings = settings;
        this.connections = new AuthQueryConnections(loop, opener, cluster, nodeEvents, login, this::next);
        this.questions = new UserQuestions<>(loop, clock, this::settings, passwords, connections::work);
        this.roles = new RoleQuery(loop, clock, this::settings, connections::work);
    }

    private AuthQuerySettings settings() {
        return settings;
    }

    /** The roles of users, which the servers are asked for over the same connections. */
    public RoleMembership roles() {
        return roles;
    }

    /** Whether users are looked up at all. */
    public boolean isOn() {
        return settings.isOn();
    }

    /**
     * Looks a user up.
     *
     * @param on of the caller, where {@code then} is called; at once if the answer is there
     */
    public void find(String user, Executor on, Consumer<Finding> then) {
        Finding fresh = passwords.fresh(user);
        if (fresh != null) {
            then.accept(fresh);
            return;
        }
        loop.execute(() -> questions.ask(user, finding -> on.execute(() -> then.accept(finding))));
    }

    /** A client has failed to prove what {@code credential} demands: it is looked up again before it counts for the next. */
    public void suspect(String user, Credential credential) {
        cache.suspect(user, credential);
    }

    /** Puts new settings in force; what the old ones have told is looked up again. */
    public void reload(AuthQuerySettings fresh) {
        if (!fresh.equals(settings)) {
            settings = fresh;
            cache.suspectAll();
            roles.suspectAll();
            loop.execute(connections::closeAll);
        }
    }

    /** Ends its connections. */
    public void close() {
        loop.execute(connections::closeAll);
    }

    // ---- event loop

    /** A connection has nothing to do: the two kinds of questions take turns. */
    private AuthQueryConnections.@Nullable Job next() {
        rolesNext = !rolesNext;
        AuthQueryConnections.Job job = rolesNext ? roles.next() : questions.next();
        if (job != null) {
            return job;
        }
        return rolesNext ? questions.next() : roles.next();
    }

    /** The passwords of users. */
    private final class Passwords implements UserQuestions.Subject<Finding> {
        @Override
        public String query() {
            return settings.query();
        }

        @Override
        public @Nullable Finding fresh(String user) {
            VerifierCache.Known known = cache.find(user);
            return known != null && known.isFresh(clock.getAsLong(), settings.ttlNanos())
                    ? Finding.of(known.credential())
                    : null;
        }

        @Override
        public @Nullable Finding older(String user) {
            VerifierCache.Known known = cache.find(user);
            return known == null || known.credential() == null ? null : Finding.of(known.credential());
        }

        @Override
        public Finding told(String user, List<List<@Nullable String>> rows) {
            if (rows.size() > 1) {
                throw new IllegalArgumentException("auth_query has told " + rows.size() + " rows of one user");
            }
            if (!rows.isEmpty() && rows.get(0).size() < 2) {
                throw new IllegalArgumentException(
                        "auth_query has to return two columns, the name of the user and the password");
            }
            Credential credential = rows.isEmpty() ? null : credential(user, rows.get(0));
            return Finding.of(cache.put(user, credential, clock.getAsLong()).credential());
        }

        private @Nullable Credential credential(String user, List<@Nullable String> row) {
            String password = row.get(1);
            if (!user.equals(row.get(0))) {
                log.warn(
                        "auth_query was asked for user \"{}\" and has told another name: the row does not count", user);
                return null;
            }
            if (password == null || password.isEmpty()) {
                return null;
            }
            StoredPassword stored = stored(user, password);
            return stored == null ? null : new Credential(stored, Credential.Origin.AUTH_QUERY);
        }

        private @Nullable StoredPassword stored(String user, String password) {
            try {
                return Md5Password.isMd5(password) ? Md5Password.parse(password) : ScramVerifier.parse(password);
            } catch (IllegalArgumentException e) {
                log.warn(
                        "auth_query has told a password of user \"{}\" that is neither an md5 hash nor a SCRAM verifier:"
                                + " the user cannot log in",
                        user);
                return null;
            }
        }

        @Override
        public Finding unavailable(String why) {
            return Finding.unavailable(why);
        }

        @Override
        public String name() {
            return "auth_query";
        }

        @Override
        public String consequence(boolean known) {
            return known ? "what is known of users is used on" : "users that are not known yet cannot log in";
        }
    }
}
