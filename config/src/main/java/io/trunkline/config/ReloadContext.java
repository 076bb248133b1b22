package io.trunkline.config;

import java.util.Locale;

/** From when on a new value holds. */
public enum ReloadContext {
    /** Only at the next start. */
    STARTUP,
    /** At a reload, for all sessions. */
    RELOAD,
    /** At a reload, and for one session by PGPOOL SET. */
    SESSION;

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
