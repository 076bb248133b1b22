package io.trunkline.proxy.auth;

import io.netty.channel.EventLoop;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Asks the servers for the roles that users are members of, as auth_query_user, and remembers the answers as long as
 * those of auth_query. While no node answers, what is known counts on. Safe for any thread.
 */
final class RoleQuery implements RoleMembership {
    /**
     * The user and all its roles; no row if there is no such user. Needs no more than everybody may read, and counts
     * memberships whether or not rights are inherited by them, as servers do for their own rules.
     */
    static final String QUERY = "WITH RECURSIVE found (id) AS (SELECT u.oid FROM pg_catalog.pg_roles u"
            + " WHERE u.rolname OPERATOR(pg_catalog.=) $1::pg_catalog.text"
            + " UNION SELECT m.roleid FROM pg_catalog.pg_auth_members m JOIN found"
            + " ON m.member OPERATOR(pg_catalog.=) found.id)"
            + " SELECT r.rolname FROM found JOIN pg_catalog.pg_roles r ON r.oid OPERATOR(pg_catalog.=) found.id";

    private final EventLoop loop;
    private final LongSupplier clock;
    private final Supplier<AuthQuerySettings> settings;
    private final RoleCache cache = new RoleCache();
    private final Roles roles = new Roles();
    private final UserQuestions<Optional<Set<String>>> questions;

    /**
     * @param clock nanoseconds
     * @param work told, on {@code loop}, that there is a question
     */
    RoleQuery(EventLoop loop, LongSupplier clock, Supplier<AuthQuerySettings> settings, Runnable work) {
        this.loop = loop;
        this.clock = clock;
        this.settings = settings;
        this.questions = new UserQuestions<>(loop, clock, settings, roles, work);
    }

    @Override
    public CompletableFuture<Optional<Set<String>>> find(String user) {
        if (!settings.get().isOn()) {
            return NOT_KNOWN.find(user);
        }
        Optional<Set<String>> fresh = roles.fresh(user);
        if (fresh != null) {
            return CompletableFuture.completedFuture(fresh);
        }
        CompletableFuture<Optional<Set<String>>> answer = new CompletableFuture<>();
        loop.execute(() -> questions.ask(user, answer::complete));
        return answer;
    }

    /** The question that a connection asks next; null if there is none. Event loop only. */
    AuthQueryConnections.@Nullable Job next() {
        return questions.next();
    }

    /** What is known may have been told by others than are asked now. */
    void suspectAll() {
        cache.allStale();
    }

    /** The roles of users; empty if they are not known. */
    private final class Roles implements UserQuestions.Subject<Optional<Set<String>>> {
        @Override
        public String query() {
            return QUERY;
        }

        @Override
        public @Nullable Optional<Set<String>> fresh(String user) {
            RoleCache.Known known = cache.find(user);
            return known != null
                            && known.isFresh(clock.getAsLong(), settings.get().ttlNanos())
                    ? Optional.of(known.roles())
                    : null;
        }

        @Override
        public @Nullable Optional<Set<String>> older(String user) {
            RoleCache.Known known = cache.find(user);
            return known == null || !known.exists() ? null : Optional.of(known.roles());
        }

        @Override
        public Optional<Set<String>> told(String user, List<List<@Nullable String>> rows) {
            Set<String> names = new HashSet<>();
            for (List<@Nullable String> row : rows) {
                String name = row.isEmpty() ? null : row.get(0);
                if (name == null) {
                    throw new IllegalArgumentException("a role without a name was told");
                }
                names.add(name);
            }
            cache.put(user, names, !names.isEmpty(), clock.getAsLong());
            return Optional.of(names);
        }

        @Override
        public Optional<Set<String>> unavailable(String why) {
            return Optional.empty();
        }

        @Override
        public String name() {
            return "the query for the roles of users";
        }

        @Override
        public String consequence(boolean known) {
            return known
                    ? "what is known of users is used on"
                    : "for users that are not known yet, a rule for roles is for nobody, or for everybody if it rejects";
        }
    }
}
