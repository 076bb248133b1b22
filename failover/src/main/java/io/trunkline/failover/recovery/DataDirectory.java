package io.trunkline.failover.recovery;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/** The data directory of a node on this host. Blocks. */
final class DataDirectory {
    private static final Pattern PLACE = Pattern.compile("\"-D\" \"[^\"]*\"");
    private static final String CONFIGURATION = "*.conf";
    private static final String HISTORY = ".history";
    private static final int TIMELINE_DIGITS = 8;
    private static final int HEX = 16;
    private static final int LARGEST_TEXT = 1 << 20;

    private final int node;
    private final Path path;

    DataDirectory(int node, Path path) {
        this.node = node;
        this.path = path;
    }

    /** @throws RecoveryFailure if there is no such directory here */
    static DataDirectory of(RecoveryTarget target) {
        int node = target.id();
        if (target.dataDirectory().isEmpty()) {
            throw RecoveryFailure.refused(node, "backend_data_directory" + node + " is not set");
        }
        try {
            Path configured = Path.of(target.dataDirectory());
            if (!configured.isAbsolute() || !Files.isDirectory(configured)) {
                throw RecoveryFailure.refused(
                        node, "backend_data_directory" + node + " \"" + configured + "\" is no directory on this host");
            }
            return new DataDirectory(node, configured.toRealPath());
        } catch (IOException | InvalidPathException failure) {
            throw RecoveryFailure.refused(node, "backend_data_directory" + node + ": " + failure);
        }
    }

    Path path() {
        return path;
    }

    Path file(String name) {
        return path.resolve(name);
    }

    /** A directory beside this one. */
    Path sibling(String suffix) {
        return path.resolveSibling(path.getFileName() + suffix);
    }

    /** Whether there is nothing in it, so that nothing can be lost. */
    boolean isEmpty() {
        return list(path, "*").isEmpty();
    }

    /**
     * Makes sure that no server runs on it, by the process that its lock file names and by what works in it.
     *
     * @return whether the lock file names a process that has ended, but that its parent has not asked for: PostgreSQL
     *     would take that for a server
     * @throws RecoveryFailure if one runs
     */
    boolean requireNoServer() {
        Optional<String> first =
                text("postmaster.pid").flatMap(lines -> lines.lines().findFirst());
        ServerProcess.worksIn(path).ifPresent(this::refuse);
        if (first.isEmpty()) {
            return false;
        }
        try {
            ServerProcess named =
                    new ServerProcess(Math.abs(Long.parseLong(first.get().strip())));
            if (named.isPostgres() && !named.isZombie()) {
                refuse(named);
            }
            return named.isZombie();
        } catch (NumberFormatException halfWritten) {
            throw RecoveryFailure.refused(
                    node, file("postmaster.pid") + " is not understood; a server may be starting");
        }
    }

    private void refuse(ServerProcess server) {
        throw RecoveryFailure.refused(node, "a server runs on " + path + ", its process id is " + server.pid());
    }

    /** The major version of the server that it was made by. */
    int major() {
        String version = text("PG_VERSION").orElse("").strip();
        try {
            return Integer.parseInt(version);
        } catch (NumberFormatException none) {
            throw RecoveryFailure.refused(
                    node, path + " is neither empty nor a data directory of PostgreSQL 10 or later");
        }
    }

    /** @throws RecoveryFailure if tablespaces are outside: a copy would share or overwrite them */
    void requireAllInside() {
        for (Path entry : list(file("pg_tblspc"), "*")) {
            if (Files.isSymbolicLink(entry)) {
                throw RecoveryFailure.refused(node, "it has tablespaces outside of " + path);
            }
        }
    }

    /** Whether pg_wal is somewhere else, which a base backup would not keep. */
    boolean hasWalOutside() {
        return Files.isSymbolicLink(file("pg_wal"));
    }

    /** What is known of its timeline, with what its control file says. */
    TargetState state(ControlData control) {
        int highest = control.timeline();
        for (Path file : list(file("pg_wal"), "????????" + HISTORY)) {
            String digits = file.getFileName().toString().substring(0, TIMELINE_DIGITS);
            try {
                highest = Math.max(highest, Integer.parseUnsignedInt(digits, HEX));
            } catch (NumberFormatException another) {
                throw RecoveryFailure.refused(node, file + " is not the history of a timeline");
            }
        }
        try {
            return new TargetState(
                    control,
                    highest,
                    text(String.format("pg_wal/%08X", highest) + HISTORY).map(TimelineHistory::parse));
        } catch (NumberFormatException broken) {
            throw RecoveryFailure.refused(node, "the history of its timeline " + highest + ": " + broken.getMessage());
        }
    }

    /**
     * How its server was started last, as {@code pg_ctl restart} would do it again but for the directory; empty if that is
     * not known.
     */
    String startOptions() {
        String line = text("postmaster.opts").orElse("").strip();
        int options = line.indexOf(" \"");
        return options < 0
                ? ""
                : PLACE.matcher(line.substring(options + 1)).replaceAll("").strip();
    }

    /** The configuration files in it, relative to it: they are the node's own, whatever a copy brings. */
    List<Path> configuration() {
        List<Path> files = new ArrayList<>(list(path, CONFIGURATION));
        for (Path entry : list(path, "*")) {
            if (Files.isDirectory(entry, LinkOption.NOFOLLOW_LINKS) && Files.isReadable(entry)) {
                files.addAll(list(entry, CONFIGURATION));
            }
        }
        return files.stream()
                .filter(file -> !Files.isDirectory(file))
                .map(path::relativize)
                .sorted()
                .toList();
    }

    /** A small file of it; empty if there is none. */
    Optional<String> text(String name) {
        Path file = file(name);
        try {
            if (!Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
                return Optional.empty();
            }
            if (Files.size(file) > LARGEST_TEXT) {
                throw RecoveryFailure.refused(node, file + " is larger than such a file is");
            }
            return Optional.of(Files.readString(file));
        } catch (IOException failure) {
            throw RecoveryFailure.refused(node, file + " cannot be read: " + failure);
        }
    }

    private List<Path> list(Path directory, String pattern) {
        if (!Files.isDirectory(directory)) {
            return List.of();
        }
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(directory, pattern)) {
            List<Path> found = new ArrayList<>();
            entries.forEach(found::add);
            return found;
        } catch (IOException failure) {
            throw RecoveryFailure.refused(node, directory + " cannot be read: " + failure);
        }
    }
}
