package io.trunkline.cli.pcp;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class OutputTest {
    private static final String TIME = DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss")
            .withZone(ZoneId.systemDefault())
            .format(Instant.ofEpochSecond(1_614_405_090));

    private static final String HALF = "1073741823.500000";

    private static String run(String command, byte[]... packets) throws Exception {
        try (ScriptedServer server = ScriptedServer.answering(packets)) {
            Run.Result result = Run.on(server, command).result();
            assertThat(result.err()).isEmpty();
            assertThat(result.status()).isZero();
            return result.out();
        }
    }

    private static byte[][] rows(char type, String name, List<List<String>> rows) {
        List<byte[]> packets = new ArrayList<>();
        packets.add(ScriptedServer.packet(type, "ArraySize", Integer.toString(rows.size())));
        rows.forEach(row -> packets.add(ScriptedServer.row(type, name, row)));
        packets.add(ScriptedServer.packet(type, "CommandComplete"));
        return packets.toArray(byte[][]::new);
    }

    private static byte[][] nodes(String... rows) {
        return rows(
                'i',
                "NodeInfo",
                Arrays.stream(rows).map(row -> List.of(row.split(",", -1))).toList());
    }

    // ---- nodes

    @Test
    void nodesOf43AreShown() throws Exception {
        assertThat(run(
                        "pcp_node_info",
                        nodes(
                                "/tmp,11002,2,0,up," + HALF + ",2,primary,0,,,1614405090",
                                "/tmp,11003,3,1,down," + HALF + ",3,standby,4711,streaming,async,1614405090")))
                .isEqualTo("/tmp 11002 2 0.500000 up up primary primary 0 none none " + TIME + "\n"
                        + "/tmp 11003 3 0.500000 quarantine down standby standby 4711 streaming async " + TIME + "\n");
    }

    @Test
    void delayOf44AndLaterIsBytesOrATime() throws Exception {
        byte[][] nodes = nodes(
                "a,1,2,0,up,0,3,standby,0,4711,streaming,async,1614405090",
                "b,2,1,0,up,0,3,standby,1,1999999,streaming,async,1614405090",
                "c,3,1,0,up,0,3,standby,1,2000000,streaming,async,1614405090");
        assertThat(run("pcp_node_info", nodes))
                .isEqualTo("a 1 2 0.000000 up up standby standby 4711 streaming async " + TIME + "\n"
                        + "b 2 1 0.000000 waiting up standby standby 1.999999 streaming async " + TIME + "\n"
                        + "c 3 1 0.000000 waiting up standby standby 2.000000 streaming async " + TIME + "\n");
        assertThat(run("pcp_node_info -v", nodes))
                .contains("Replication Delay      : 4711\n")
                .contains("Replication Delay      : 1.999999 second\n")
                .contains("Replication Delay      : 2.000000 seconds\n");
    }

    @Test
    void nodeOf41ComesWithTheEnd() throws Exception {
        byte[] node =
                ScriptedServer.packet('i', "CommandComplete", "db1", "5432", "3", HALF, "1", "7", "", "", "1614405090");
        assertThat(run("pcp_node_info 1", node)).isEqualTo("db1 5432 3 0.500000 down replica 7   " + TIME + "\n");
        assertThat(run("pcp_node_info -v 1", node))
                .startsWith("Hostname               : db1\nPort ")
                .contains("""
                        Status Name            : down
                        Role                   : replica
                        Replication Delay      : 7
                        """);
    }

    @Test
    void nodesThatAreNotUsedAreShownOnDemand() throws Exception {
        byte[][] nodes = nodes(",0,0,0,unknown,0.000000,1,unknown,0,,,0");
        assertThat(run("pcp_node_info", nodes)).isEqualTo("No node information available\n\n");
        assertThat(run("pcp_node_info -a", nodes)).startsWith(" 0 0 0.000000 unused unknown replica unknown 0 none");
    }

    @Test
    void valuesWithTheirNamesAreAligned() throws Exception {
        assertThat(run("pcp_node_info --verbose", nodes("h,1,2,0,up,0,2,primary,0,,,1614405090")))
                .isEqualTo("""
                        Hostname               : h
                        Port                   : 1
                        Status                 : 2
                        Weight                 : 0.000000
                        Status Name            : up
                        Backend Status Name    : up
                        Role                   : primary
                        Backend Role           : primary
                        Replication Delay      : 0
                        Replication State      : none
                        Replication Sync State : none
                        Last Status Change     : TIME

                        """.replace("TIME", TIME));
    }

    // ---- processes

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "12 | 4 5 1 6 7 8 9 10 11 0 3",
                "17 | 5 6 1 2 11 12 7 8 10 9 13 14 15 0 4 16",
                "18 | 5 6 1 2 11 12 7 8 10 9 13 14 15 0 4 16 17",
                "21 | 5 6 1 2 11 12 7 8 10 9 13 14 15 0 4 16 17 18 19 20",
            })
    void processesOfEachReleaseAreShownInTheOrderOfItsProgram(int strings, String printed) throws Exception {
        List<String> row = new ArrayList<>();
        for (int i = 0; i < strings; i++) {
            row.add(Integer.toString(i));
        }
        assertThat(run("pcp_proc_info", rows('p', "ProcessInfo", List.of(row)))).isEqualTo(printed + "\n");
        assertThat(run("pcp_proc_info -v", rows('p', "ProcessInfo", List.of(row)))
                        .lines())
                .hasSize(printed.split(" ").length + 1);
    }

    @Test
    void placesWithoutAConnectionAreShownOnDemand() throws Exception {
        byte[][] rows = rows(
                'p', "ProcessInfo", List.of(List.of("7,s,1,0,0,,,,,,0,0,0,0,0,0,Wait for connection".split(",", -1))));
        assertThat(run("pcp_proc_info 7", rows)).isEqualTo("No process information available\n\n");
        assertThat(run("pcp_proc_info -a", rows)).isEqualTo("  s 1 0 0   0  0 0 0 7 0 Wait for connection\n");
    }

    @Test
    void processIdsAreListed() throws Exception {
        byte[] ids = ScriptedServer.packet('n', "CommandComplete", "2", "101", "102");
        assertThat(run("pcp_proc_count", ids)).isEqualTo("101 102 \n");
        assertThat(run("pcp_proc_count -v", ids)).isEqualTo("""
                        No \t | \t PID
                        _____________________
                        0 \t | \t 101
                        1 \t | \t 102

                        Total Processes:2
                        """);
    }

    // ---- the others

    @Test
    void nodesAreCounted() throws Exception {
        assertThat(run("pcp_node_count -v", ScriptedServer.packet('l', "CommandComplete", "2")))
                .isEqualTo("Node Count\n____________\n 2\n");
    }

    @Test
    void settingsAreShownWhoseNumberIsBinary() throws Exception {
        byte[][] packets = {
            ScriptedServer.rawPacket('b', "ArraySize\0\0\0\0\2"),
            ScriptedServer.packet('b', "ProcessConfig", "port", "9999", "where clients connect"),
            ScriptedServer.packet('b', "ProcessConfig", "socket_dir", "", "x"),
            ScriptedServer.packet('b', "CommandComplete")
        };
        assertThat(run("pcp_pool_status", packets))
                .isEqualTo("name : port\nvalue: 9999\ndesc : where clients connect\n\n"
                        + "name : socket_dir\nvalue: \ndesc : x\n\n");
        assertThat(run("pcp_pool_status -v", packets))
                .startsWith(
                        "Name [  0]:\tport\nValue:      \t9999\nDescription:\twhere clients connect\n\nName [  1]:\t");
    }

    @Test
    void healthChecksAreShown() throws Exception {
        List<String> values = new ArrayList<>(List.of("CommandComplete"));
        for (int i = 1; i <= 20; i++) {
            values.add("v" + i);
        }
        byte[] stats = ScriptedServer.packet('h', values.toArray(String[]::new));
        assertThat(run("pcp_health_check_stats 0", stats)).isEqualTo(String.join(" ", values.subList(1, 21)) + "\n");
        assertThat(run("pcp_health_check_stats 0 -v", stats))
                .contains("Node Id                       : v1\n", "Minimum Health Check Duration : v15\n");
    }

    @Test
    void watchdogIsShown() throws Exception {
        String json = """
                {"NodeCount":1,"WatchdogNodes":[{"ID":0,"NodeName":"a:9999 Linux a","HostName":"a","DelegateIP":"vip",
                "Membership":0,"MembershipString":"MEMBER","WdPort":9000,"PgpoolPort":9999,"State":4,
                "StateName":"LEADER","Priority":1LIFE}],"RemoteNodeCount":2,"MemberRemoteNodeCount":1,
                "NodesRequireForQuorum":2,"QuorumStatus":1,"AliveNodeCount":2,"Escalated":1,
                "LeaderNodeName":"a:9999 Linux a","LeaderHostName":"a"}""";
        byte[] packet = ScriptedServer.packet('w', "CommandComplete", json.replace("LIFE", ""));
        assertThat(run("pcp_watchdog_info", packet)).isEqualTo("""
                        3 2 YES a:9999 Linux a a

                        a:9999 Linux a a 9999 9000 4 LEADER 0 MEMBER
                        """);
        byte[] newest =
                ScriptedServer.packet('w', "CommandComplete", json.replace("LIFE", ",\"LifecheckStarted\":true"));
        assertThat(run("pcp_watchdog_info", newest)).endsWith(" 4 LEADER 0 MEMBER YES\n");
        assertThat(run("pcp_watchdog_info -v", packet)).isEqualTo("""
                        Watchdog Cluster Information\s
                        Total Nodes              : 3
                        Remote Nodes             : 2
                        Member Remote Nodes      : 1
                        Alive Remote Nodes       : 2
                        Nodes required for quorum: 2
                        Quorum state             : QUORUM EXIST
                        Local node escalation    : YES
                        Leader Node Name         : a:9999 Linux a
                        Leader Host Name         : a

                        Watchdog Node Information\s
                        Node Name         : a:9999 Linux a
                        Host Name         : a
                        Delegate IP       : vip
                        Pgpool port       : 9999
                        Watchdog port     : 9000
                        Node priority     : 1
                        Status            : 4
                        Status Name       : LEADER
                        Membership Status : MEMBER

                        """);
    }
}
