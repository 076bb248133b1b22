package io.trunkline.config;

import java.util.List;

/** Small configurations for tests. */
final class Configs {
    /** Two backends, so that a configuration is complete. */
    static final String BACKENDS = """
            backend_hostname0 = 'db0'
            backend_port0 = 5432
            backend_hostname1 = 'db1'
            backend_port1 = 5432
            """;

    private Configs() {}

    /** Reads the lines after {@link #BACKENDS}, so that the first of them is line 5. */
    static ConfigReading read(String lines) {
        return PgpoolConfig.parse("pgpool.conf", BACKENDS + lines);
    }

    static PgpoolConfig valid(String lines) {
        ConfigReading reading = read(lines);
        return reading.config().orElseThrow(() -> new AssertionError(reading.diagnostics()));
    }

    static List<String> messages(ConfigReading reading) {
        return reading.diagnostics().stream().map(Diagnostic::toString).toList();
    }

    static List<String> messages(ConfigReading reading, Severity severity) {
        return reading.diagnostics().stream()
                .filter(d -> d.severity() == severity)
                .map(Diagnostic::toString)
                .toList();
    }
}
