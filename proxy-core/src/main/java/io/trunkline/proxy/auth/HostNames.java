package io.trunkline.proxy.auth;

import io.netty.util.NetUtil;
import java.net.InetAddress;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The host names of clients, for rules with host names and for the log. A name counts if the system's resolver gives it
 * for the address and gives the address for it. Names are kept for a minute, that there is none for some seconds, for the
 * last few thousand addresses. Look-ups run on an executor for blocking work and take only a part of it: anybody who can
 * connect causes them. Safe for any thread.
 */
public final class HostNames {
    private static final Logger log = LoggerFactory.getLogger(HostNames.class);

    static final int MAX_KEPT = 4_096;
    static final int MAX_RUNNING = 3;
    static final int MAX_WAITING = 1_000;

    private static final long NAME_AGE_NANOS = TimeUnit.SECONDS.toNanos(60);
    private static final long NO_NAME_AGE_NANOS = TimeUnit.SECONDS.toNanos(5);

    /** A look-up, and when it was asked for. */
    private record Asked(InetAddress address, CompletableFuture<Optional<String>> name, long at) {}

    private final Executor blocking;
    private final Function<InetAddress, Optional<String>> resolver;
    private final LongSupplier nanoTime;
    private final Map<InetAddress, Asked> asked = new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<InetAddress, Asked> eldest) {
            return size() > MAX_KEPT;
        }
    };
    private final Deque<Asked> waiting = new ArrayDeque<>();
    private int running;

    public HostNames(Executor blocking) {
        this(blocking, HostNames::resolve, System::nanoTime);
    }

    /** @param resolver blocks, and gives the name only if it has been checked */
    HostNames(Executor blocking, Function<InetAddress, Optional<String>> resolver, LongSupplier nanoTime) {
        this.blocking = blocking;
        this.resolver = resolver;
        this.nanoTime = nanoTime;
    }

    /** The name of an address, empty if it has none; completed on any thread, and never exceptionally. */
    public CompletableFuture<Optional<String>> find(InetAddress address) {
        Asked asking;
        synchronized (this) {
            Asked known = asked.get(address);
            if (known != null && isFresh(known)) {
                return known.name;
            }
            if (running >= MAX_RUNNING && waiting.size() >= MAX_WAITING) {
                log.warn("the host name of {} is not looked up: {} others are waiting", address, MAX_WAITING);
                return CompletableFuture.completedFuture(Optional.empty());
            }
            asking = new Asked(address, new CompletableFuture<>(), nanoTime.getAsLong());
            asked.put(address, asking);
            waiting.add(asking);
        }
        startNext();
        return asking.name;
    }

    private boolean isFresh(Asked known) {
        if (!known.name.isDone()) {
            return true;
        }
        long age = nanoTime.getAsLong() - known.at;
        return age < (known.name.join().isPresent() ? NAME_AGE_NANOS : NO_NAME_AGE_NANOS);
    }

    private void startNext() {
        Asked next = takeNext();
        while (next != null) {
            Asked starting = next;
            try {
                blocking.execute(() -> lookUp(starting));
                return;
            } catch (RejectedExecutionException e) {
                log.warn("the host name of {} is not looked up: too much other work is waiting", starting.address);
                ended(starting, Optional.empty());
                next = takeNext();
            }
        }
    }

    private synchronized @Nullable Asked takeNext() {
        if (running >= MAX_RUNNING || waiting.isEmpty()) {
            return null;
        }
        running++;
        return waiting.remove();
    }

    private void lookUp(Asked asking) {
        Optional<String> name = Optional.empty();
        try {
            name = resolver.apply(asking.address);
        } finally {
            ended(asking, name);
            startNext();
        }
    }

    private void ended(Asked asking, Optional<String> name) {
        synchronized (this) {
            running--;
        }
        asking.name.complete(name);
    }

    /** Java's look-up of a name checks that the name has the address, and gives the address in figures if not. */
    private static Optional<String> resolve(InetAddress address) {
        String name = address.getCanonicalHostName();
        return NetUtil.createByteArrayFromIpAddressString(name) == null ? Optional.of(name) : Optional.empty();
    }
}
