package io.trunkline.proxy.handover;

import io.trunkline.failover.ClusterView;
import io.trunkline.failover.NodeRole;
import io.trunkline.failover.NodeStatus;
import io.trunkline.failover.NodeView;
import io.trunkline.pool.NodeAddress;
import java.net.URLDecoder;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/** A view of the cluster as a line of words, so that a process can go by what another has found out. */
final class ClusterText {
    private static final String NONE = "-";

    private ClusterText() {}

    static String encode(ClusterView view) {
        List<Object> words = new ArrayList<>(List.of(view.epoch(), view.primary(), view.writes()));
        for (NodeView node : view.nodes()) {
            NodeAddress address = node.address();
            words.addAll(List.of(
                    quoted(address.host()),
                    address.port(),
                    address.connectTimeoutMillis(),
                    node.weight(),
                    node.status(),
                    node.role(),
                    node.lagBytes().isPresent() ? node.lagBytes().getAsLong() : NONE,
                    node.lagTime().map(lag -> (Object) lag.toNanos()).orElse(NONE),
                    quoted(node.replication().state()),
                    quoted(node.replication().syncState()),
                    node.reachable(),
                    node.statusSince().toEpochMilli(),
                    node.readable(),
                    node.draining(),
                    node.detachedByAdministrator(),
                    node.missedRival()));
        }
        return String.join(" ", words.stream().map(Object::toString).toList());
    }

    /**
     * The view as it concerns the sessions of this process.
     *
     * @param known the nodes by id as they are configured here: one that has another address by now, or is new, is none that
     *     sessions of this process may use, as nothing is known here of how, TLS for instance
     * @throws IllegalArgumentException if that is no view
     */
    static ClusterView decode(String text, List<NodeAddress> known) {
        Iterator<String> words = List.of(text.split(" ")).iterator();
        try {
            long epoch = Long.parseLong(words.next());
            int primary = Integer.parseInt(words.next());
            ClusterView.Writes writes = ClusterView.Writes.valueOf(words.next());
            List<NodeView> nodes = new ArrayList<>();
            while (words.hasNext()) {
                nodes.add(node(nodes.size(), words, known));
            }
            for (int id = nodes.size(); id < known.size(); id++) {
                nodes.add(gone(known.get(id)));
            }
            boolean lost = primary >= 0 && !nodes.get(primary).status().isInService();
            return new ClusterView(
                    epoch,
                    nodes,
                    lost ? ClusterView.NO_PRIMARY : primary,
                    lost ? ClusterView.Writes.NOT_SERVED : writes);
        } catch (java.util.NoSuchElementException | IndexOutOfBoundsException e) {
            throw new IllegalArgumentException("not a view of a cluster: " + text, e);
        }
    }

    private static NodeView node(int id, Iterator<String> words, List<NodeAddress> known) {
        NodeAddress address = new NodeAddress(
                id, plain(words.next()), Integer.parseInt(words.next()), Integer.parseInt(words.next()));
        NodeView node = new NodeView(
                address,
                Double.parseDouble(words.next()),
                NodeStatus.valueOf(words.next()),
                NodeRole.valueOf(words.next()),
                number(words.next()).map(OptionalLong::of).orElse(OptionalLong.empty()),
                number(words.next()).map(Duration::ofNanos),
                new NodeView.Replication(plain(words.next()), plain(words.next())),
                Boolean.parseBoolean(words.next()),
                Instant.ofEpochMilli(Long.parseLong(words.next())),
                Boolean.parseBoolean(words.next()),
                Boolean.parseBoolean(words.next()),
                Boolean.parseBoolean(words.next()),
                Boolean.parseBoolean(words.next()));
        if (id >= known.size()) {
            return gone(address);
        }
        boolean same =
                known.get(id).host().equals(address.host()) && known.get(id).port() == address.port();
        return same ? node : gone(known.get(id));
    }

    /** What is open there may be finished. */
    private static NodeView gone(NodeAddress address) {
        return new NodeView(
                address,
                0,
                NodeStatus.DOWN,
                NodeRole.UNKNOWN,
                OptionalLong.empty(),
                Optional.empty(),
                NodeView.Replication.NONE,
                false,
                Instant.now(),
                false,
                true,
                true,
                false);
    }

    private static Optional<Long> number(String word) {
        return word.equals(NONE) ? Optional.empty() : Optional.of(Long.parseLong(word));
    }

    private static String quoted(String text) {
        return text.isEmpty()
                ? NONE
                : URLEncoder.encode(text, StandardCharsets.UTF_8).replace("-", "%2D");
    }

    private static String plain(String word) {
        return word.equals(NONE) ? "" : URLDecoder.decode(word, StandardCharsets.UTF_8);
    }
}
