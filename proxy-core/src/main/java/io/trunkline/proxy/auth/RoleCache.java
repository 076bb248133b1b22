package io.trunkline.proxy.auth;

import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What the servers have told of the roles of users, for a while. As in {@link VerifierCache}, users who exist and names
 * that do not are kept apart, and who was not asked for longest goes first. Bounded by the number of all names in it, as
 * one user may have thousands of roles. Safe for any thread.
 */
final class RoleCache {
    /** Users and their roles at a time. */
    static final int NAMES = 100_000;

    /** Names without a user at a time. */
    static final int UNKNOWN_NAMES = VerifierCache.UNKNOWN_NAMES;

    /**
     * One answer.
     *
     * @param exists whether there is such a user
     * @param stale whether it only counts while no node answers
     */
    record Known(Set<String> roles, boolean exists, long atNanos, boolean stale) {
        /** Whether it may be used without asking again. */
        boolean isFresh(long nowNanos, long ttlNanos) {
            long age = exists ? ttlNanos : Math.min(ttlNanos, VerifierCache.TRUSTED_NANOS);
            return !stale && nowNanos - atNanos < age;
        }
    }

    private final Map<String, Known> users = new LinkedHashMap<>(16, 0.75f, true);
    private final Map<String, Known> unknown = new LinkedHashMap<>(16, 0.75f, true);
    private int names;

    synchronized @Nullable Known find(String user) {
        Known known = users.get(user);
        return known != null ? known : unknown.get(user);
    }

    /** Keeps an answer in the place of the one before. */
    synchronized void put(String user, Set<String> roles, boolean exists, long nowNanos) {
        unknown.remove(user);
        Known old = users.remove(user);
        names -= old == null ? 0 : size(old);
        Known known = new Known(Set.copyOf(roles), exists, nowNanos, false);
        if (exists) {
            users.put(user, known);
            names += size(known);
            while (names > NAMES) {
                names -= size(removeEldest(users));
            }
        } else {
            unknown.put(user, known);
            if (unknown.size() > UNKNOWN_NAMES) {
                removeEldest(unknown);
            }
        }
    }

    private static Known removeEldest(Map<String, Known> from) {
        Iterator<Known> eldest = from.values().iterator();
        Known removed = eldest.next();
        eldest.remove();
        return removed;
    }

    private static int size(Known known) {
        return 1 + known.roles().size();
    }

    /** All is to be asked again. */
    synchronized void allStale() {
        users.replaceAll((user, known) -> new Known(known.roles(), true, known.atNanos(), true));
        unknown.clear();
    }

    synchronized int names() {
        return names;
    }

    synchronized int unknownNames() {
        return unknown.size();
    }
}
