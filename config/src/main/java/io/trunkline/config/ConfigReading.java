package io.trunkline.config;

import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What came of reading a pgpool.conf: the configuration, unless there were errors, and everything to be said about it. */
public final class ConfigReading {
    private final @Nullable PgpoolConfig config;
    private final List<Diagnostic> diagnostics;

    ConfigReading(@Nullable PgpoolConfig config, List<Diagnostic> diagnostics) {
        this.config = config;
        this.diagnostics = List.copyOf(diagnostics);
    }

    /** The configuration; empty if and only if there is an error. */
    public Optional<PgpoolConfig> config() {
        return Optional.ofNullable(config);
    }

    /** Errors, warnings and notes, in the order of the lines. */
    public List<Diagnostic> diagnostics() {
        return diagnostics;
    }

    public boolean hasErrors() {
        return config == null;
    }
}
