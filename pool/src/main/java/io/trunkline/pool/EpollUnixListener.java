package io.trunkline.pool;

import io.netty.channel.ServerChannel;
import io.netty.channel.epoll.EpollServerDomainSocketChannel;
import io.netty.channel.unix.DomainSocketAddress;
import io.netty.channel.unix.Socket;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Binds, prepares, listens, as PostgreSQL does: a socket that is bound and does not listen refuses everybody. */
final class EpollUnixListener implements UnixListener {
    @Override
    public ServerChannel listen(Path path, int backlog, Preparation preparation) throws IOException {
        Socket socket = Socket.newSocketDomain();
        try {
            socket.bind(new DomainSocketAddress(path.toString()));
            try {
                preparation.prepare(path);
                socket.listen(backlog);
            } catch (IOException | RuntimeException e) {
                Files.deleteIfExists(path);
                throw e;
            }
        } catch (IOException | RuntimeException e) {
            socket.close();
            throw e;
        }
        return new EpollServerDomainSocketChannel(socket.intValue(), true);
    }
}
