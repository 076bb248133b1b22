package io.trunkline.config;

import java.util.List;
import java.util.Optional;

/** What came of reading a pgpool.conf: the configuration, unless there were errors, and everything to be said about it. */
public final class ConfigReading {
    private final PgpoolConfig readable;
    private final List<Diagnostic> diagnostics;

    /** @param readable what the lines without errors say */
    ConfigReading(PgpoolConfig readable, List<Diagnostic> diagnostics) {
        this.readable = readable;
        this.diagnostics = List.copyOf(diagnostics);
    }

    /** The configuration; empty if and only if there is an error. */
    public Optional<PgpoolConfig> config() {
        return hasErrors() ? Optional.empty() : Optional.of(readable);
    }

    /**
     * What the lines without errors say, for the commands that only look for a running server: it has to be found, and
     * stopped, while its file is being edited. Nothing may be started with it.
     */
    public PgpoolConfig readable() {
        return readable;
    }

    /** Errors, warnings and notes, in the order of the lines. */
    public List<Diagnostic> diagnostics() {
        return diagnostics;
    }

    public boolean hasErrors() {
        return diagnostics.stream().anyMatch(d -> d.severity() == Severity.ERROR);
    }
}
