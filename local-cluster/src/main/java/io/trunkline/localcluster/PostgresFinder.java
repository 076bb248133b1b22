package io.trunkline.localcluster;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Finds a PostgreSQL server on this machine: that of {@code pg_config} or the PATH, else the newest in the places where
 * packages put them, else binaries from Maven Central, which are unpacked (and, where need be, fetched) first.
 */
public final class PostgresFinder {

    /** Directories with one entry for each version, and where the programs are below such an entry. */
    private static final List<Place> PLACES = List.of(
            new Place("/usr/lib/postgresql", "*", "bin"),
            new Place("/usr", "pgsql-*", "bin"),
            new Place("/usr/local", "pgsql", "bin"),
            new Place("/opt/homebrew/opt", "postgresql*", "bin"),
            new Place("/usr/local/opt", "postgresql*", "bin"),
            new Place("/home/linuxbrew/.linuxbrew/opt", "postgresql*", "bin"));

    private final ServerAccount account = ServerAccount.ofThisProcess();
    private final Consumer<String> progress;

    /** A finder that tells of long steps, such as a download, in one line each. */
    public PostgresFinder(Consumer<String> progress) {
        this.progress = progress;
    }

    /**
     * The server in the directory that the user names: its programs, or the installation above them.
     *
     * @throws LocalClusterException if there is none that can be used
     */
    public PostgresInstallation in(Path directory) {
        Path below = directory.resolve("bin");
        Path bin = Files.isExecutable(directory.resolve("postgres")) || !Files.isDirectory(below) ? directory : below;
        Path absolute = bin.toAbsolutePath().normalize();
        account.obstacleTo(absolute).ifPresent(obstacle -> {
            throw new LocalClusterException("PostgreSQL has to run as user " + account.name() + ", who cannot reach "
                    + absolute + " because of the mode of " + obstacle);
        });
        return PostgresInstallation.in(absolute);
    }

    /**
     * Any server: the system's, else the one of Maven Central.
     *
     * @throws LocalClusterException with what was tried if there is none
     */
    public PostgresInstallation any() {
        return system().orElseGet(this::fromMavenCentral);
    }

    /** The system's own server, if it has one that can be used. */
    public Optional<PostgresInstallation> system() {
        List<Path> preferred = new ArrayList<>();
        pgConfig().ifPresent(preferred::add);
        preferred.addAll(SearchPath.directories());
        return firstUsable(preferred).or(() -> newest(installed(PLACES)));
    }

    /**
     * The binaries that the zonky project publishes on Maven Central: found on the class path or in the local repository of
     * Maven, or fetched by Maven.
     *
     * @throws LocalClusterException if there are none for this machine or they cannot be fetched
     */
    public PostgresInstallation fromMavenCentral() {
        return new ZonkyBinaries(account, progress).install();
    }

    Optional<PostgresInstallation> newest(List<Path> candidates) {
        return candidates.stream()
                .flatMap(bin -> usable(bin).stream())
                .max(Comparator.comparingInt(PostgresInstallation::major));
    }

    private Optional<PostgresInstallation> firstUsable(List<Path> candidates) {
        return candidates.stream().flatMap(bin -> usable(bin).stream()).findFirst();
    }

    private Optional<PostgresInstallation> usable(Path bin) {
        if (!Files.isExecutable(bin.resolve("postgres"))
                || account.obstacleTo(bin).isPresent()) {
            return Optional.empty();
        }
        try {
            return Optional.of(PostgresInstallation.in(bin));
        } catch (LocalClusterException tooOldOrBroken) {
            return Optional.empty();
        }
    }

    private static Optional<Path> pgConfig() {
        return SearchPath.find("pg_config").flatMap(program -> {
            try {
                return Optional.of(
                        Path.of(Command.run(Duration.ofSeconds(10), List.of(program.toString(), "--bindir"))));
            } catch (LocalClusterException broken) {
                return Optional.empty();
            }
        });
    }

    static List<Path> installed(List<Place> places) {
        List<Path> found = new ArrayList<>();
        for (Place place : places) {
            Path parent = Path.of(place.parent());
            if (!Files.isDirectory(parent)) {
                continue;
            }
            try (DirectoryStream<Path> versions = Files.newDirectoryStream(parent, place.versions())) {
                versions.forEach(version -> found.add(version.resolve(place.programs())));
            } catch (IOException unreadable) {
                // A place that we may not look into has no server for us.
            }
        }
        return found;
    }

    /** Where installations are: a directory, a pattern for those in it, and the programs below each. */
    record Place(String parent, String versions, String programs) {}
}
