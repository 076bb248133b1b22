package io.trunkline.proxy.process;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Of the processes that share a pid file during a restart, the one that holds this decides about nodes, runs commands, keeps
 * the status file and serves administrators. The operating system sees to it that there is only one, and takes it from a
 * process that has ended.
 */
final class OwnerLock implements AutoCloseable {
    private static final long LIMIT_NANOS = TimeUnit.SECONDS.toNanos(10);
    private static final long RETRY_NANOS = TimeUnit.MILLISECONDS.toNanos(5);

    private final Path file;
    private final FileChannel channel;

    private OwnerLock(Path file, FileChannel channel) {
        this.file = file;
        this.channel = channel;
    }

    /**
     * Takes the lock beside a pid file; waits for a moment if another process has it.
     *
     * @throws StartFailure if it keeps it, or the file cannot be written
     */
    static OwnerLock take(Path pidFile) throws StartFailure {
        Path file = pidFile.resolveSibling(pidFile.getFileName() + ".lock");
        FileChannel channel = null;
        try {
            channel = FileChannel.open(
                    file,
                    Set.of(StandardOpenOption.CREATE, StandardOpenOption.WRITE),
                    PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
            long deadline = System.nanoTime() + LIMIT_NANOS;
            @Nullable FileLock lock = channel.tryLock();
            while (lock == null && System.nanoTime() - deadline < 0) {
                LockSupport.parkNanos(RETRY_NANOS);
                lock = channel.tryLock();
            }
            if (lock != null) {
                return new OwnerLock(file, channel);
            }
            channel.close();
        } catch (IOException e) {
            throw new StartFailure("lock file " + file + " cannot be used: " + PidFile.reason(e), e);
        }
        throw new StartFailure("another process holds the lock file " + file);
    }

    /** Lets another process take it. */
    void release() throws IOException {
        channel.close();
    }

    /** Releases it for good. */
    @Override
    public void close() throws IOException {
        if (channel.isOpen()) {
            Files.deleteIfExists(file);
            channel.close();
        }
    }
}
