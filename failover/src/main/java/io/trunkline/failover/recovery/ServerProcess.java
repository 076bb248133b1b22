package io.trunkline.failover.recovery;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A process that may be one of a PostgreSQL server, as {@code /proc} shows it.
 *
 * @param pid its number
 */
record ServerProcess(long pid) {
    private static final Path PROC = Path.of("/proc");

    /** The name and the state (proc(5)). */
    private static final Pattern NAME = Pattern.compile("\\((?:postgres|postmaster)\\) (.)");

    /** A process of a server on this data directory, where it changes to; those of other users may not be seen. */
    static Optional<ServerProcess> worksIn(Path directory) {
        try (DirectoryStream<Path> processes = Files.newDirectoryStream(PROC, "[1-9]*")) {
            for (Path process : processes) {
                if (worksIn(process, directory)) {
                    ServerProcess found = new ServerProcess(
                            Long.parseLong(process.getFileName().toString()));
                    if (found.isPostgres()) {
                        return Optional.of(found);
                    }
                }
            }
            return Optional.empty();
        } catch (IOException | NumberFormatException unseen) {
            return Optional.empty();
        }
    }

    private static boolean worksIn(Path process, Path directory) {
        try {
            return Files.isSameFile(Files.readSymbolicLink(process.resolve("cwd")), directory);
        } catch (IOException endedOrNotOurs) {
            return false;
        }
    }

    /** Whether a process of this number is one of PostgreSQL, be it a zombie. */
    boolean isPostgres() {
        return NAME.matcher(stat()).find();
    }

    /** Whether it has ended, and is listed only because its parent has not asked how. */
    boolean isZombie() {
        Matcher name = NAME.matcher(stat());
        return name.find() && name.group(1).equals("Z");
    }

    private String stat() {
        try {
            return Files.readString(PROC.resolve(Long.toString(pid)).resolve("stat"));
        } catch (IOException ended) {
            return "";
        }
    }
}
