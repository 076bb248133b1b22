package io.trunkline.pool;

import io.netty.channel.ServerChannel;
import io.netty.channel.socket.nio.NioServerDomainSocketChannel;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.HexFormat;
import java.util.concurrent.ThreadLocalRandom;

/**
 * The JDK binds and listens in one. So the socket is made in a directory that nobody else can enter, prepared there,
 * and moved to its name, which is then that of a socket that listens already.
 */
final class NioUnixListener implements UnixListener {
    @Override
    public ServerChannel listen(Path path, int backlog, Preparation preparation) throws IOException {
        // shorter than .s.PGSQL.1 together with what follows: the JDK takes a byte less than the operating system
        String name =
                ".t" + HexFormat.of().toHexDigits(ThreadLocalRandom.current().nextInt(), 4);
        Path enclosure = Files.createDirectory(
                path.resolveSibling(name),
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        Path made = enclosure.resolve("s");
        ServerSocketChannel socket = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        try {
            socket.bind(UnixDomainSocketAddress.of(made), backlog);
            preparation.prepare(made);
            Files.move(made, path, StandardCopyOption.ATOMIC_MOVE);
            return new NioServerDomainSocketChannel(socket);
        } catch (IOException | RuntimeException e) {
            socket.close();
            throw e;
        } finally {
            Files.deleteIfExists(made);
            Files.delete(enclosure);
        }
    }
}
