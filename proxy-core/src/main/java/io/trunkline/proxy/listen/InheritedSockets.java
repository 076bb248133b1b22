package io.trunkline.proxy.listen;

import io.netty.channel.unix.FileDescriptor;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.OptionalInt;

/**
 * Sockets that listen already, taken over from another process, by the places where they do. What is not taken out is closed
 * in the end. Not for several threads.
 */
public final class InheritedSockets implements AutoCloseable {
    private final Map<String, Integer> descriptors;

    private InheritedSockets(Map<String, Integer> descriptors) {
        this.descriptors = new LinkedHashMap<>(descriptors);
    }

    /** Of a start that takes over from nobody. */
    public static InheritedSockets none() {
        return new InheritedSockets(Map.of());
    }

    /** @param descriptors by {@link Listeners#descriptors() place} */
    public static InheritedSockets of(Map<String, Integer> descriptors) {
        return new InheritedSockets(descriptors);
    }

    /** The descriptor of the socket at a place, which is the caller's from now on. */
    OptionalInt take(String place) {
        Integer descriptor = descriptors.remove(place);
        return descriptor == null ? OptionalInt.empty() : OptionalInt.of(descriptor);
    }

    /** Closes those that nobody has taken. */
    @Override
    public void close() throws IOException {
        for (int descriptor : descriptors.values()) {
            new FileDescriptor(descriptor).close();
        }
        descriptors.clear();
    }
}
