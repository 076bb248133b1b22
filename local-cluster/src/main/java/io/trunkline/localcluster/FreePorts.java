package io.trunkline.localcluster;

import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;

/**
 * TCP ports that nobody listens on. They are below the range from which systems take ports for outgoing connections, so
 * that a port which is free now is not likely to be taken before it is used.
 */
public final class FreePorts {

    private static final int LOWEST = 20_000;
    private static final int HIGHEST = 32_000;
    private static final int TRIES = 2_000;

    private FreePorts() {}

    /** As many different ports on the loopback address as are asked for. */
    public static List<Integer> find(int count) {
        List<Integer> ports = new ArrayList<>(count);
        for (int tried = 0; tried < TRIES && ports.size() < count; tried++) {
            int port = ThreadLocalRandom.current().nextInt(LOWEST, HIGHEST);
            if (!ports.contains(port) && isFree(port)) {
                ports.add(port);
            }
        }
        if (ports.size() < count) {
            throw new LocalClusterException(
                    "no " + count + " free ports were found between " + LOWEST + " and " + HIGHEST);
        }
        return List.copyOf(ports);
    }

    /** Whether a server could listen on a port of the loopback address now. */
    public static boolean isFree(int port) {
        return obstacle(port).isEmpty();
    }

    /** Why no server of this user could listen on a port of the loopback address now; empty where one could. */
    public static Optional<String> obstacle(int port) {
        try (ServerSocket socket = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
            return socket.isBound() ? Optional.empty() : Optional.of("cannot be listened on");
        } catch (BindException failure) {
            boolean forbidden = String.valueOf(failure.getMessage()).contains("Permission");
            return Optional.of(forbidden ? "may not be listened on by this user" : "is taken by another program");
        } catch (IOException failure) {
            return Optional.of("cannot be listened on: " + failure.getMessage());
        }
    }
}
