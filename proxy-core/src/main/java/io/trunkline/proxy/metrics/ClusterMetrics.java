package io.trunkline.proxy.metrics;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.trunkline.failover.ClusterView;
import io.trunkline.failover.ClusterView.Writes;
import io.trunkline.failover.CommandCall;
import io.trunkline.failover.CoordinatorCounters;
import io.trunkline.failover.CoordinatorCounters.Event;
import io.trunkline.failover.HealthOutcome;
import io.trunkline.failover.NodeView;
import java.util.Locale;
import java.util.function.Supplier;
import java.util.function.ToDoubleFunction;

/** The meters of the cluster: its nodes, failovers and commands. Held by {@link Metrics}. */
final class ClusterMetrics {
    private static final String NODE = "node";
    private static final double NANOS = 1e9;

    private final Supplier<ClusterView> cluster;
    private final CoordinatorCounters counters;
    private final CommandCounts commands;
    private final MeterRegistry registry;

    ClusterMetrics(Metrics.Source source, MeterRegistry registry) {
        this.cluster = source.cluster();
        this.counters = source.coordinator();
        this.commands = source.commands();
        this.registry = registry;
    }

    void cluster() {
        gauge(
                        "trunkline.cluster.epoch",
                        "Grows with every change of the cluster's state.",
                        metrics -> metrics.cluster.get().epoch())
                .register(registry);
        for (Writes state : Writes.values()) {
            gauge(
                            "trunkline.writes",
                            "1 for what becomes of statements that need the primary: they are served, held while a"
                                    + " switchover is under way, or wait for a failover, or there is no primary to be"
                                    + " found.",
                            metrics -> metrics.cluster.get().writes() == state ? 1 : 0)
                    .tag("state", state.text().replace(' ', '_'))
                    .register(registry);
        }
        counter("trunkline.failovers.begun", "The primary was lost, or handed over.", Event.FAILOVER_BEGUN);
        failovers("primary_found", Event.FAILOVER_ENDED);
        failovers("called_off", Event.FAILOVER_CALLED_OFF);
        failovers("no_primary", Event.FAILOVER_FAILED);
        counter("trunkline.switchovers.begun", "Switchovers that were asked for.", Event.SWITCHOVER_BEGUN);
        counter(
                "trunkline.switchovers.given.up",
                "Switchovers that left everything as it was.",
                Event.SWITCHOVER_GIVEN_UP);
        gauge(
                        "trunkline.promotion.held",
                        "1 while a failover cannot promote any node, since none answers or since one that does not may"
                                + " have commits that were acknowledged; else 0.",
                        metrics -> metrics.counters.isPromotionHeld() ? 1 : 0)
                .register(registry);
        for (CommandCall.Kind kind : CommandCall.Kind.values()) {
            for (CommandCounts.Result result : CommandCounts.Result.values()) {
                FunctionCounter.builder("trunkline.commands", this, metrics -> metrics.commands.count(kind, result))
                        .description("failover_command, failback_command and follow_primary_command, by what came of"
                                + " them.")
                        .tag("command", lower(kind))
                        .tag("result", lower(result))
                        .register(registry);
            }
        }
    }

    private void failovers(String result, Event event) {
        FunctionCounter.builder("trunkline.failovers.ended", this, metrics -> metrics.counters.events(event))
                .description("Failovers that are over: there is a primary, or the lost one came back before another was"
                        + " promoted, or none was found.")
                .tag("result", result)
                .register(registry);
    }

    void node(int id) {
        for (HealthOutcome.Kind outcome : HealthOutcome.Kind.values()) {
            FunctionCounter.builder("trunkline.health.checks", this, metrics -> metrics.counters.checks(id, outcome))
                    .description(
                            "Attempts to reach a node's server: it serves, answers with an error that is no failure"
                                    + " (alarm), takes no connections yet or any more, or there is none that answers.")
                    .tag(NODE, Integer.toString(id))
                    .tag("outcome", lower(outcome))
                    .register(registry);
        }
        nodeGauge(
                id,
                "trunkline.node.status",
                "Pgpool-II's number for its status: 1 waiting, 2 up, 3 down; 4 quarantine.",
                node -> node.status().ordinal());
        nodeGauge(
                id,
                "trunkline.node.readable",
                "1 while the node may serve reads, else 0.",
                node -> node.isUsable() ? 1 : 0);
        gauge(
                        "trunkline.node.lag.time",
                        "How far replay is behind the primary, as a time; NaN while not known.",
                        metrics -> metrics.cluster
                                .get()
                                .node(id)
                                .lagTime()
                                .map(lag -> lag.toNanos() / NANOS)
                                .orElse(Double.NaN))
                .baseUnit("seconds")
                .tag(NODE, Integer.toString(id))
                .register(registry);
    }

    private void nodeGauge(int id, String name, String description, ToDoubleFunction<NodeView> value) {
        gauge(
                        name,
                        description,
                        metrics -> value.applyAsDouble(metrics.cluster.get().node(id)))
                .tag(NODE, Integer.toString(id))
                .register(registry);
    }

    private Gauge.Builder<ClusterMetrics> gauge(
            String name, String description, ToDoubleFunction<ClusterMetrics> value) {
        return Gauge.builder(name, this, value).description(description);
    }

    private void counter(String name, String description, Event event) {
        FunctionCounter.builder(name, this, metrics -> metrics.counters.events(event))
                .description(description)
                .register(registry);
    }

    private static String lower(Enum<?> value) {
        return value.name().toLowerCase(Locale.ROOT);
    }
}
