package io.trunkline.proxy.listen;

import io.netty.channel.unix.FileDescriptor;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sockets that listen already, taken over from another process, by the places where they do. What is not taken out is closed
 * in the end. Not for several threads.
 */
public final class InheritedSockets implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(InheritedSockets.class);

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
    public void close() {
        descriptors.forEach((place, descriptor) -> {
            try {
                new FileDescriptor(descriptor).close();
            } catch (IOException e) {
                log.warn("the socket {} of the other process: {}", place, e.toString());
            }
        });
        descriptors.clear();
    }

    /** The same with the files of Unix-domain sockets: nobody listens at these places any more. */
    public void discard() {
        List<String> places = List.copyOf(descriptors.keySet());
        close();
        places.stream().filter(place -> place.startsWith("/")).map(Path::of).forEach(SocketFile::remove);
    }
}
