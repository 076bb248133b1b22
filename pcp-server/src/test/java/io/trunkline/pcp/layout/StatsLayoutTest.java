package io.trunkline.pcp.layout;

import static org.assertj.core.api.Assertions.assertThat;

import io.trunkline.config.CompatVersion;
import io.trunkline.pcp.EventFacts;
import io.trunkline.pcp.HealthCheckFacts;
import io.trunkline.pcp.NodeFacts;
import io.trunkline.pcp.StatementFacts;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

final class StatsLayoutTest {
    private static final Instant AT = Instant.ofEpochSecond(1_700_000_000);
    private static final String T = Texts.time(AT);
    private static final NodeFacts NODE = NodeLayoutTest.node(1, NodeFacts.Status.UP, NodeFacts.Role.STANDBY, false);

    private static String only(Table table) {
        assertThat(table.rows()).hasSize(1);
        assertThat(table.rows().get(0)).hasSameSizeAs(table.columns());
        return String.join("|", table.rows().get(0));
    }

    @Test
    void healthChecksShowMeansOverThoseThatWereMade() {
        HealthCheckFacts checks = new HealthCheckFacts(
                NODE,
                5,
                3,
                1,
                1,
                2,
                2,
                Duration.ofMillis(9),
                Duration.ofMillis(2),
                Duration.ofMillis(22),
                Optional.of(AT),
                Optional.of(AT),
                Optional.empty(),
                Optional.empty());
        assertThat(only(new HealthCheckLayout(CompatVersion.V4_7).show(List.of(checks))))
                .isEqualTo("1|db1|5433|up|standby|" + T + "|5|3|1|1|2|0.500000|2|9|2|5.500000|" + T + "|" + T + "||");
    }

    @Test
    void statementsShowAllGroupsAndErrors() {
        assertThat(only(new StatementLayout(CompatVersion.V4_7)
                        .show(List.of(new StatementFacts(NODE, 1, 2, 3, 4, 5, 6, 7, 8, 9)))))
                .isEqualTo("1|db1|5433|up|standby|1|2|3|4|5|6|7|8|9");
    }

    @Test
    void theCacheIsEmptyWhileItIsOff() {
        assertThat(only(CacheLayout.off())).isEqualTo("0|0|0.00|0|0|0|0|0|0");
    }

    @Test
    void eventsOfTheClusterAsAWholeHaveNoNode() {
        assertThat(only(EventLayout.show(List.of(new EventFacts(AT, -1, "writes awaited", "")))))
                .isEqualTo(T + "||writes awaited|");
    }
}
