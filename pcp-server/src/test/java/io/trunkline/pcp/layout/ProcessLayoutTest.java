package io.trunkline.pcp.layout;

import static org.assertj.core.api.Assertions.assertThat;

import io.trunkline.config.CompatVersion;
import io.trunkline.pcp.ProcessFacts;
import io.trunkline.pcp.ProcessFacts.Client;
import io.trunkline.pcp.ProcessFacts.Connection;
import io.trunkline.pcp.ProcessFacts.Status;
import io.trunkline.pcp.ProcessList;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class ProcessLayoutTest {
    private static final Instant START = Instant.ofEpochSecond(1_700_000_000);
    private static final String T = Texts.time(START);

    private static final ProcessFacts BUSY = new ProcessFacts(
            101,
            START,
            4,
            Status.IDLE,
            Optional.of(new Client("test", "bob", "10.0.0.9", "5123", START, Duration.ofSeconds(65), "select ?")),
            List.of(new Connection(0, 1, "test", "bob", START, Optional.empty(), 3, 0, 9, 4242, true, true)));

    private static final ProcessFacts FREE = new ProcessFacts(
            102,
            START,
            0,
            Status.WAITING,
            Optional.empty(),
            List.of(new Connection(1, 0, "test", "eve", START, Optional.of(START), 3, 0, 2, 4343, false, false)));

    private static ProcessList list(Duration idleLimit, ProcessFacts... processes) {
        return new ProcessList(List.of(processes), 2, 2, idleLimit);
    }

    private static List<String> lines(Table table) {
        return table.rows().stream().map(row -> String.join("|", row)).toList();
    }

    @ParameterizedTest
    @CsvSource(delimiter = ';', textBlock = """
            V4_2; pool_pid,start_time,database,username,create_time,pool_counter
            V4_3; pool_pid,start_time,client_connection_count,database,username,backend_connection_time,pool_counter,status
            V4_7; pool_pid,start_time,client_connection_count,database,username,backend_connection_time,pool_counter,status
            """)
    void aProcessHasTheColumnsOfTheRelease(CompatVersion version, String columns) {
        assertThat(String.join(
                        ",",
                        new ProcessLayout(version)
                                .processes(list(Duration.ZERO))
                                .columns()))
                .isEqualTo(columns);
    }

    @ParameterizedTest
    @CsvSource(delimiter = ';', textBlock = """
            V4_1; pool_pid,start_time,pool_id,backend_id,database,username,create_time,majorversion,minorversion,pool_counter,pool_backendpid,pool_connected
            V4_3; pool_pid,start_time,client_connection_count,pool_id,backend_id,database,username,backend_connection_time,client_connection_time,client_disconnection_time,client_idle_duration,majorversion,minorversion,pool_counter,pool_backendpid,pool_connected,status
            V4_5; pool_pid,start_time,client_connection_count,pool_id,backend_id,database,username,backend_connection_time,client_connection_time,client_disconnection_time,client_idle_duration,majorversion,minorversion,pool_counter,pool_backendpid,pool_connected,status,load_balance_node
            V4_7; pool_pid,start_time,client_connection_count,pool_id,backend_id,database,username,backend_connection_time,client_connection_time,client_disconnection_time,client_idle_duration,majorversion,minorversion,pool_counter,pool_backendpid,pool_connected,status,load_balance_node,client_host,client_port,statement
            """)
    void aConnectionHasTheColumnsOfTheRelease(CompatVersion version, String columns) {
        Table pools = new ProcessLayout(version).pools(list(Duration.ZERO, BUSY));
        assertThat(String.join(",", pools.columns())).isEqualTo(columns);
        assertThat(pools.rows()).allSatisfy(row -> assertThat(row).hasSameSizeAs(pools.columns()));
    }

    @Test
    void processesShowWhoIsConnected() {
        assertThat(lines(new ProcessLayout(CompatVersion.V4_3).processes(list(Duration.ZERO, BUSY, FREE))))
                .containsExactly(
                        "101|" + T + "|4|test|bob|" + T + "|9|Idle", "102|" + T + "|0|||||Wait for connection");
        assertThat(lines(new ProcessLayout(CompatVersion.V4_2).processes(list(Duration.ZERO, BUSY))))
                .containsExactly("101|" + T + "|test|bob|" + T + "|9");
    }

    @Test
    void poolsHaveARowForEachPlaceWhetherItIsUsedOrNot() {
        assertThat(lines(new ProcessLayout(CompatVersion.V4_7).pools(list(Duration.ZERO, BUSY))))
                .containsExactly(
                        "101|" + T + "|4|0|0||||||0|0|0|0|0|0|Idle|0|||",
                        "101|" + T + "|4|0|1|test|bob|" + T + "|" + T
                                + "||65|3|0|9|4242|1|Idle|1|10.0.0.9|5123|select ?",
                        "101|" + T + "|4|1|0||||||0|0|0|0|0|0|Idle|0|||",
                        "101|" + T + "|4|1|1||||||0|0|0|0|0|0|Idle|0|||");
    }

    @Test
    void idleConnectionsTellWhenTheirClientHasGone() {
        assertThat(lines(new ProcessLayout(CompatVersion.V4_3).pools(list(Duration.ZERO, FREE)))
                        .get(2))
                .isEqualTo("102|" + T + "|0|1|0|test|eve|" + T + "||" + T + "|0|3|0|2|4343|0|Wait for connection");
    }

    @Test
    void whoWillBeDisconnectedIsShownWhen() {
        assertThat(new ProcessLayout(CompatVersion.V4_3)
                        .pools(list(Duration.ofMinutes(5), BUSY))
                        .rows()
                        .get(1)
                        .get(10))
                .isEqualTo("65 (3:55 before client disconnected)");
    }

    @Test
    void nothingIsLeftOfOtherUsers() {
        ProcessList seen = list(Duration.ZERO, BUSY, FREE).ofUser("eve");
        assertThat(lines(new ProcessLayout(CompatVersion.V4_7).processes(seen)))
                .hasSize(2)
                .noneMatch(line -> line.contains("bob"));
        assertThat(lines(new ProcessLayout(CompatVersion.V4_7).pools(seen)))
                .hasSize(8)
                .noneMatch(line -> line.contains("bob") || line.contains("4242") || line.contains("select"))
                .anyMatch(line -> line.contains("eve"));
    }
}
