package io.trunkline.proxy.auth;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * What auth_query has told of users, for a while. Users who exist and names that do not are kept apart, so that no flood
 * of made-up names pushes a user out. Bounded: who was not asked for longest goes first. Safe for any thread.
 */
final class VerifierCache {
    /** Users at a time. */
    static final int USERS = 10_000;

    /** Names without a user at a time. */
    static final int UNKNOWN_NAMES = 1_000;

    /** For how long an answer counts in any case, so that nobody makes Trunkline ask more often than that for a name. */
    static final long TRUSTED_NANOS = TimeUnit.SECONDS.toNanos(1);

    /**
     * One answer.
     *
     * @param credential null if there is no such user, or none with a password
     * @param suspect whether it may be out of date: it counts no longer than {@link #TRUSTED_NANOS}
     */
    record Known(@Nullable Credential credential, long atNanos, boolean suspect) {
        /** Whether it may be used without asking again. */
        boolean isFresh(long nowNanos, long ttlNanos) {
            boolean brief = credential == null || suspect;
            return nowNanos - atNanos < (brief ? Math.min(ttlNanos, TRUSTED_NANOS) : ttlNanos);
        }
    }

    private final Map<String, Known> users = bounded(USERS);
    private final Map<String, Known> unknown = bounded(UNKNOWN_NAMES);

    private static Map<String, Known> bounded(int limit) {
        return new LinkedHashMap<>(16, 0.75f, true) {
            private static final long serialVersionUID = 1L;

            @Override
            protected boolean removeEldestEntry(Map.Entry<String, Known> eldest) {
                return size() > limit;
            }
        };
    }

    synchronized @Nullable Known find(String user) {
        Known known = users.get(user);
        return known != null ? known : unknown.get(user);
    }

    /**
     * Keeps an answer in the place of the one before.
     *
     * @return what is known now; the same as before if the password is
     */
    synchronized Known put(String user, @Nullable Credential credential, long nowNanos) {
        Known old = users.remove(user);
        unknown.remove(user);
        Credential before = old == null ? null : old.credential();
        boolean same = before != null && credential != null && before.stored().equals(credential.stored());
        Known known = new Known(same ? before : credential, nowNanos, false);
        (credential == null ? unknown : users).put(user, known);
        return known;
    }

    /** A proof against {@code credential} has failed: the password may have changed. */
    synchronized void suspect(String user, Credential credential) {
        Known known = users.get(user);
        if (known != null && known.credential() == credential) {
            users.put(user, new Known(credential, known.atNanos(), true));
        }
    }

    /** Passwords may have changed. */
    synchronized void suspectAll() {
        users.replaceAll((user, known) -> new Known(known.credential(), known.atNanos(), true));
    }

    synchronized int users() {
        return users.size();
    }

    synchronized int unknownNames() {
        return unknown.size();
    }
}
