package io.trunkline.pool.scripted;

import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.channel.EventLoop;
import io.netty.channel.embedded.EmbeddedChannel;
import io.trunkline.pool.Connector;
import io.trunkline.pool.NodeAddress;
import io.trunkline.protocol.StartupPacket;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Queue;
import java.util.Set;

/**
 * Nodes without a network: connections to them are EmbeddedChannels, and nothing happens but in {@link #pump()}. A node
 * admits everybody unless it is told otherwise.
 */
public final class ScriptedNodes implements Connector {
    /** How a server of this version begins that trusts everybody; {@code K} is added with the backend's pid. */
    public static final String WELCOME = "R(0) S(server_version=15.13) S(standard_conforming_strings=on)"
            + " S(client_encoding=UTF8) S(application_name=app) S(in_hot_standby=%s)";

    private record Attempt(NodeAddress address, Outcome outcome) {}

    private final Queue<Attempt> attempts = new ArrayDeque<>();
    private final List<ScriptedBackend> backends = new ArrayList<>();
    private final List<ScriptedBackend> cancels = new ArrayList<>();
    private final Set<ScriptedBackend> started = new HashSet<>();
    private final Map<Integer, String> welcomes = new HashMap<>();
    private final Set<Integer> down = new HashSet<>();
    private final UnpooledByteBufAllocator allocator = new UnpooledByteBufAllocator(false);
    private int lastPid = 100;

    @Override
    public void connect(EventLoop loop, NodeAddress address, Outcome outcome) {
        attempts.add(new Attempt(address, outcome));
    }

    /** What the node sends when a StartupMessage has come; empty = nothing, the test does it. */
    public void welcome(int node, String messages) {
        welcomes.put(node, messages);
    }

    /** Connections to the node fail from now on. */
    public void down(int node) {
        down.add(node);
    }

    public void up(int node) {
        down.remove(node);
    }

    /** Attempts to connect that have not been looked at. */
    public int attempts() {
        return attempts.size();
    }

    /** Lets everything happen that is due: connections come about, and servers answer their beginning. */
    public void pump() {
        boolean busy;
        do {
            busy = !attempts.isEmpty();
            while (!attempts.isEmpty()) {
                take(attempts.remove());
            }
            for (ScriptedBackend backend : List.copyOf(backends)) {
                busy |= welcome(backend);
            }
        } while (busy);
    }

    private void take(Attempt attempt) {
        int node = attempt.address.node();
        if (down.contains(node)) {
            attempt.outcome.failed("Connection refused");
            return;
        }
        EmbeddedChannel channel = new EmbeddedChannel();
        channel.config().setAutoRead(false);
        channel.config().setAllocator(allocator);
        backends.add(new ScriptedBackend(node, ++lastPid, channel));
        attempt.outcome.connected(channel);
    }

    private boolean welcome(ScriptedBackend backend) {
        StartupPacket first = backend.firstPacket();
        if (first instanceof StartupPacket.Cancel) {
            backends.remove(backend);
            cancels.add(backend);
        } else if (first != null && started.add(backend)) {
            String standby = backend.node() == 0 ? "off" : "on";
            String welcome = welcomes.getOrDefault(
                    backend.node(), String.format(WELCOME, standby) + " K(" + backend.pid() + ") Z(I)");
            if (!welcome.isEmpty()) {
                backend.sends(welcome.replace("K()", "K(" + backend.pid() + ")"));
                return true;
            }
        }
        return false;
    }

    /** The connections to a node that are open, oldest first. */
    public List<ScriptedBackend> open(int node) {
        pump();
        return backends.stream()
                .filter(backend -> backend.node() == node && backend.isOpen())
                .toList();
    }

    /** The newest open connection to a node. */
    public ScriptedBackend last(int node) {
        List<ScriptedBackend> open = open(node);
        if (open.isEmpty()) {
            throw new AssertionError("no connection to node " + node);
        }
        return open.get(open.size() - 1);
    }

    /** How many connections have been made to a node so far. */
    public int opened(int node) {
        pump();
        return (int) backends.stream().filter(backend -> backend.node() == node).count();
    }

    /** The connections that brought a CancelRequest, oldest first. */
    public List<ScriptedBackend> cancels() {
        pump();
        return cancels;
    }

    /** What a CancelRequest said. */
    public static StartupPacket.Cancel cancelOf(ScriptedBackend connection) {
        return (StartupPacket.Cancel) Objects.requireNonNull(connection.firstPacket());
    }

    /** The allocator of all connections; a test may use it for its clients too, to have them checked at the end. */
    public ByteBufAllocator allocator() {
        return allocator;
    }

    /**
     * Closes everything; call at the end of a test.
     *
     * @throws AssertionError if a buffer has not been released
     */
    public void finish() {
        backends.forEach(ScriptedBackend::finish);
        cancels.forEach(ScriptedBackend::finish);
        long held = allocator.metric().usedHeapMemory() + allocator.metric().usedDirectMemory();
        if (held != 0) {
            throw new AssertionError(held + " bytes of buffers were not released");
        }
    }
}
