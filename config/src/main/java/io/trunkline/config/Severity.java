package io.trunkline.config;

import java.util.Locale;

/** How much a {@link Diagnostic} matters: an error stops the start, the others do not. */
public enum Severity {
    ERROR,
    WARNING,
    /** Worth knowing, nothing to do: shown on request only. */
    NOTE;

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
