package io.trunkline.cli.archive;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Has the archive of classes made where a server runs without one: when it has started, by {@code trunkline archive} as a
 * process of its own that gives way to all others. What comes of that is only told at debug, since the server does not need it.
 */
public final class ClassArchive {
    private static final Logger log = LoggerFactory.getLogger(ClassArchive.class);

    /** Where the launcher looks for the archive of this Java; empty where it has been told not to use any. */
    static final Optional<Path> FILE =
            Optional.ofNullable(System.getProperty("trunkline.archive")).map(Path::of);

    private ClassArchive() {}

    /** To be called when the server has started. */
    public static void renewForNextStart() {
        try {
            if (FILE.isPresent() && isMissing(FILE.get())) {
                make(FILE.get());
            }
        } catch (IOException e) {
            log.debug("class archive {} cannot be made: {}", FILE.get(), e.toString());
        }
    }

    /** An archive that this Java does not take is made anew if it is older than what it was made of, and else never. */
    private static boolean isMissing(Path archive) throws IOException {
        if (!Files.exists(archive)) {
            return true;
        }
        if (isMapped(archive)) {
            log.debug("classes are taken from {}", archive);
            return false;
        }
        FileTime made = Files.getLastModifiedTime(archive);
        boolean stale = parts().anyMatch(part -> changed(part).compareTo(made) > 0);
        log.debug(
                "Java has not taken the classes from {}, {}",
                archive,
                stale ? "which is old" : "for reasons of its own");
        return stale;
    }

    private static boolean isMapped(Path archive) throws IOException {
        Path maps = Path.of("/proc/self/maps");
        return !Files.exists(maps)
                || Files.readString(maps, StandardCharsets.ISO_8859_1).contains(archive.toString());
    }

    private static Stream<Path> parts() {
        Stream<Path> jars = Stream.of(System.getProperty("java.class.path").split(File.pathSeparator))
                .map(Path::of);
        return Stream.concat(jars, Stream.of(Path.of(System.getProperty("java.home"), "lib", "modules")));
    }

    /**
     * Copying and unpacking keep the time of the last modification, but not this one. A file system that does not tell it costs
     * an archive that is made anew too seldom: Java itself sees whether one fits.
     */
    private static FileTime changed(Path file) {
        try {
            return (FileTime) Files.getAttribute(file, "unix:ctime");
        } catch (IOException | UnsupportedOperationException e) {
            return FileTime.fromMillis(0);
        }
    }

    private static void make(Path archive) throws IOException {
        List<String> command = List.of(
                "nice",
                "-n",
                "19",
                Path.of(System.getProperty("trunkline.home"), "bin", "trunkline")
                        .toString(),
                "archive");
        ProcessBuilder maker = new ProcessBuilder(command)
                .redirectInput(new File("/dev/null"))
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .redirectError(ProcessBuilder.Redirect.DISCARD);
        maker.environment().put("TRUNKLINE_JAVA", System.getProperty("java.home"));
        Process process = maker.start();
        log.debug("class archive {} is made for the next start by process {}", archive, process.pid());
        process.onExit().thenAccept(ended -> log.debug("class archive: status {}", ended.exitValue()));
    }
}
