package io.trunkline.proxy.auth;

import io.netty.channel.EventLoop;
import io.trunkline.failover.ClusterView;
import io.trunkline.failover.NodeEvents;
import io.trunkline.pool.BackendLogin;
import io.trunkline.pool.BackendOpener;
import io.trunkline.protocol.auth.Md5Password;
import io.trunkline.protocol.auth.ScramVerifier;
import io.trunkline.protocol.auth.StoredPassword;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executor;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Asks the servers for the passwords of users, as the servers store them (setting {@code auth_query}), and remembers the
 * answers for a while.
 *
 * <p>A name is asked for once at a time, whoever waits for it. Names that are known and only to be looked up again go
 * before new ones; if no node answers in time, what is known counts on. At most {@link #MAX_WAITING} names wait.
 *
 * <p>{@link #find} and what changes the cache may be called from any thread; the questions run on one event loop.
 */
public final class AuthQuery {
    /** Names that wait for a connection; who asks for one more is told that there is no answer. */
    static final int MAX_WAITING = 1_000;

    /** How long a client waits for an answer. */
    static final long LIMIT_MILLIS = 5_000;

    /** How long it waits where an older answer is there. */
    static final long KNOWN_LIMIT_MILLIS = 1_000;

    private static final Logger log = LoggerFactory.getLogger(AuthQuery.class);
    private static final long LOG_INTERVAL_NANOS = TimeUnit.SECONDS.toNanos(60);

    private final EventLoop loop;
    private final LongSupplier clock;
    private final AuthQueryConnections connections;
    private final VerifierCache cache = new VerifierCache();
    private final Map<String, Question> questions = new HashMap<>();
    private final Deque<Question> waiting = new ArrayDeque<>();
    private volatile AuthQuerySettings settings;
    private long lastLoggedNanos;
    private boolean logged;

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
        this.connections = new AuthQueryConnections(loop, opener, cluster, nodeEvents, login, this::ask);
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
        VerifierCache.Known known = cache.find(user);
        if (known != null && known.isFresh(clock.getAsLong(), settings.ttlNanos())) {
            then.accept(Finding.of(known.credential()));
            return;
        }
        loop.execute(() -> question(user, finding -> on.execute(() -> then.accept(finding))));
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
            loop.execute(connections::closeAll);
        }
    }

    /** Ends its connections. */
    public void close() {
        loop.execute(connections::closeAll);
    }

    // ---- event loop

    private void question(String user, Consumer<Finding> then) {
        Question under = questions.get(user);
        if (under != null) {
            under.askers.add(then);
            return;
        }
        VerifierCache.Known known = cache.find(user);
        if (known != null && known.isFresh(clock.getAsLong(), settings.ttlNanos())) {
            then.accept(Finding.of(known.credential()));
            return;
        }
        Credential older = known == null ? null : known.credential();
        Question question = new Question(user, older);
        question.askers.add(then);
        if (waiting.size() >= MAX_WAITING) {
            question.failed("more than " + MAX_WAITING + " users wait to be looked up");
            return;
        }
        questions.put(user, question);
        if (older != null) {
            waiting.addFirst(question);
        } else {
            waiting.addLast(question);
        }
        question.deadline = loop.schedule(
                () -> {
                    waiting.remove(question);
                    question.failed("no answer in time");
                },
                older != null ? KNOWN_LIMIT_MILLIS : LIMIT_MILLIS,
                TimeUnit.MILLISECONDS);
        connections.work();
    }

    /** A connection has nothing to do. */
    private AuthQueryConnections.@Nullable Job ask() {
        return waiting.pollFirst();
    }

    /** One name, and who waits for it. */
    private final class Question implements AuthQueryConnections.Job {
        private final String user;
        private final @Nullable Credential older;
        private final List<Consumer<Finding>> askers = new ArrayList<>(1);
        private @Nullable ScheduledFuture<?> deadline;
        private boolean over;

        Question(String user, @Nullable Credential older) {
            this.user = user;
            this.older = older;
        }

        @Override
        public AuthQuerySettings settings() {
            return settings;
        }

        @Override
        public String user() {
            return user;
        }

        @Override
        public void rows(List<List<@Nullable String>> rows) {
            if (rows.size() > 1) {
                failed("auth_query has told " + rows.size() + " rows of one user");
                return;
            }
            if (!rows.isEmpty() && rows.get(0).size() < 2) {
                failed("auth_query has to return two columns, the name of the user and the password");
                return;
            }
            VerifierCache.Known known =
                    cache.put(user, rows.isEmpty() ? null : credential(rows.get(0)), clock.getAsLong());
            end(Finding.of(known.credential()));
        }

        private @Nullable Credential credential(List<@Nullable String> row) {
            String password = row.get(1);
            if (!user.equals(row.get(0))) {
                log.warn(
                        "auth_query was asked for user \"{}\" and has told another name: the row does not count", user);
                return null;
            }
            if (password == null || password.isEmpty()) {
                return null;
            }
            StoredPassword stored = stored(password);
            return stored == null ? null : new Credential(stored, Credential.Origin.AUTH_QUERY);
        }

        private @Nullable StoredPassword stored(String password) {
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
        public void failed(String why) {
            if (over) {
                return;
            }
            tell(why, older != null);
            end(older != null ? Finding.of(older) : Finding.unavailable(why));
        }

        private void end(Finding finding) {
            if (over) {
                return;
            }
            over = true;
            if (deadline != null) {
                deadline.cancel(false);
            }
            questions.remove(user, this);
            askers.forEach(asker -> asker.accept(finding));
        }
    }

    /** At most once a minute, as every login may come here. */
    private void tell(String why, boolean known) {
        long now = clock.getAsLong();
        if (!logged || now - lastLoggedNanos > LOG_INTERVAL_NANOS) {
            logged = true;
            lastLoggedNanos = now;
            log.warn(
                    "auth_query fails: {}; {}",
                    why,
                    known ? "what is known of users is used on" : "users that are not known yet cannot log in");
        }
    }
}
