package io.trunkline.proxy.session;

import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Limits of sessions that limit nothing where a test does not say so. */
final class UsualLimits {
    int inspectionLimit = 1024;
    AdmissionLimits admission = AdmissionLimits.NONE;
    LossPolicy losses = new LossPolicy(true, Set.of(), "08007", 0);
    SessionLogging logging = SessionLogging.NONE;
    PoolModes poolModes = PoolModes.SESSION;
    boolean reuseUnnamedStatements;
    int maxPreparedStatements = 200;
    boolean likeOlderPgpool;
    private @Nullable SessionLimits settled;

    /** They change no more; asking for them costs nothing then. */
    void settle() {
        settled = get();
    }

    SessionLimits get() {
        return settled != null
                ? settled
                : new SessionLimits(
                        inspectionLimit,
                        60_000,
                        0,
                        0,
                        admission,
                        losses,
                        logging,
                        poolModes,
                        reuseUnnamedStatements,
                        maxPreparedStatements,
                        likeOlderPgpool);
    }
}
