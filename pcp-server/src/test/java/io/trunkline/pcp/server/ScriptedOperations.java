package io.trunkline.pcp.server;

import io.trunkline.config.CompatVersion;
import io.trunkline.config.ShownValue;
import io.trunkline.pcp.AdminOperations;
import io.trunkline.pcp.AdminOutcome;
import io.trunkline.pcp.EventFacts;
import io.trunkline.pcp.HealthCheckFacts;
import io.trunkline.pcp.NodeAction;
import io.trunkline.pcp.NodeFacts;
import io.trunkline.pcp.NodeFacts.Role;
import io.trunkline.pcp.NodeFacts.Status;
import io.trunkline.pcp.NodeWork;
import io.trunkline.pcp.ProcessFacts;
import io.trunkline.pcp.ProcessList;
import io.trunkline.pcp.ReloadOutcome;
import io.trunkline.pcp.ServerStatus;
import io.trunkline.pcp.SessionFacts;
import io.trunkline.pcp.StatementFacts;
import io.trunkline.pcp.StopMode;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;

/** A server of three nodes, the first of which is the primary and the last down; does nothing but say what it was asked. */
final class ScriptedOperations implements AdminOperations {
    static final Instant SINCE = Instant.parse("2026-11-21T10:02:03Z");
    static final int FIRST_PID = 4001;

    final List<String> asked = new ArrayList<>();
    CompatVersion version = CompatVersion.V4_3;
    String writes = "served";
    List<Status> statuses = List.of(Status.UP, Status.UP, Status.DOWN);
    Role first = Role.PRIMARY;
    ReloadOutcome reload = new ReloadOutcome(true, List.of());
    AdminOutcome rotation = new AdminOutcome(true, "");
    AdminOutcome cache = new AdminOutcome(false, "query cache is not enabled");
    CompletableFuture<ProcessList> processes = CompletableFuture.completedFuture(processList());
    CompletableFuture<AdminOutcome> accepted = CompletableFuture.completedFuture(new AdminOutcome(true, ""));
    CompletableFuture<AdminOutcome> done = CompletableFuture.completedFuture(new AdminOutcome(true, ""));
    CompletableFuture<Boolean> drained = CompletableFuture.completedFuture(true);

    void refuse(String why) {
        accepted = CompletableFuture.completedFuture(new AdminOutcome(false, why));
        done = accepted;
    }

    @Override
    public ServerStatus status() {
        return new ServerStatus("1.2", 4711, 9999, SINCE, false, 3, 0, writes, 12, nodes());
    }

    @Override
    public List<NodeFacts> nodes() {
        List<NodeFacts> nodes = new ArrayList<>();
        for (int id = 0; id < statuses.size(); id++) {
            nodes.add(node(id, id == 0 ? first : Role.STANDBY));
        }
        return nodes;
    }

    private NodeFacts node(int id, Role role) {
        return new NodeFacts(
                id,
                "db" + id,
                5432 + id,
                0.5,
                statuses.get(id),
                role,
                true,
                role,
                7,
                OptionalLong.of(id * 100L),
                Optional.empty(),
                false,
                id == 0 ? "" : "streaming",
                id == 0 ? "" : "async",
                SINCE,
                true,
                false,
                false);
    }

    @Override
    public List<HealthCheckFacts> healthChecks() {
        return nodes().stream()
                .map(node -> new HealthCheckFacts(
                        node,
                        10,
                        9,
                        1,
                        0,
                        2,
                        1,
                        Duration.ofMillis(30),
                        Duration.ofMillis(1),
                        Duration.ofMillis(50),
                        Optional.empty(),
                        Optional.empty(),
                        Optional.empty(),
                        Optional.empty()))
                .toList();
    }

    @Override
    public List<StatementFacts> statements() {
        return List.of();
    }

    @Override
    public CompletableFuture<ProcessList> processes() {
        return processes;
    }

    private static ProcessList processList() {
        List<ProcessFacts> processes = new ArrayList<>();
        for (int i = 0; i < 2; i++) {
            processes.add(new ProcessFacts(
                    FIRST_PID + i, SINCE, 0, ProcessFacts.Status.WAITING, Optional.empty(), List.of()));
        }
        return new ProcessList(processes, 2, 3, Duration.ZERO);
    }

    @Override
    public CompletableFuture<List<SessionFacts>> sessions() {
        return CompletableFuture.completedFuture(List.of());
    }

    @Override
    public List<EventFacts> events() {
        return List.of();
    }

    @Override
    public List<ShownValue> settings() {
        return List.of(new ShownValue("port", "9999", "where clients connect"));
    }

    @Override
    public CompatVersion compatVersion() {
        return version;
    }

    @Override
    public ReloadOutcome reload() {
        asked.add("reload");
        return reload;
    }

    @Override
    public AdminOutcome rotateLogs() {
        asked.add("rotate");
        return rotation;
    }

    @Override
    public AdminOutcome invalidateQueryCache() {
        return cache;
    }

    @Override
    public NodeWork node(NodeAction action, int node) {
        asked.add(action + " " + node);
        return new NodeWork(accepted, done);
    }

    @Override
    public CompletableFuture<Boolean> drained(int node) {
        asked.add("drained " + node);
        return drained;
    }

    @Override
    public void stop(StopMode mode) {
        asked.add("stop " + mode);
    }
}
