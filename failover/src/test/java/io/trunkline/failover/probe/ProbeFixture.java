package io.trunkline.failover.probe;

import io.netty.channel.embedded.EmbeddedChannel;
import io.trunkline.failover.CheckSettings;
import io.trunkline.failover.HealthOutcome;
import io.trunkline.failover.HealthSettings;
import io.trunkline.failover.NodeReport;
import io.trunkline.failover.Outside.ReportAnswer;
import io.trunkline.pool.BackendLogin;
import io.trunkline.pool.BackendOpener;
import io.trunkline.pool.NodeAddress;
import io.trunkline.pool.scripted.ScriptedNodes;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Probes of two scripted nodes, in a time that passes only when it is told to. */
final class ProbeFixture {
    static final HealthSettings HEALTH = health("checker", "checks", "");
    static final CheckSettings CHECK = check("checker");

    final ScriptedNodes nodes = new ScriptedNodes();
    final List<HealthOutcome> outcomes = new ArrayList<>();
    final List<NodeReport> reports = new ArrayList<>();
    final List<String> failures = new ArrayList<>();
    private final EmbeddedChannel home = new EmbeddedChannel();
    final NodeProbes probes;

    ProbeFixture(HealthSettings health) {
        this(health, CHECK);
    }

    ProbeFixture(HealthSettings health, CheckSettings check) {
        home.freezeTime();
        probes = new NodeProbes(home.eventLoop(), new BackendOpener(nodes), targets(2, health), check);
    }

    static HealthSettings health(String user, String database, String query) {
        return new HealthSettings(3_000, user, database, query, () -> BackendLogin.TRUST);
    }

    static CheckSettings check(String user) {
        return new CheckSettings(user, "postgres", () -> BackendLogin.TRUST, 5_000);
    }

    static List<NodeProbes.Target> targets(int count, HealthSettings health) {
        List<NodeProbes.Target> targets = new ArrayList<>();
        for (int id = 0; id < count; id++) {
            targets.add(new NodeProbes.Target(new NodeAddress(id, "10.0.0." + id, 5432, 0), health));
        }
        return targets;
    }

    /** Tries node 0. */
    ProbeFixture check() {
        probes.checkHealth(0, outcomes::add);
        pump();
        return this;
    }

    /** Asks node 1. */
    ProbeFixture ask() {
        probes.ask(1, new ReportAnswer() {
            @Override
            public void report(NodeReport report) {
                reports.add(report);
            }

            @Override
            public void failed(String why, boolean serverAnswered) {
                failures.add((serverAnswered ? "answered: " : "silent: ") + why);
            }
        });
        pump();
        return this;
    }

    /** What the newest connection to a node gets from the server. */
    ProbeFixture sends(int node, String messages) {
        nodes.last(node).sends(messages);
        pump();
        return this;
    }

    ProbeFixture disconnects(int node) {
        nodes.last(node).disconnects();
        pump();
        return this;
    }

    void pump() {
        for (int i = 0; i < 4; i++) {
            home.runPendingTasks();
            nodes.pump();
        }
    }

    void pass(long millis) {
        home.advanceTimeBy(millis, TimeUnit.MILLISECONDS);
        home.runScheduledPendingTasks();
        pump();
    }

    void finish() {
        probes.close();
        pump();
        nodes.finish();
        home.finishAndReleaseAll();
    }
}
