package io.trunkline.failover;

import java.util.ArrayList;
import java.util.List;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.TreeMap;

/** A PostgreSQL server as far as the coordinator can tell: what it answers, and how far it is in which timeline. */
final class SimulatedServer {
    enum Condition {
        SERVING,
        /** Takes connections and never answers. */
        HUNG,
        /** 57P03. */
        STARTING,
        /** Answers connections with an error such as 53300. */
        FULL,
        STOPPED
    }

    final int id;
    final String name;
    Condition condition = Condition.SERVING;
    boolean inRecovery = true;
    long systemIdentifier = 7_000;
    int timeline = 1;

    /** Where each timeline before this one was left. */
    final NavigableMap<Integer, Long> forks = new TreeMap<>();

    long received = 1_000;

    /** How much of it is not replayed. */
    long lag;

    int upstream = -1;

    /** Whether it would receive from there. */
    boolean connected = true;

    String synchronousStandbyNames = "";

    /** Whether it tells who receives from whom, and its timeline. */
    boolean isTalkative = true;

    /** Until when it was not serving, last. */
    long troubledAt = Long.MIN_VALUE / 2;

    SimulatedServer(int id) {
        this.id = id;
        this.name = "s" + id;
    }

    boolean answers() {
        return condition == Condition.SERVING || condition == Condition.FULL;
    }

    void promote() {
        if (inRecovery) {
            inRecovery = false;
            upstream = -1;
            forks.put(timeline, received);
            timeline++;
            received += 100;
        }
    }

    /** Makes it a copy of another that is behind nothing. */
    void becomeStandbyOf(SimulatedServer primary) {
        inRecovery = true;
        upstream = primary.id;
        connected = true;
        systemIdentifier = primary.systemIdentifier;
        timeline = primary.timeline;
        forks.clear();
        forks.putAll(primary.forks);
        received = primary.received;
        lag = 0;
    }

    boolean streamsFrom(SimulatedServer source) {
        if (!inRecovery
                || !connected
                || !answers()
                || !source.answers()
                || source.systemIdentifier != systemIdentifier) {
            return false;
        }
        if (timeline == source.timeline) {
            return received <= source.received;
        }
        Long fork = source.forks.get(timeline);
        return timeline < source.timeline && fork != null && received <= fork;
    }

    NodeReport report(List<SimulatedServer> servers) {
        List<NodeReport.Downstream> downstreams = new ArrayList<>();
        Optional<NodeReport.Upstream> receiver = Optional.empty();
        if (inRecovery) {
            if (upstream >= 0) {
                boolean streams = streamsFrom(servers.get(upstream));
                receiver =
                        Optional.of(new NodeReport.Upstream(streams ? "streaming" : "waiting", "db" + upstream, 5432));
            }
        } else {
            for (SimulatedServer other : servers) {
                if (other.upstream == id && other.streamsFrom(this)) {
                    downstreams.add(new NodeReport.Downstream(other.name, "streaming", "async", Optional.empty()));
                }
            }
        }
        return new NodeReport(
                inRecovery,
                OptionalLong.of(systemIdentifier),
                isTalkative ? OptionalInt.of(timeline) : OptionalInt.empty(),
                OptionalLong.of(received),
                OptionalLong.of(inRecovery ? received - lag : received),
                isTalkative ? receiver : Optional.empty(),
                downstreams,
                inRecovery ? "" : synchronousStandbyNames);
    }
}
