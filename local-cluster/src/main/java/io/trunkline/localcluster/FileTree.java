package io.trunkline.localcluster;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Whole directories of files, as clusters live in. */
public final class FileTree {

    private static final Set<PosixFilePermission> READABLE = PosixFilePermissions.fromString("rwxr-xr-x");

    private static final String OWNER = "unix:uid";

    private FileTree() {}

    /** Makes a directory that others may read whatever the umask is, with those above it; one that exists is left alone. */
    public static void createReadable(Path directory) throws IOException {
        if (Files.isDirectory(directory)) {
            return;
        }
        Path parent = directory.toAbsolutePath().getParent();
        if (parent != null) {
            createReadable(parent);
        }
        try {
            Files.createDirectory(directory);
        } catch (FileAlreadyExistsException raced) {
            if (!Files.isDirectory(directory)) {
                throw raced;
            }
            return;
        }
        Files.setPosixFilePermissions(directory, READABLE);
    }

    /** Whether a file or directory, not what a symbolic link leads to, belongs to the user of this process. */
    public static boolean isOurs(Path file) throws IOException {
        return Files.getAttribute(file, OWNER, LinkOption.NOFOLLOW_LINKS).equals(ServerAccount.uid());
    }

    /**
     * Deletes a directory and all in it; symbolic links are not followed, and what is gone already is no error.
     *
     * @throws IllegalArgumentException if the path is empty: nobody means the working directory
     */
    public static void delete(Path directory) throws IOException {
        if (directory.toString().isEmpty()) {
            throw new IllegalArgumentException("the path of the directory to delete is empty");
        }
        if (!Files.isDirectory(directory)) {
            return;
        }
        Files.walkFileTree(directory, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                Files.deleteIfExists(file);
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFileFailed(Path file, IOException failure) throws IOException {
                if (failure instanceof NoSuchFileException) {
                    return FileVisitResult.CONTINUE;
                }
                throw failure;
            }

            @Override
            public FileVisitResult postVisitDirectory(Path visited, @Nullable IOException failure) throws IOException {
                if (failure != null) {
                    throw failure;
                }
                Files.deleteIfExists(visited);
                return FileVisitResult.CONTINUE;
            }
        });
    }

    /** Deletes one file of ours whose staying behind harms nobody. */
    static void deleteQuietly(@Nullable Path file) {
        if (file != null) {
            try {
                Files.deleteIfExists(file);
            } catch (IOException ignored) {
                // A stray file in the temporary directory, nothing more.
            }
        }
    }
}
