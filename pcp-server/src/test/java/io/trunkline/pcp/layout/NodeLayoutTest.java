package io.trunkline.pcp.layout;

import static org.assertj.core.api.Assertions.assertThat;

import io.trunkline.config.CompatVersion;
import io.trunkline.pcp.NodeFacts;
import io.trunkline.pcp.NodeFacts.Role;
import io.trunkline.pcp.NodeFacts.Status;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class NodeLayoutTest {
    private static final Instant SINCE = Instant.ofEpochSecond(1_700_000_000);
    private static final String SINCE_TEXT = Texts.time(SINCE);

    static NodeFacts node(int id, Status status, Role role, boolean isLagTime) {
        return new NodeFacts(
                id,
                "db" + id,
                5432 + id,
                0.5,
                status,
                role,
                true,
                role,
                7,
                OptionalLong.of(1_000),
                Optional.of(Duration.ofMillis(2_500)),
                isLagTime,
                "streaming",
                "async",
                SINCE,
                true,
                false,
                false);
    }

    private static final NodeFacts STANDBY = node(1, Status.UP, Role.STANDBY, false);

    private static String row(CompatVersion version, NodeFacts node) {
        return String.join(
                "|", new NodeLayout(version).show(List.of(node), 1).rows().get(0));
    }

    @ParameterizedTest
    @CsvSource(delimiter = ';', textBlock = """
            V4_1; node_id,hostname,port,status,lb_weight,role,select_cnt,load_balance_node,replication_delay,replication_state,replication_sync_state,last_status_change
            V4_2; node_id,hostname,port,status,lb_weight,role,select_cnt,load_balance_node,replication_delay,replication_state,replication_sync_state,last_status_change
            V4_3; node_id,hostname,port,status,pg_status,lb_weight,role,pg_role,select_cnt,load_balance_node,replication_delay,replication_state,replication_sync_state,last_status_change
            V4_7; node_id,hostname,port,status,pg_status,lb_weight,role,pg_role,select_cnt,load_balance_node,replication_delay,replication_state,replication_sync_state,last_status_change
            """)
    void theColumnsAreThoseOfTheRelease(CompatVersion version, String columns) {
        assertThat(String.join(",", new NodeLayout(version).show(List.of(), -1).columns()))
                .isEqualTo(columns);
    }

    @Test
    void aRowTellsWhatIsKnownOfTheNode() {
        assertThat(row(CompatVersion.V4_2, STANDBY))
                .isEqualTo("1|db1|5433|up|0.500000|standby|7|true|1000|streaming|async|" + SINCE_TEXT);
        assertThat(row(CompatVersion.V4_3, STANDBY))
                .isEqualTo("1|db1|5433|up|up|0.500000|standby|standby|7|true|1000|streaming|async|" + SINCE_TEXT);
    }

    @Test
    void onlyNewerReleasesKnowDelaysAsTimes() {
        NodeFacts timed = node(1, Status.UP, Role.STANDBY, true);
        assertThat(row(CompatVersion.V4_3, timed)).contains("|1000|");
        assertThat(row(CompatVersion.V4_4, timed)).contains("|2.500000 seconds|");
    }

    @Test
    void whereNothingReplicatesTheWordsChangedWith42() {
        assertThat(row(CompatVersion.V4_1, node(0, Status.UP, Role.MAIN, false)))
                .contains("|master|");
        assertThat(row(CompatVersion.V4_1, node(1, Status.UP, Role.REPLICA, false)))
                .contains("|slave|");
        assertThat(row(CompatVersion.V4_2, node(0, Status.UP, Role.MAIN, false)))
                .contains("|main|");
        assertThat(row(CompatVersion.V4_7, node(1, Status.UP, Role.REPLICA, false)))
                .contains("|replica|replica|");
    }

    @Test
    void pcpHasNumbersForWordsAndAFlagForQuarantine() {
        NodeFacts quarantined = node(1, Status.QUARANTINE, Role.STANDBY, true);
        assertThat(String.join(" ", new NodeLayout(CompatVersion.V4_1).pcp(quarantined)))
                .isEqualTo("db1 5433 3 1073741823.500000 3 1000 streaming async 1700000000");
        assertThat(String.join(" ", new NodeLayout(CompatVersion.V4_3).pcp(quarantined)))
                .isEqualTo("db1 5433 3 1 up 1073741823.500000 3 standby 1000 streaming async 1700000000");
        assertThat(String.join(" ", new NodeLayout(CompatVersion.V4_4).pcp(quarantined)))
                .isEqualTo("db1 5433 3 1 up 1073741823.500000 3 standby 1 2500000 streaming async 1700000000");
    }

    @Test
    void idsThatAreNotUsedAreLeftOut() {
        NodeFacts unused = node(0, Status.UNUSED, Role.STANDBY, false);
        assertThat(new NodeLayout(CompatVersion.V4_7)
                        .show(List.of(unused, STANDBY), -1)
                        .rows())
                .hasSize(1);
    }
}
