package io.trunkline.failover.recovery;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * PostgreSQL's programs on this host, of one major version.
 *
 * @param bin their directory
 */
record ServerPrograms(Path bin) {
    private static final List<String> NEEDED = List.of("pg_ctl", "pg_controldata", "pg_basebackup");

    /**
     * Those of {@code recovery_bin_directory}, else those of this version where packages put them, else those on the PATH.
     *
     * @throws RecoveryFailure if there are none
     */
    static ServerPrograms find(int node, String configured, int major) {
        if (!configured.isEmpty()) {
            Path bin = Path.of(configured);
            if (!isComplete(bin)) {
                throw RecoveryFailure.refused(
                        node, "recovery_bin_directory \"" + configured + "\" does not have all of " + NEEDED);
            }
            return new ServerPrograms(bin);
        }
        List<Path> places = new ArrayList<>(List.of(
                Path.of("/usr/lib/postgresql", Integer.toString(major), "bin"), Path.of("/usr/pgsql-" + major, "bin")));
        for (String directory : System.getenv().getOrDefault("PATH", "").split(File.pathSeparator, -1)) {
            if (directory.startsWith("/")) {
                places.add(Path.of(directory));
            }
        }
        return places.stream()
                .filter(ServerPrograms::isComplete)
                .findFirst()
                .map(ServerPrograms::new)
                .orElseThrow(() -> RecoveryFailure.refused(
                        node, "the programs of PostgreSQL " + major + " are not found; set recovery_bin_directory"));
    }

    private static boolean isComplete(Path bin) {
        return NEEDED.stream().allMatch(program -> Files.isExecutable(bin.resolve(program)));
    }

    String program(String name) {
        return bin.resolve(name).toString();
    }

    /** A program that not every installation has. */
    Optional<String> optional(String name) {
        return Files.isExecutable(bin.resolve(name)) ? Optional.of(program(name)) : Optional.empty();
    }
}
