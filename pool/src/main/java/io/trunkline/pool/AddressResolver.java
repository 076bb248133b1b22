package io.trunkline.pool;

import io.netty.util.NetUtil;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Turns the host of a node into an address without blocking an event loop: literal addresses at once, names on an
 * executor for blocking work (the system's resolver has no other way).
 */
public final class AddressResolver {
    /** Takes an address, or the reason why there is none. */
    public interface Result {
        void resolved(@Nullable InetSocketAddress address, @Nullable String failure);
    }

    private final Executor blocking;

    public AddressResolver(Executor blocking) {
        this.blocking = blocking;
    }

    /** Resolves {@code host}; {@code result} is called through {@code loop} unless the address is a literal. */
    public void resolve(String host, int port, Executor loop, Result result) {
        byte[] literal = NetUtil.createByteArrayFromIpAddressString(host);
        if (literal != null) {
            lookUp(host, literal, port, Runnable::run, result);
        } else {
            blocking.execute(() -> lookUp(host, null, port, loop, result));
        }
    }

    private static void lookUp(String host, byte @Nullable [] literal, int port, Executor loop, Result result) {
        try {
            InetAddress address =
                    literal == null ? InetAddress.getByName(host) : InetAddress.getByAddress(host, literal);
            InetSocketAddress socketAddress = new InetSocketAddress(address, port);
            loop.execute(() -> result.resolved(socketAddress, null));
        } catch (UnknownHostException e) {
            loop.execute(() -> result.resolved(null, "host name \"" + host + "\" does not resolve"));
        }
    }

    /** For callers that need no more than the address. */
    public void resolve(String host, int port, Executor loop, Consumer<InetSocketAddress> found, Runnable notFound) {
        resolve(host, port, loop, (address, failure) -> {
            if (address != null) {
                found.accept(address);
            } else {
                notFound.run();
            }
        });
    }
}
