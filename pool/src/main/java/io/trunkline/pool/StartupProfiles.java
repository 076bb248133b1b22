package io.trunkline.pool;

import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * What real connections have shown of each {@link StartupKey}: the parameters that the server reports, and whether it
 * admits the user by trust. So a client is answered without a backend of its own, which it gets when it needs one.
 * Refreshed by every backend that is opened. Safe for any thread; bounded.
 */
public final class StartupProfiles {
    private static final int LIMIT = 10_000;

    /** For how long one admission by trust speaks for the next client. */
    private static final long TRUST_NANOS = TimeUnit.SECONDS.toNanos(60);

    /** @param trustedAtNanos when a server last admitted the user without asking; null = it asked, or never tried */
    private record Profile(
            Map<String, String> parameters, @Nullable Long trustedAtNanos) {}

    private final Map<StartupKey, Profile> profiles = new ConcurrentHashMap<>();

    /** A backend has been opened. */
    public void learn(BackendConnection backend) {
        if (profiles.size() >= LIMIT) {
            profiles.clear();
        }
        Profile old = profiles.get(backend.key().startup());
        Map<String, String> seen = backend.parameters().initial();
        // the same map for all that report the same, as most do
        Map<String, String> parameters = old != null && old.parameters().equals(seen) ? old.parameters() : seen;
        boolean trusted = backend.admission() == Admission.TRUST;
        profiles.put(backend.key().startup(), new Profile(parameters, trusted ? (Long) System.nanoTime() : null));
    }

    /** The parameters that a server reported for such a start-up last. */
    public Optional<Map<String, String>> parameters(StartupKey key) {
        return Optional.ofNullable(profiles.get(key)).map(Profile::parameters);
    }

    /** Whether a server has lately admitted this user to this database without asking for proof. */
    public boolean isTrusted(StartupKey key) {
        Profile profile = profiles.get(key);
        Long trustedAt = profile == null ? null : profile.trustedAtNanos();
        return trustedAt != null && System.nanoTime() - trustedAt < TRUST_NANOS;
    }

    /** Forgets what is concerned: the next client finds out anew. */
    public void forget(IdleFilter which) {
        profiles.keySet().removeIf(which::matches);
    }
}
