package io.trunkline.proxy;

import java.util.Objects;

/** What this program calls itself. */
public final class Version {
    /** Trunkline's own version, from the jar; {@code dev} outside of one. */
    public static final String TRUNKLINE =
            Objects.requireNonNullElse(Version.class.getPackage().getImplementationVersion(), "dev");

    /** The Pgpool-II whose commands and columns are followed, as its SHOW POOL_VERSION prints itself. */
    static final String POOL_VERSION = "4.7.2 (tasukiboshi) trunkline " + TRUNKLINE;

    private Version() {}
}
