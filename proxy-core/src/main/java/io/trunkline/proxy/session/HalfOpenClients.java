package io.trunkline.proxy.session;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The clients that have connected and neither authenticated nor come to wait for a session yet: in total, and of each
 * address, where an IPv6 network of 64 bits counts as one. They cost Trunkline something and have shown nothing, so there
 * is a limit to them. Safe for any thread.
 */
public final class HalfOpenClients {
    /** One of them. */
    public final class Ticket {
        private final @Nullable Object network;
        private boolean over;

        private Ticket(@Nullable Object network) {
            this.network = network;
        }

        /** It is one no more. Doing it twice does nothing. */
        void release() {
            synchronized (HalfOpenClients.this) {
                if (!over) {
                    over = true;
                    total--;
                    if (network != null) {
                        byNetwork.computeIfPresent(network, (key, count) -> count == 1 ? null : count - 1);
                    }
                }
            }
        }
    }

    private final Map<Object, Integer> byNetwork = new HashMap<>();
    private int total;

    /**
     * A client has connected.
     *
     * @param from no network address: it counts for the total only
     * @param limit in total; 0 = none
     * @param limitPerAddress 0 = none
     * @return null if it is one too many
     */
    synchronized @Nullable Ticket enter(@Nullable SocketAddress from, int limit, int limitPerAddress) {
        Object network = network(from);
        int same = network == null ? 0 : byNetwork.getOrDefault(network, 0);
        if ((limit > 0 && total >= limit) || (limitPerAddress > 0 && same >= limitPerAddress)) {
            return null;
        }
        total++;
        if (network != null) {
            byNetwork.put(network, same + 1);
        }
        return new Ticket(network);
    }

    /** How many there are. */
    public synchronized int total() {
        return total;
    }

    private static @Nullable Object network(@Nullable SocketAddress from) {
        InetAddress address = from instanceof InetSocketAddress remote ? remote.getAddress() : null;
        return address instanceof Inet6Address ? ByteBuffer.wrap(Arrays.copyOf(address.getAddress(), 8)) : address;
    }
}
