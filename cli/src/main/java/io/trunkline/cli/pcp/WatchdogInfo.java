package io.trunkline.cli.pcp;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import io.trunkline.cli.program.RawText;
import java.io.IOException;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The watchdog's cluster, which PCP sends as JSON. */
final class WatchdogInfo {
    private static final Map<String, String> QUORUM =
            Map.of("0", "QUORUM IS ON THE EDGE", "1", "QUORUM EXIST", "-1", "QUORUM ABSENT", "-2", "NO LEADER NODE");

    private final Map<String, String> cluster = new HashMap<>();
    private final List<Map<String, String>> nodes = new ArrayList<>();

    private WatchdogInfo() {}

    static WatchdogInfo parse(String json) throws PcpFailure {
        WatchdogInfo info = new WatchdogInfo();
        try (JsonParser parser = new JsonFactory().createParser(RawText.bytes(json))) {
            if (parser.nextToken() != JsonToken.START_OBJECT) {
                throw PcpFailure.badReply();
            }
            info.readCluster(parser);
            return info;
        } catch (IOException e) {
            throw PcpFailure.badReply();
        }
    }

    private void readCluster(JsonParser parser) throws IOException {
        while (parser.nextToken() == JsonToken.FIELD_NAME) {
            String key = parser.currentName();
            if (parser.nextToken() != JsonToken.START_ARRAY) {
                cluster.put(key, value(parser));
                continue;
            }
            while (parser.nextToken() == JsonToken.START_OBJECT) {
                Map<String, String> node = new HashMap<>();
                while (parser.nextToken() == JsonToken.FIELD_NAME) {
                    String name = parser.currentName();
                    parser.nextToken();
                    node.put(name, value(parser));
                }
                nodes.add(node);
            }
        }
    }

    /** Flags are numbers in some releases. */
    private static String value(JsonParser parser) throws IOException {
        return switch (parser.currentToken()) {
            case VALUE_TRUE -> "1";
            case VALUE_FALSE -> "0";
            default -> RawText.of(parser.getText().getBytes(UTF_8));
        };
    }

    void print(PrintStream out, boolean verbose) throws PcpFailure {
        int remote = number(cluster, "RemoteNodeCount");
        int members = cluster.containsKey("MemberRemoteNodeCount") ? number(cluster, "MemberRemoteNodeCount") : -1;
        String escalated = number(cluster, "Escalated") == 0 ? "NO" : "YES";
        // The leader was called master up to 4.1.
        String leader = text(cluster, cluster.containsKey("LeaderNodeName") ? "LeaderNodeName" : "MasterNodeName");
        String leaderHost = text(cluster, cluster.containsKey("LeaderHostName") ? "LeaderHostName" : "MasterHostName");
        if (!verbose) {
            out.print((remote + 1) + " " + (members + 1) + " " + escalated + " " + leader + " " + leaderHost + "\n\n");
            for (Map<String, String> node : nodes) {
                printLine(out, node);
            }
            return;
        }
        int required = cluster.containsKey("NodesRequireForQuorum") ? number(cluster, "NodesRequireForQuorum") : -1;
        out.print("Watchdog Cluster Information \n");
        out.print("Total Nodes              : " + (remote + 1) + "\n");
        out.print("Remote Nodes             : " + remote + "\n");
        out.print("Member Remote Nodes      : " + members + "\n");
        out.print("Alive Remote Nodes       : " + number(cluster, "AliveNodeCount") + "\n");
        out.print("Nodes required for quorum: " + required + "\n");
        out.print("Quorum state             : " + QUORUM.getOrDefault(text(cluster, "QuorumStatus"), "UNKNOWN") + "\n");
        out.print("Local node escalation    : " + escalated + "\n");
        out.print("Leader Node Name         : " + leader + "\n");
        out.print("Leader Host Name         : " + leaderHost + "\n\n");
        out.print("Watchdog Node Information \n");
        for (Map<String, String> node : nodes) {
            printBlock(out, node);
        }
    }

    private static void printLine(PrintStream out, Map<String, String> node) throws PcpFailure {
        List<String> values = new ArrayList<>(List.of(
                text(node, "NodeName"),
                text(node, "HostName"),
                text(node, "PgpoolPort"),
                text(node, "WdPort"),
                text(node, "State"),
                text(node, "StateName"),
                node.getOrDefault("Membership", "0"),
                membership(node)));
        if (node.containsKey("LifecheckStarted")) {
            values.add(lifecheck(node));
        }
        out.print(String.join(" ", values) + "\n");
    }

    private static void printBlock(PrintStream out, Map<String, String> node) throws PcpFailure {
        out.print("Node Name         : " + text(node, "NodeName") + "\n");
        out.print("Host Name         : " + text(node, "HostName") + "\n");
        out.print("Delegate IP       : " + text(node, "DelegateIP") + "\n");
        out.print("Pgpool port       : " + text(node, "PgpoolPort") + "\n");
        out.print("Watchdog port     : " + text(node, "WdPort") + "\n");
        out.print("Node priority     : " + text(node, "Priority") + "\n");
        out.print("Status            : " + text(node, "State") + "\n");
        out.print("Status Name       : " + text(node, "StateName") + "\n");
        out.print("Membership Status : " + membership(node) + "\n");
        if (node.containsKey("LifecheckStarted")) {
            out.print("Lifecheck Started : " + lifecheck(node) + "\n");
        }
        out.print("\n");
    }

    private static String membership(Map<String, String> node) {
        return node.getOrDefault("MembershipString", "NOT-Available");
    }

    private static String lifecheck(Map<String, String> node) throws PcpFailure {
        return number(node, "LifecheckStarted") == 0 ? "NO" : "YES";
    }

    private static String text(Map<String, String> object, String key) throws PcpFailure {
        String value = object.get(key);
        if (value == null) {
            throw PcpFailure.badReply();
        }
        return value;
    }

    private static int number(Map<String, String> object, String key) throws PcpFailure {
        return Output.integer(List.of(text(object, key)), 0);
    }
}
