package io.trunkline.proxy;

import io.trunkline.config.CompatVersion;
import java.util.Objects;

/** What this program calls itself. */
public final class Version {
    /** Trunkline's own version, from the jar; {@code dev} outside of one. */
    public static final String TRUNKLINE =
            Objects.requireNonNullElse(Version.class.getPackage().getImplementationVersion(), "dev");

    /** What SHOW POOL_VERSION prints: the Pgpool-II whose commands and columns are followed, and what follows it. */
    static String poolVersion(CompatVersion version) {
        return version.fullText() + " trunkline " + TRUNKLINE;
    }

    private Version() {}
}
