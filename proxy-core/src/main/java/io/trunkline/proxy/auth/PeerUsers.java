package io.trunkline.proxy.auth;

import io.netty.channel.Channel;
import io.netty.channel.socket.nio.NioChannelOption;
import io.netty.channel.socket.nio.NioDomainSocketChannel;
import java.io.IOException;
import java.nio.channels.ClosedChannelException;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Consumer;
import jdk.net.ExtendedSocketOptions;
import jdk.net.UnixDomainPrincipal;

/**
 * Tells which user of the operating system has opened a Unix-domain socket, for the method peer; PostgreSQL's manual,
 * section 21.9. Can be used from any event loop.
 */
public final class PeerUsers {
    /**
     * What has been found out.
     *
     * @param name the user's name; empty if it cannot be told
     * @param why there is none, for the log; empty if there is one
     */
    public record PeerUser(Optional<String> name, String why) {
        static PeerUser named(String name) {
            return new PeerUser(Optional.of(name), "");
        }

        static PeerUser unknown(String why) {
            return new PeerUser(Optional.empty(), why);
        }
    }

    private final SystemUsers users;
    private final Executor blocking;

    public PeerUsers(Executor blocking) {
        this.users = new SystemUsers(blocking);
        this.blocking = blocking;
    }

    /** Finds the user; {@code found} is called once, later, on the channel's event loop. */
    public void find(Channel channel, Consumer<PeerUser> found) {
        Consumer<PeerUser> onLoop = user -> channel.eventLoop().execute(() -> found.accept(user));
        try {
            if (channel instanceof NioDomainSocketChannel) {
                blocking.execute(() -> onLoop.accept(askTheJdk(channel)));
                return;
            }
            Optional<PeerCredentials> peer = PeerCredentials.of(channel);
            if (peer.isEmpty()) {
                onLoop.accept(PeerUser.unknown("peer authentication is for Unix-domain sockets only"));
                return;
            }
            long uid = peer.get().uid();
            users.nameOf(
                    uid,
                    name -> onLoop.accept(name.map(PeerUser::named)
                            .orElseGet(() -> PeerUser.unknown("user id " + uid + " has no name on this machine"))));
        } catch (IOException | RejectedExecutionException e) {
            onLoop.accept(PeerUser.unknown("the user at the other end cannot be told: " + e.getMessage()));
        }
    }

    /** It tells the name at once, for which it may have to ask a directory. */
    private static PeerUser askTheJdk(Channel channel) {
        try {
            UnixDomainPrincipal peer =
                    channel.config().getOption(NioChannelOption.of(ExtendedSocketOptions.SO_PEERCRED));
            if (peer == null) {
                throw new ClosedChannelException();
            }
            String name = peer.user().getName();
            // the JDK's way to say that a number has no name; a user whose name is a number is none to rely on
            return name.chars().allMatch(Character::isDigit)
                    ? PeerUser.unknown("user id " + name + " has no name on this machine")
                    : PeerUser.named(name);
        } catch (IOException | RuntimeException e) {
            return PeerUser.unknown("the user at the other end cannot be told: " + e);
        }
    }
}
