package io.trunkline.proxy.listen;

import io.netty.channel.ServerChannel;
import io.netty.channel.epoll.EpollServerDomainSocketChannel;
import io.trunkline.config.SocketPath;
import io.trunkline.pool.SocketFailure;
import io.trunkline.pool.UnixListener;
import java.io.IOException;
import java.net.SocketException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.GroupPrincipal;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.UserPrincipalNotFoundException;
import java.util.EnumSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A Unix-domain socket for clients, named as clients of PostgreSQL look for it, with its lock file. Blocks: not for event
 * loops.
 */
final class SocketFile {
    private static final Logger log = LoggerFactory.getLogger(SocketFile.class);

    private final Path path;
    private final SocketLock lock;
    private final ServerChannel channel;

    /** Whether the files are this process's. */
    private volatile boolean own;

    /** What is yet to be done with an inherited file. */
    private final UnixListener.Preparation access;

    private SocketFile(
            Path path, SocketLock lock, ServerChannel channel, boolean own, UnixListener.Preparation access) {
        this.path = path;
        this.lock = lock;
        this.channel = channel;
        this.own = own;
        this.access = access;
    }

    /** The path of the socket in a directory. */
    static Path in(Path directory, int port) {
        return directory.resolve(".s.PGSQL." + port);
    }

    /**
     * A socket that another process has made and passed on.
     *
     * @throws IOException with a text that names the parameter, if it cannot be as it is configured now
     */
    static SocketFile inherited(Path directory, ListenPlaces places, int descriptor) throws IOException {
        Path path = in(directory, places.port());
        UnixListener.Preparation access = preparation(places.access());
        Listeners.listenAgain(descriptor, places.backlog());
        return new SocketFile(
                path, SocketLock.of(path), new EpollServerDomainSocketChannel(descriptor, true), false, access);
    }

    /**
     * Makes the socket, in the place of one that a killed server has left behind.
     *
     * @throws IOException with a text that names the parameter and the path
     */
    static SocketFile open(UnixListener listener, Path directory, int port, int backlog, SocketAccess access)
            throws IOException {
        Path path = in(directory, port);
        int bytes = SocketPath.lengthIn(directory.toString(), port);
        if (bytes > SocketPath.MAX_BYTES) {
            throw refusal(
                    access,
                    path,
                    "the path has " + bytes + " bytes, possible are at most " + SocketPath.MAX_BYTES,
                    null);
        }
        if (!Files.isDirectory(directory)) {
            throw refusal(
                    access,
                    path,
                    Files.exists(directory) ? "that is no directory" : "the directory does not exist",
                    null);
        }
        UnixListener.Preparation preparation = preparation(access);
        try {
            SocketLock lock = SocketLock.take(path);
            try {
                removeLeftover(path);
                ServerChannel channel = listener.listen(path, backlog, preparation);
                return new SocketFile(path, lock, channel, true, preparation);
            } catch (IOException | RuntimeException e) {
                lock.release();
                throw e;
            }
        } catch (IOException e) {
            throw refusal(access, path, reason(e), e);
        }
    }

    private static IOException refusal(SocketAccess access, Path path, String why, @Nullable IOException cause) {
        return new IOException(
                "parameter \"" + access.parameter() + "\": the socket " + path + " cannot be made: " + why, cause);
    }

    private static String reason(IOException e) {
        if (e instanceof AccessDeniedException) {
            return "permission denied";
        }
        String reason = e instanceof FileSystemException of ? of.getReason() : SocketFailure.text(e);
        return reason == null ? e.toString() : reason;
    }

    private static UnixListener.Preparation preparation(SocketAccess access) throws IOException {
        GroupPrincipal group = access.group().isEmpty() ? null : group(access.group());
        Set<PosixFilePermission> permissions = permissions(access.permissions());
        return made -> {
            if (group != null) {
                chown(made, group);
            }
            Files.setPosixFilePermissions(made, permissions);
        };
    }

    private static GroupPrincipal group(String name) throws IOException {
        try {
            return Path.of("/").getFileSystem().getUserPrincipalLookupService().lookupPrincipalByGroupName(name);
        } catch (UserPrincipalNotFoundException e) {
            throw new IOException("parameter \"unix_socket_group\": there is no group \"" + name + "\"", e);
        }
    }

    private static void chown(Path made, GroupPrincipal group) throws IOException {
        try {
            Files.getFileAttributeView(made, PosixFileAttributeView.class, LinkOption.NOFOLLOW_LINKS)
                    .setGroup(group);
        } catch (FileSystemException e) {
            throw new IOException(
                    "it cannot be given to the group \"" + group.getName()
                            + "\" of unix_socket_group, of which this process has to be a member: " + e.getReason(),
                    e);
        }
    }

    private static Set<PosixFilePermission> permissions(int bits) {
        // from 0400, the owner's read permission, down to 0001, the execute permission of all others
        PosixFilePermission[] descending = PosixFilePermission.values();
        Set<PosixFilePermission> set = EnumSet.noneOf(PosixFilePermission.class);
        for (int i = 0; i < descending.length; i++) {
            if ((bits & 0400 >> i) != 0) {
                set.add(descending[i]);
            }
        }
        return set;
    }

    /** Removes a socket on which nobody listens. A Pgpool-II makes no lock files: so it is asked whether it is there. */
    private static void removeLeftover(Path path) throws IOException {
        if (!Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
            return;
        }
        if (!Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS)
                .isOther()) {
            throw new IOException("there is a file of that name that is no socket");
        }
        if (isListening(path)) {
            throw new IOException("another server is listening on it");
        }
        Files.delete(path);
    }

    private static boolean isListening(Path path) throws IOException {
        try (SocketChannel probe = SocketChannel.open(StandardProtocolFamily.UNIX)) {
            probe.configureBlocking(false);
            probe.connect(UnixDomainSocketAddress.of(path));
            return true;
        } catch (SocketException refused) {
            return false;
        }
    }

    Path path() {
        return path;
    }

    ServerChannel channel() {
        return channel;
    }

    /** The files are this process's from now on. */
    void own() {
        if (!own) {
            try {
                lock.takeOver();
                own = true;
                access.prepare(path);
            } catch (IOException e) {
                log.error("the socket {} and its lock file cannot be taken over: {}", path, e.toString());
            }
        }
    }

    /** Removes the files of a socket on which nobody listens any more. */
    static void remove(Path path) {
        try {
            Files.deleteIfExists(path);
            SocketLock.of(path).release();
        } catch (IOException e) {
            log.warn("the socket {} cannot be removed: {}", path, e.toString());
        }
    }

    /** The files are another process's from now on. */
    void leave() {
        own = false;
    }

    /** Shows programs that clean up /tmp that the files are in use. */
    void touch() {
        try {
            if (own) {
                lock.touch();
            }
        } catch (IOException e) {
            log.warn("the lock file of {} cannot be touched: {}", path, e.toString());
        }
    }

    /** Ends listening and removes the files if they are this process's. Not for event loops. */
    void close() {
        if (channel.isRegistered()) {
            channel.close().awaitUninterruptibly();
        } else {
            channel.unsafe().closeForcibly();
        }
        if (own) {
            remove(path);
        }
    }
}
