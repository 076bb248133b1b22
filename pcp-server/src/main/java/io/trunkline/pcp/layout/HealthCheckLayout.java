package io.trunkline.pcp.layout;

import io.trunkline.config.CompatVersion;
import io.trunkline.pcp.HealthCheckFacts;
import java.util.List;

/** SHOW POOL_HEALTH_CHECK_STATS; PCP's health check stats are the same texts. Times in milliseconds. */
public final class HealthCheckLayout {
    private static final List<String> COLUMNS = NodeLayout.columnsWith(
            "last_status_change",
            "total_count",
            "success_count",
            "fail_count",
            "skip_count",
            "retry_count",
            "average_retry_count",
            "max_retry_count",
            "max_duration",
            "min_duration",
            "average_duration",
            "last_health_check",
            "last_successful_health_check",
            "last_skip_health_check",
            "last_failed_health_check");

    private final NodeLayout nodes;

    public HealthCheckLayout(CompatVersion version) {
        this.nodes = new NodeLayout(version);
    }

    public Table show(List<HealthCheckFacts> checks) {
        return new Table(
                COLUMNS,
                checks.stream()
                        .filter(facts -> facts.node().isUsed())
                        .map(this::row)
                        .toList());
    }

    /** The 20 texts of a node, in the order in which PCP sends them too. */
    public List<String> row(HealthCheckFacts checks) {
        return nodes.rowWith(
                checks.node(),
                Texts.time(checks.node().since()),
                Texts.number(checks.checks()),
                Texts.number(checks.succeeded()),
                Texts.number(checks.failed()),
                Texts.number(checks.skipped()),
                Texts.number(checks.retries()),
                Texts.mean(checks.retries(), checks.made()),
                Texts.number(checks.mostRetries()),
                Texts.number(checks.longest().toMillis()),
                Texts.number(checks.shortest().toMillis()),
                Texts.mean(checks.time().toMillis(), checks.made()),
                Texts.time(checks.last()),
                Texts.time(checks.lastSuccess()),
                Texts.time(checks.lastSkip()),
                Texts.time(checks.lastFailure()));
    }
}
