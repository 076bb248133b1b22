package io.trunkline.localcluster;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Optional;
import org.junit.jupiter.api.Assumptions;

/** The servers that tests run with, and directories that those servers can reach. */
final class Servers {

    private Servers() {}

    static PostgresInstallation system() {
        Optional<PostgresInstallation> found = new PostgresFinder(line -> {}).system();
        Assumptions.assumeTrue(found.isPresent(), "no PostgreSQL is installed on this machine");
        return found.orElseThrow();
    }

    static PostgresInstallation zonky() {
        try {
            return new PostgresFinder(line -> {}).fromMavenCentral();
        } catch (LocalClusterException unavailable) {
            return Assumptions.abort("no downloaded PostgreSQL: " + unavailable.getMessage());
        }
    }

    static Path directory() throws IOException {
        Path directory = Files.createTempDirectory("trunkline-cluster-test");
        return Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxr-xr-x"));
    }
}
