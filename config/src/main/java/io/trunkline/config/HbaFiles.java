package io.trunkline.config;

import io.trunkline.config.hba.ConnectionType;
import io.trunkline.config.hba.HbaRule;
import io.trunkline.config.hba.IdentMaps;
import io.trunkline.config.hba.PoolHba;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Reads pool_hba.conf and the user name maps as pgpool.conf wants them, and compares the three. */
final class HbaFiles {
    /** What the files say. */
    record Reading(PoolHba rules, IdentMaps identMaps, List<Diagnostic> diagnostics) {}

    private final PgpoolConfig config;
    private final List<Diagnostic> diagnostics = new ArrayList<>();

    private HbaFiles(PgpoolConfig config) {
        this.config = config;
    }

    /**
     * Reads the files. While enable_pool_hba is off nobody asks them, and Pgpool-II does not open them, so errors in them are
     * warnings then: they may have lain there, broken or empty, for years, and a service file may name one all the same.
     *
     * @param named the pool_hba.conf to read instead of the one beside pgpool.conf
     */
    static Reading read(Path pgpoolConf, PgpoolConfig config, Optional<Path> named) {
        return new HbaFiles(config).read(pgpoolConf, named);
    }

    private Reading read(Path pgpoolConf, Optional<Path> named) {
        boolean enabled = config.get(ConnectionParameters.ENABLE_POOL_HBA);
        Path hbaFile = named.orElse(pgpoolConf.resolveSibling("pool_hba.conf"));
        PoolHba rules = PoolHba.empty();
        if (enabled || named.isPresent() || Files.exists(hbaFile)) {
            PoolHba.Reading read = PoolHba.read(hbaFile);
            rules = read.rules();
            add(read.diagnostics(), enabled);
        }
        IdentMaps maps = IdentMaps.empty();
        String name = config.get(ConnectionParameters.IDENT_FILE);
        Optional<Path> identFile = identFile(pgpoolConf, name);
        if (identFile.isPresent()) {
            IdentMaps.Reading read = IdentMaps.read(identFile.get());
            maps = read.maps();
            add(read.diagnostics(), enabled);
        }
        if (enabled) {
            for (HbaRule rule : rules.rules()) {
                compare(rule, maps, name);
            }
        }
        return new Reading(rules, maps, List.copyOf(diagnostics));
    }

    private Optional<Path> identFile(Path pgpoolConf, String name) {
        try {
            return Optional.of(pgpoolConf.resolveSibling(name)).filter(file -> !name.isEmpty() && Files.exists(file));
        } catch (InvalidPathException e) {
            return Optional.empty();
        }
    }

    private void add(List<Diagnostic> found, boolean inUse) {
        for (Diagnostic one : found) {
            diagnostics.add(
                    inUse || one.severity() != Severity.ERROR
                            ? one
                            : Diagnostic.of(
                                    Severity.WARNING,
                                    one.location(),
                                    one.text() + " (the file is not in use, as enable_pool_hba is off)"));
        }
    }

    private void compare(HbaRule rule, IdentMaps maps, String identFile) {
        rule.options()
                .map()
                .filter(map -> maps.lines(map).isEmpty())
                .ifPresent(map ->
                        warn(rule, "there is no map \"" + map + "\" in " + identFile + ", so the rule lets nobody in"));
        if (rule.type() == ConnectionType.HOSTSSL && !config.get(TlsParameters.SSL)) {
            warn(rule, "the rule is never used, as ssl is off");
        }
    }

    private void warn(HbaRule rule, String text) {
        diagnostics.add(Diagnostic.of(Severity.WARNING, rule.at(), text));
    }
}
