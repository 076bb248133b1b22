package io.trunkline.localcluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class PostgresFinderTest {

    @TempDir
    private Path places;

    private final PostgresFinder finder = new PostgresFinder(line -> {});

    @BeforeEach
    void letTheServersAccountIn() throws IOException {
        Files.setPosixFilePermissions(places, PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    @Test
    void newestOfSeveralVersionsIsTaken() throws IOException {
        fakeServer("9.6/bin", "9.6.24");
        fakeServer("15/bin", "15.13 (Debian 15.13-0+deb12u1)");
        fakeServer("17/bin", "17beta2");
        Files.createDirectories(places.resolve("99/bin"));

        List<Path> candidates =
                PostgresFinder.installed(List.of(new PostgresFinder.Place(places.toString(), "*", "bin")));

        assertThat(candidates).hasSize(4);
        assertThat(finder.newest(candidates)).hasValueSatisfying(found -> {
            assertThat(found.major()).isEqualTo(17);
            assertThat(found.version()).isEqualTo("17beta2");
            assertThat(found.bin()).isEqualTo(places.resolve("17/bin"));
        });
    }

    @Test
    void namedDirectoryMayBeTheInstallationOrItsPrograms() throws IOException {
        fakeServer("pg/bin", "16.4");

        assertThat(finder.in(places.resolve("pg")).bin()).isEqualTo(places.resolve("pg/bin"));
        assertThat(finder.in(places.resolve("pg/bin")).bin()).isEqualTo(places.resolve("pg/bin"));
    }

    @Test
    void namedDirectoryWithoutAServerIsRefusedWithWhatIsMissing() throws IOException {
        fakeServer("pg/bin", "16.4");
        Files.delete(places.resolve("pg/bin/initdb"));

        assertThatThrownBy(() -> finder.in(places.resolve("pg/bin")))
                .isInstanceOf(LocalClusterException.class)
                .hasMessageContaining("initdb is not there")
                .hasMessageContaining(places.resolve("pg/bin").toString());
    }

    @Test
    void serverThatIsTooOldIsRefusedWithItsVersion() throws IOException {
        fakeServer("pg/bin", "9.6.24");

        assertThatThrownBy(() -> finder.in(places.resolve("pg/bin")))
                .hasMessageContaining("9.6.24")
                .hasMessageContaining("12 or later");
    }

    @Test
    void programsOfMavenCentralAreUnpackedOnceAndRun() {
        PostgresInstallation first = Servers.zonky();
        PostgresInstallation second = Servers.zonky();

        assertThat(second).isEqualTo(first);
        assertThat(first.major()).isEqualTo(16);
        assertThat(ZonkyBinaries.VERSION).startsWith(first.version() + ".");
    }

    private void fakeServer(String bin, String version) throws IOException {
        Path directory = Files.createDirectories(places.resolve(bin));
        for (String program : List.of("postgres", "initdb", "pg_ctl")) {
            Path file = Files.writeString(
                    directory.resolve(program), "#!/bin/sh\necho '" + program + " (PostgreSQL) " + version + "'\n");
            Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
        }
    }
}
