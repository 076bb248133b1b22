package io.trunkline.config;

import io.trunkline.config.hba.IdentMaps;
import io.trunkline.config.hba.PoolHba;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The configuration files of a server, read and checked together: by a check, by the start and by each reload. Files
 * that are not named are looked for beside pgpool.conf and checked if they are there; a file that is named must exist, but for a pool_hba.conf that
 * is not in use.
 */
public final class ConfigCheck {
    /**
     * What a check has found.
     *
     * @param diagnostics pgpool.conf first, each file in the order of its lines
     * @param config what pgpool.conf says; empty if any of the files has an error
     * @param passwords what pool_passwd says
     * @param hba the rules of pool_hba.conf
     * @param identMaps the user name maps beside them
     * @param tls what the files of certificates and keys say
     */
    public record Outcome(
            List<Diagnostic> diagnostics,
            Optional<PgpoolConfig> config,
            PoolPasswd passwords,
            PoolHba hba,
            IdentMaps identMaps,
            TlsFiles tls) {
        /** 0 for a valid configuration, also with warnings; 1 if there are errors. */
        public int exitStatus() {
            return count(Severity.ERROR) > 0 ? 1 : 0;
        }

        /** How many of the diagnostics are of this severity. */
        public long count(Severity severity) {
            return diagnostics.stream().filter(d -> d.severity() == severity).count();
        }
    }

    private final Path pgpoolConf;
    private Optional<Path> poolHba = Optional.empty();
    private Optional<Path> pcpConf = Optional.empty();
    private PasswordKeyFile keyFile = PasswordKeyFile.ofAccount();
    private boolean debugging;

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

    /** The pcp.conf that holds, whether it exists or not. */
    public Path pcpConf() {
        return pcpConf.orElseGet(() -> pgpoolConf.resolveSibling("pcp.conf"));
    }

    /** Decrypts passwords with the key in this file instead of the account's own. */
    public ConfigCheck keyFile(Path file) {
        keyFile = PasswordKeyFile.of(file);
        return this;
    }

    /** Logs messages for debugging, whatever log_min_messages says, now and after each reload. */
    public ConfigCheck debugging() {
        debugging = true;
        return this;
    }

    /** The pgpool.conf that is checked. */
    public Path pgpoolConf() {
        return pgpoolConf;
    }

    /** Reads all files as they are now; blocks on files and on ssl_passphrase_command, never on the network. */
    public Outcome run() {
        ConfigReading reading = PgpoolConfig.read(pgpoolConf);
        List<Diagnostic> diagnostics = new ArrayList<>(reading.diagnostics());
        Optional<PoolPasswd.Reading> passwords =
                reading.config().map(config -> PoolPasswd.read(pgpoolConf, config, keyFile));
        passwords.ifPresent(read -> diagnostics.addAll(read.diagnostics()));
        HbaFiles.Reading hba = HbaFiles.read(pgpoolConf, reading.readable(), poolHba);
        diagnostics.addAll(hba.diagnostics());
        Optional<TlsFiles.Reading> tls = reading.config().map(config -> TlsFiles.read(pgpoolConf, config));
        tls.ifPresent(read -> diagnostics.addAll(read.diagnostics()));
        pcpConf.or(() -> beside("pcp.conf"))
                .ifPresent(file -> diagnostics.addAll(PcpConf.read(file).diagnostics()));
        boolean failed = diagnostics.stream().anyMatch(d -> d.severity() == Severity.ERROR);
        return new Outcome(
                List.copyOf(diagnostics),
                failed ? Optional.empty() : reading.config().map(config -> debugging ? config.debugging() : config),
                passwords.map(PoolPasswd.Reading::passwords).orElseGet(PoolPasswd::empty),
                hba.rules(),
                hba.identMaps(),
                tls.map(TlsFiles.Reading::files).orElse(TlsFiles.NONE));
    }

    private Optional<Path> beside(String name) {
        return Optional.of(pgpoolConf.resolveSibling(name)).filter(Files::exists);
    }
}
