package io.trunkline.proxy.auth;

import java.net.InterfaceAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The addresses of this machine's network interfaces, and the networks that they are in, for {@code samehost} and {@code
 * samenet}. They are read when they are asked for and at most every few seconds, on an executor for blocking work. Safe
 * for any thread.
 */
public final class LocalNetworks {
    private static final Logger log = LoggerFactory.getLogger(LocalNetworks.class);

    private static final long AGE_NANOS = TimeUnit.SECONDS.toNanos(5);

    /** An address of this machine with the length of its network's prefix, in bits. */
    record Own(byte[] address, int prefix) {}

    /** All of them, as they were at one time. */
    static final class Snapshot {
        private final List<Own> all;

        Snapshot(List<Own> all) {
            this.all = List.copyOf(all);
        }

        boolean hasAddress(byte[] address) {
            return all.stream().anyMatch(own -> Arrays.equals(own.address, address));
        }

        boolean hasNetworkOf(byte[] address) {
            return all.stream().anyMatch(own -> own.address.length == address.length && isEqual(own, address));
        }

        private static boolean isEqual(Own own, byte[] address) {
            // an interface that tells no mask, or an empty one, is in no network: PostgreSQL takes the address alone
            int bits = own.prefix > 0 && own.prefix < 8 * address.length ? own.prefix : 8 * address.length;
            int bytes = bits / 8;
            if (!Arrays.equals(own.address, 0, bytes, address, 0, bytes)) {
                return false;
            }
            int mask = 0xff << (8 - bits % 8);
            return bits % 8 == 0 || ((own.address[bytes] ^ address[bytes]) & mask & 0xff) == 0;
        }
    }

    private record Reading(CompletableFuture<Snapshot> snapshot, long at) {}

    private final Executor blocking;
    private final Supplier<List<Own>> source;
    private final LongSupplier nanoTime;
    private volatile Reading last;

    public LocalNetworks(Executor blocking) {
        this(blocking, LocalNetworks::interfaces, System::nanoTime);
    }

    LocalNetworks(Executor blocking, Supplier<List<Own>> source, LongSupplier nanoTime) {
        this.blocking = blocking;
        this.source = source;
        this.nanoTime = nanoTime;
        this.last = new Reading(new CompletableFuture<>(), nanoTime.getAsLong() - 2 * AGE_NANOS);
    }

    /** As they are now, or were some seconds ago; completed on any thread, and never exceptionally. */
    CompletableFuture<Snapshot> current() {
        Reading known = last;
        if (isFresh(known)) {
            return known.snapshot;
        }
        synchronized (this) {
            if (isFresh(last)) {
                return last.snapshot;
            }
            last = new Reading(new CompletableFuture<>(), nanoTime.getAsLong());
            known = last;
        }
        CompletableFuture<Snapshot> snapshot = known.snapshot;
        try {
            blocking.execute(() -> {
                List<Own> all = List.of();
                try {
                    all = source.get();
                } finally {
                    snapshot.complete(new Snapshot(all));
                }
            });
        } catch (RejectedExecutionException e) {
            log.warn("the network interfaces cannot be read: too much other work is waiting");
            snapshot.complete(new Snapshot(List.of()));
        }
        return snapshot;
    }

    private boolean isFresh(Reading reading) {
        return nanoTime.getAsLong() - reading.at < AGE_NANOS;
    }

    private static List<Own> interfaces() {
        List<Own> all = new ArrayList<>();
        try {
            NetworkInterface.networkInterfaces().forEach(network -> {
                for (InterfaceAddress address : network.getInterfaceAddresses()) {
                    all.add(new Own(address.getAddress().getAddress(), address.getNetworkPrefixLength()));
                }
            });
        } catch (SocketException e) {
            log.warn("the network interfaces cannot be read: {}", e.getMessage());
        }
        return all;
    }
}
