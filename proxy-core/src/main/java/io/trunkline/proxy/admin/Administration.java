package io.trunkline.proxy.admin;

import io.trunkline.config.AdministrationParameters;
import io.trunkline.config.CompatVersion;
import io.trunkline.config.PgpoolConfig;
import io.trunkline.config.PoolParameters;
import io.trunkline.pcp.HealthCheckFacts;
import io.trunkline.pcp.NodeFacts;
import io.trunkline.pcp.ProcessFacts;
import io.trunkline.pcp.ProcessList;
import io.trunkline.pcp.StatementFacts;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;

/** What administrators see of a running server. Safe for any thread, and never blocks. */
public final class Administration {
    private final NodeSource nodes;
    private final Supplier<PgpoolConfig> config;
    private final CompatVersion version;
    private final Instant startedAt = Instant.now();

    public Administration(NodeSource nodes, Supplier<PgpoolConfig> config) {
        this.nodes = nodes;
        this.config = config;
        this.version = config.get().get(AdministrationParameters.PGPOOL_COMPAT_VERSION);
    }

    /** Whose layouts hold. */
    public CompatVersion version() {
        return version;
    }

    public NodeSource nodes() {
        return nodes;
    }

    public List<HealthCheckFacts> healthChecks() {
        return nodes.nodes().stream().map(Administration::healthChecks).toList();
    }

    private static HealthCheckFacts healthChecks(NodeFacts node) {
        return new HealthCheckFacts(
                node,
                0,
                0,
                0,
                0,
                0,
                0,
                Duration.ZERO,
                Duration.ZERO,
                Duration.ZERO,
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty());
    }

    public List<StatementFacts> statements() {
        return nodes.nodes().stream()
                .map(node -> new StatementFacts(node, node.reads(), 0, 0, 0, 0, 0, 0, 0, 0))
                .toList();
    }

    public CompletableFuture<ProcessList> processes() {
        PgpoolConfig now = config.get();
        List<ProcessFacts> processes = new ArrayList<>();
        for (int slot = 0; slot < now.get(PoolParameters.NUM_INIT_CHILDREN); slot++) {
            processes.add(
                    new ProcessFacts(slot + 1, startedAt, 0, ProcessFacts.Status.WAITING, Optional.empty(), List.of()));
        }
        return CompletableFuture.completedFuture(new ProcessList(
                processes,
                now.get(PoolParameters.MAX_POOL),
                nodes.nodes().size(),
                now.get(PoolParameters.CLIENT_IDLE_LIMIT)));
    }
}
