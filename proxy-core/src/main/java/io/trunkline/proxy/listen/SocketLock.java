package io.trunkline.proxy.listen;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * The lock file of a Unix-domain socket, {@code .s.PGSQL.9999.lock}, as PostgreSQL has it: its first line is the number
 * of the process whose socket it is. Who holds it may replace and remove the socket. It appears with its whole content
 * or not at all.
 */
final class SocketLock {
    private static final int MAX_BYTES = 32;

    /** A process counts as younger than a file only beyond this, as both times are rounded. */
    private static final Duration ROUNDING = Duration.ofSeconds(5);

    private final Path file;

    private SocketLock(Path file) {
        this.file = file;
    }

    /**
     * Takes the lock, also from a process that has ended without giving it back.
     *
     * @throws IOException if another process holds it, with its number, or if it cannot be taken
     */
    static SocketLock take(Path socket) throws IOException {
        SocketLock lock = of(socket);
        Path file = lock.file;
        Path complete = lock.write();
        try {
            try {
                Files.createLink(file, complete);
            } catch (FileAlreadyExistsException e) {
                OptionalLong holder = holder(file);
                if (holder.isPresent()) {
                    throw new IOException("process " + holder.getAsLong() + " is using it (lock file " + file + ")");
                }
                Files.delete(file);
                Files.createLink(file, complete);
            }
        } finally {
            Files.delete(complete);
        }
        return lock;
    }

    /** That of a socket, whoever holds it. */
    static SocketLock of(Path socket) {
        return new SocketLock(socket.resolveSibling(socket.getFileName() + ".lock"));
    }

    /** Puts this process in the place of the one that has held it and has passed the socket on. */
    void takeOver() throws IOException {
        Files.move(write(), file, StandardCopyOption.ATOMIC_MOVE);
    }

    /** @return the content, under a name that nobody can foretell, since the directory is often /tmp */
    private Path write() throws IOException {
        Path complete = Files.createTempFile(file.getParent(), ".s.PGSQL.", ".tmp");
        Files.writeString(complete, ProcessHandle.current().pid() + "\n");
        return complete;
    }

    private static OptionalLong holder(Path file) throws IOException {
        OptionalLong pid = read(file);
        Instant written = Files.getLastModifiedTime(file, LinkOption.NOFOLLOW_LINKS)
                .toInstant()
                .plus(ROUNDING);
        // after a container has started anew we may have the number of our own predecessor
        boolean held = pid.isPresent()
                && pid.getAsLong() != ProcessHandle.current().pid()
                && ProcessHandle.of(pid.getAsLong())
                        .filter(ProcessHandle::isAlive)
                        .filter(process -> !isYoungerThan(process, written))
                        .isPresent();
        return held ? pid : OptionalLong.empty();
    }

    /** Whether the process is another one that has got the number since. */
    private static boolean isYoungerThan(ProcessHandle process, Instant written) {
        Optional<Instant> start = process.info().startInstant();
        return start.isPresent() && start.get().isAfter(written);
    }

    private static OptionalLong read(Path file) throws IOException {
        try (InputStream in = Files.newInputStream(file, LinkOption.NOFOLLOW_LINKS)) {
            String text = new String(in.readNBytes(MAX_BYTES), StandardCharsets.ISO_8859_1);
            return OptionalLong.of(
                    Long.parseLong(text.lines().findFirst().orElse("").strip()));
        } catch (NumberFormatException e) {
            return OptionalLong.empty();
        }
    }

    /** Sets the time of the file to now, for programs that remove old files from /tmp. */
    void touch() throws IOException {
        Files.setLastModifiedTime(file, FileTime.from(Instant.now()));
    }

    void release() throws IOException {
        Files.deleteIfExists(file);
    }
}
