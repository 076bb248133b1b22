package io.trunkline.pool;

import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * What real connections have shown of each {@link StartupKey}: the parameters that the server reports, and whether the
 * nodes admit the user by trust. So a client is answered without a backend of its own, which it gets when it needs one.
 * Refreshed by every backend that is opened. Safe for any thread; bounded.
 */
public final class StartupProfiles {
    private static final int LIMIT = 10_000;

    /** Of what logins have shown that were given up. */
    private static final int ASKING_LIMIT = 1_000;

    /** For how long one admission by trust, or one login that was given up, speaks for the next client. */
    private static final long TRUST_NANOS = TimeUnit.SECONDS.toNanos(60);

    /**
     * @param key the object that all others like it stand for
     * @param trustedAtNanos when a server last admitted the user without asking; null = none has yet
     * @param asking the nodes that asked when a backend was opened there last
     */
    private record Profile(
            StartupKey key,
            Map<String, String> parameters,
            @Nullable Long trustedAtNanos,
            Set<Integer> asking) {}

    private final Map<StartupKey, Profile> profiles = new ConcurrentHashMap<>();

    /** When a server last asked for a proof that it did not get. */
    private final Map<StartupKey, Long> askedAtNanos = new ConcurrentHashMap<>();

    /** A backend has been opened. */
    public void learn(BackendConnection backend) {
        if (profiles.size() >= LIMIT) {
            profiles.clear();
        }
        StartupKey key = backend.key().startup();
        Profile old = of(key);
        Map<String, String> seen = backend.parameters().initial();
        // the same map for all that report the same, as most do
        Map<String, String> parameters = old.parameters().equals(seen) ? old.parameters() : seen;
        boolean trusted = backend.admission() == Admission.TRUST;
        Long trustedAt = trusted ? (Long) System.nanoTime() : old.trustedAtNanos();
        profiles.put(
                key, new Profile(old.key(), parameters, trustedAt, asking(old.asking(), backend.node(), !trusted)));
    }

    private static Set<Integer> asking(Set<Integer> before, int node, boolean asks) {
        if (before.contains(node) == asks) {
            return before;
        }
        Set<Integer> now = new HashSet<>(before);
        if (asks) {
            now.add(node);
        } else {
            now.remove(node);
        }
        return Set.copyOf(now);
    }

    /** A server has asked for a proof in a login that was given up for that. */
    public void learnAsks(StartupKey key) {
        if (askedAtNanos.size() >= ASKING_LIMIT) {
            askedAtNanos.clear();
        }
        askedAtNanos.put(key, System.nanoTime());
    }

    private Profile of(StartupKey key) {
        Profile known = profiles.get(key);
        return known == null ? new Profile(key, Map.of(), null, Set.of()) : known;
    }

    /** The one object for all keys like this one, if a backend has been opened for it: less to keep, and to compare. */
    public StartupKey known(StartupKey key) {
        return of(key).key();
    }

    /** The parameters that a server reported for such a start-up last. */
    public Optional<Map<String, String>> parameters(StartupKey key) {
        return Optional.ofNullable(profiles.get(key)).map(Profile::parameters);
    }

    /** Whether a server has lately admitted this user to this database without asking for proof, and none asks. */
    public boolean isTrusted(StartupKey key) {
        Profile profile = of(key);
        return profile.asking().isEmpty() && isRecent(profile.trustedAtNanos());
    }

    /**
     * Whether a server asks this user for proof, as far as is known: before {@link #isTrusted}, which another server may
     * have shown. If it is neither, nothing is known.
     */
    public boolean isAsked(StartupKey key) {
        return !of(key).asking().isEmpty() || isRecent(askedAtNanos.get(key));
    }

    private static boolean isRecent(@Nullable Long nanos) {
        return nanos != null && System.nanoTime() - nanos < TRUST_NANOS;
    }

    /** Forgets what is concerned: the next client finds out anew. */
    public void forget(IdleFilter which) {
        profiles.keySet().removeIf(which::matches);
        askedAtNanos.keySet().removeIf(which::matches);
    }
}
