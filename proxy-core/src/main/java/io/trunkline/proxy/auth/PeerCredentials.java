package io.trunkline.proxy.auth;

import io.netty.channel.Channel;
import io.netty.channel.unix.DomainSocketChannel;
import java.io.IOException;
import java.util.Optional;

/**
 * Who is at the other end of a Unix-domain socket, as the operating system has noted it when the connection came about
 * (SO_PEERCRED).
 *
 * @param uid the effective user
 * @param gid the effective group
 * @param pid the process; 0 if it is not known
 */
public record PeerCredentials(long uid, long gid, int pid) {
    private static final long UNSIGNED = 0xffff_ffffL;

    /** Empty if the channel is no Unix-domain socket, or one of a transport that does not tell numbers. */
    public static Optional<PeerCredentials> of(Channel channel) throws IOException {
        if (!(channel instanceof DomainSocketChannel local)) {
            return Optional.empty();
        }
        io.netty.channel.unix.PeerCredentials noted =
                ((io.netty.channel.epoll.EpollDomainSocketChannel) local).peerCredentials();
        int[] groups = noted.gids();
        return Optional.of(new PeerCredentials(
                noted.uid() & UNSIGNED, groups.length == 0 ? 0 : groups[0] & UNSIGNED, noted.pid()));
    }
}
