package io.trunkline.proxy.handover;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoop;
import io.netty.channel.ServerChannel;
import io.trunkline.pool.Transport;
import io.trunkline.proxy.auth.PeerCredentials;
import io.trunkline.proxy.listen.InheritedSockets;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import java.util.function.LongPredicate;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where the process that is to take over comes in: a Unix-domain socket for the owner of the server alone, and for the
 * one process that was started for it. Its first connection is the link; another one gets the descriptors of the sockets.
 */
public final class HandoverDoor implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(HandoverDoor.class);

    private final Path path;
    private final ServerChannel channel;

    private HandoverDoor(Path path, ServerChannel channel) {
        this.path = path;
        this.channel = channel;
    }

    /** Where it is, of a server with this pid file. */
    public static Path beside(Path pidFile) {
        return pidFile.resolveSibling(pidFile.getFileName() + ".next");
    }

    /**
     * Opens it, in the place of one that a killed server has left behind. Blocks.
     *
     * @param expected whether a process, by its id, is the one that was started
     * @param peer listens to the link
     * @param descriptors of the sockets
     */
    public static HandoverDoor open(
            Path path,
            Transport transport,
            EventLoop loop,
            LongPredicate expected,
            Function<HandoverLink, HandoverLink.Peer> peer,
            Supplier<List<Integer>> descriptors)
            throws IOException {
        Files.deleteIfExists(path);
        ServerChannel listening = transport
                .unixListener()
                .listen(
                        path,
                        2,
                        made -> Files.setPosixFilePermissions(made, PosixFilePermissions.fromString("rw-------")));
        AtomicBoolean linked = new AtomicBoolean();
        new ServerBootstrap()
                .group(loop, loop)
                .channelFactory(() -> listening)
                .childHandler(new ChannelInitializer<>() {
                    @Override
                    protected void initChannel(Channel client) throws IOException {
                        long pid = PeerCredentials.of(client)
                                .map(PeerCredentials::pid)
                                .orElse(0);
                        if (!expected.test(pid)) {
                            log.warn("process {} wants to take over, and was not started for that", pid);
                            client.close();
                        } else if (linked.compareAndSet(false, true)) {
                            HandoverLink.accepted(client, peer);
                        } else {
                            client.eventLoop().execute(() -> Descriptors.send(client, descriptors.get()));
                        }
                    }
                })
                .register()
                .awaitUninterruptibly();
        return new HandoverDoor(path, listening);
    }

    /** Gets the sockets that listen at these places through the door; blocks. */
    public static InheritedSockets fetch(Path path, EventLoop loop, List<String> places)
            throws IOException, InterruptedException {
        Map<String, Integer> descriptors = new LinkedHashMap<>();
        if (!places.isEmpty()) {
            List<Integer> received = Descriptors.receive(path, loop, places.size());
            places.forEach(place -> descriptors.put(place, received.get(descriptors.size())));
        }
        return InheritedSockets.of(descriptors);
    }

    /** Lets nobody in any more; connections stay. Blocks. */
    @Override
    public void close() throws IOException {
        channel.close().awaitUninterruptibly();
        Files.deleteIfExists(path);
    }
}
