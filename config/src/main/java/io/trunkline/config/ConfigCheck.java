package io.trunkline.config;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Checks all configuration files as a start would, without starting. Files that are not named are looked for beside
 * pgpool.conf and checked if they are there; a file that is named must exist.
 */
public final class ConfigCheck {
    /**
     * What a check has found.
     *
     * @param diagnostics pgpool.conf first, each file in the order of its lines
     */
    public record Outcome(List<Diagnostic> diagnostics) {
        /** 0 for a valid configuration, also with warnings; 1 if there are errors. */
        public int exitStatus() {
            return diagnostics.stream().anyMatch(d -> d.severity() == Severity.ERROR) ? 1 : 0;
        }
    }

    private final Path pgpoolConf;
    private Optional<Path> poolHba = Optional.empty();
    private Optional<Path> pcpConf = Optional.empty();

    public ConfigCheck(Path pgpoolConf) {
        this.pgpoolConf = pgpoolConf;
    }

    /** Checks this pool_hba.conf instead of the one beside pgpool.conf. */
    public ConfigCheck poolHba(Path file) {
        poolHba = Optional.of(file);
        return this;
    }

    /** Checks this pcp.conf instead of the one beside pgpool.conf. */
    public ConfigCheck pcpConf(Path file) {
        pcpConf = Optional.of(file);
        return this;
    }

    public Outcome run() {
        ConfigReading reading = PgpoolConfig.read(pgpoolConf);
        List<Diagnostic> diagnostics = new ArrayList<>(reading.diagnostics());
        reading.config()
                .ifPresent(config ->
                        diagnostics.addAll(PoolPasswd.read(pgpoolConf, config).diagnostics()));
        poolHba.or(() -> beside("pool_hba.conf")).ifPresent(file -> diagnostics.addAll(PoolHbaSyntax.check(file)));
        pcpConf.or(() -> beside("pcp.conf"))
                .ifPresent(file -> diagnostics.addAll(PcpConf.read(file).diagnostics()));
        return new Outcome(List.copyOf(diagnostics));
    }

    private Optional<Path> beside(String name) {
        return Optional.of(pgpoolConf.resolveSibling(name)).filter(Files::exists);
    }
}
