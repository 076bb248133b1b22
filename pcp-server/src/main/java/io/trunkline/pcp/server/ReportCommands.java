package io.trunkline.pcp.server;

import io.trunkline.config.CompatVersion;
import io.trunkline.pcp.AdminOperations;
import io.trunkline.pcp.HealthCheckFacts;
import io.trunkline.pcp.NodeFacts;
import io.trunkline.pcp.ProcessFacts;
import io.trunkline.pcp.ProcessList;
import io.trunkline.pcp.layout.HealthCheckLayout;
import io.trunkline.pcp.layout.NodeLayout;
import io.trunkline.pcp.layout.ProcessLayout;
import io.trunkline.pcp.layout.SettingLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/** The requests that only look. */
final class ReportCommands {
    private static final int ALL_NODES = -1;
    private static final int ALL_PROCESSES = 0;

    private final AdminOperations operations;
    private final CompatVersion version;
    private final NodeLayout nodeLayout;
    private final HealthCheckLayout healthCheckLayout;
    private final ProcessLayout processLayout;

    ReportCommands(AdminOperations operations) {
        this.operations = operations;
        this.version = operations.compatVersion();
        this.nodeLayout = new NodeLayout(version);
        this.healthCheckLayout = new HealthCheckLayout(version);
        this.processLayout = new ProcessLayout(version);
    }

    PcpReply nodeCount() {
        return PcpReply.complete(
                'l', List.of(Integer.toString(operations.nodes().size())));
    }

    PcpReply nodeInfo(PcpRequest request) throws PcpFailure {
        List<NodeFacts> nodes = operations.nodes();
        String text = request.text(0);
        int id = Numbers.parse(text).orElse(nodes.size());
        boolean listsNodes = version.isAtLeast(CompatVersion.V4_3);
        if (id < ALL_NODES || id >= nodes.size() || id == ALL_NODES && !listsNodes) {
            throw PcpFailure.error("informing node info failed", "invalid node ID : " + text);
        }
        if (!listsNodes) {
            return PcpReply.complete('i', nodeLayout.pcp(nodes.get(id)));
        }
        List<NodeFacts> wanted = id == ALL_NODES ? nodes : List.of(nodes.get(id));
        return PcpReply.rows(
                'i',
                PcpPacket.arraySize('i', wanted.size()),
                "NodeInfo",
                wanted.stream().map(nodeLayout::pcp).toList());
    }

    PcpReply healthChecks(PcpRequest request) throws PcpFailure {
        List<HealthCheckFacts> checks = operations.healthChecks();
        String text = request.text(0);
        int id = Numbers.parse(text).orElse(ALL_NODES);
        if (id < 0 || id > checks.size()) {
            throw PcpFailure.error("informing health check stats info failed", "invalid node ID " + text);
        }
        HealthCheckFacts wanted = checks.stream()
                .filter(one -> one.node().id() == id)
                .findFirst()
                .orElseThrow(() -> PcpFailure.error(
                        "informing health check stats info failed",
                        "stats data for node ID " + id + " does not exist"));
        return PcpReply.complete('h', healthCheckLayout.row(wanted));
    }

    CompletableFuture<PcpReply> processCount() {
        return operations.processes().thenApply(list -> {
            List<String> texts = new ArrayList<>();
            texts.add(Integer.toString(list.processes().size()));
            list.processes().forEach(process -> texts.add(Integer.toString(process.pid())));
            return PcpReply.complete('n', texts);
        });
    }

    CompletableFuture<PcpReply> processInfo(PcpRequest request) {
        String text = request.text(0);
        return operations.processes().thenApply(list -> {
            try {
                return processInfo(list, text);
            } catch (PcpFailure refused) {
                throw new CompletionException(refused);
            }
        });
    }

    private PcpReply processInfo(ProcessList list, String text) throws PcpFailure {
        int pid = Numbers.parse(text).orElse(-1);
        List<ProcessFacts> wanted = list.processes().stream()
                .filter(process -> pid == ALL_PROCESSES || process.pid() == pid)
                .toList();
        if (wanted.isEmpty()) {
            throw PcpFailure.error("informing process info failed", "invalid process ID : " + text);
        }
        List<List<String>> rows = wanted.stream()
                .flatMap(process -> processLayout.poolRows(list, process).stream())
                .toList();
        return PcpReply.rows('p', PcpPacket.arraySize('p', rows.size()), "ProcessInfo", rows);
    }

    PcpReply settings() {
        List<List<String>> rows = SettingLayout.show(operations.settings()).rows();
        return PcpReply.rows('b', PcpPacket.binaryArraySize('b', rows.size()), "ProcessConfig", rows);
    }

    PcpReply watchdogInfo() throws PcpFailure {
        throw PcpFailure.error("PCP: informing watchdog info failed", "watchdog is not enabled");
    }
}
