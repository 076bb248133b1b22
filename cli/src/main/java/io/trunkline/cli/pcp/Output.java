package io.trunkline.cli.pcp;

import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;

/** Prints answers as Pgpool-II's programs do, briefly for scripts or with {@code -v} for people. */
final class Output {
    private static final int HEALTH_VALUES = 20;
    private static final int SETTING_VALUES = 3;

    private static final List<String> HEALTH_TITLES = List.of(
            "Node Id",
            "Host Name",
            "Port",
            "Status",
            "Role",
            "Last Status Change",
            "Total Count",
            "Success Count",
            "Fail Count",
            "Skip Count",
            "Retry Count",
            "Average Retry Count",
            "Max Retry Count",
            "Max Health Check Duration",
            "Minimum Health Check Duration",
            "Average Health Check Duration",
            "Last Health Check",
            "Last Successful Health Check",
            "Last Skip Health Check",
            "Last Failed Health Check");

    private final PrintStream out;
    private final boolean all;
    private final boolean verbose;

    Output(PrintStream out, PcpOptions options) {
        this.out = out;
        this.all = options.all;
        this.verbose = options.verbose;
    }

    void print(Tool tool, Reply reply) throws PcpFailure {
        if (reply.isEmpty() || (tool == Tool.PCP_PROC_COUNT && integer(reply.values(), 0) == 0)) {
            out.print(tool.program() + " -- Command Successful\n");
            return;
        }
        switch (tool) {
            case PCP_NODE_COUNT -> nodeCount(integer(reply.values(), 0));
            case PCP_NODE_INFO -> nodes(reply);
            case PCP_HEALTH_CHECK_STATS -> healthChecks(reply.values());
            case PCP_POOL_STATUS -> settings(reply.rows());
            case PCP_PROC_COUNT -> processIds(reply.values());
            case PCP_PROC_INFO -> processes(reply.rows());
            case PCP_WATCHDOG_INFO -> watchdog(reply.values());
            default -> out.print(tool.program() + " -- Command Successful\n");
        }
    }

    private void nodeCount(int count) {
        out.print(verbose ? "Node Count\n____________\n " + count + "\n" : count + "\n");
    }

    /** Up to 4.2 there is a single node, and it comes with the end. */
    private void nodes(Reply reply) throws PcpFailure {
        List<List<String>> rows = reply.values().isEmpty() ? reply.rows() : List.of(reply.values());
        boolean printed = false;
        for (List<String> row : rows) {
            NodeInfo node = NodeInfo.parse(row);
            if (all || !node.host().isEmpty()) {
                printed = true;
                row(node.titles(), node.texts(verbose));
            }
        }
        if (!printed) {
            out.print("No node information available\n\n");
        }
    }

    private void healthChecks(List<String> values) throws PcpFailure {
        if (values.size() < HEALTH_VALUES) {
            throw PcpFailure.badReply();
        }
        row(HEALTH_TITLES, values.subList(0, HEALTH_VALUES));
    }

    private void settings(List<List<String>> settings) throws PcpFailure {
        int number = 0;
        for (List<String> setting : settings) {
            if (setting.size() < SETTING_VALUES) {
                throw PcpFailure.badReply();
            }
            String name = setting.get(0);
            String value = setting.get(1);
            String description = setting.get(2);
            out.print(
                    verbose
                            ? "Name [" + " ".repeat(number < 10 ? 2 : number < 100 ? 1 : 0) + number + "]:\t" + name
                                    + "\nValue:      \t" + value + "\nDescription:\t" + description + "\n\n"
                            : "name : " + name + "\nvalue: " + value + "\ndesc : " + description + "\n\n");
            number++;
        }
    }

    private void watchdog(List<String> values) throws PcpFailure {
        if (values.isEmpty()) {
            throw PcpFailure.badReply();
        }
        WatchdogInfo.parse(values.get(0)).print(out, verbose);
    }

    private void processIds(List<String> values) throws PcpFailure {
        int count = integer(values, 0);
        if (verbose) {
            out.print("No \t | \t PID\n_____________________\n");
        }
        for (int i = 0; i < count; i++) {
            int pid = integer(values, i + 1);
            out.print(verbose ? i + " \t | \t " + pid + "\n" : pid + " ");
        }
        out.print(verbose ? "\nTotal Processes:" + count + "\n" : "\n");
    }

    private void processes(List<List<String>> rows) throws PcpFailure {
        boolean printed = false;
        for (List<String> row : rows) {
            ProcessInfo process = ProcessInfo.parse(row);
            if (all || process.hasDatabase()) {
                printed = true;
                row(process.titles(), process.texts());
            }
        }
        if (!printed) {
            out.print("No process information available\n\n");
        }
    }

    /** Each value on a line with its title and a blank line behind, or all on one line. */
    private void row(List<String> titles, List<String> values) {
        if (!verbose) {
            out.print(String.join(" ", values) + "\n");
            return;
        }
        int width = 0;
        for (String title : titles) {
            width = Math.max(width, title.length());
        }
        StringBuilder block = new StringBuilder();
        for (int i = 0; i < values.size(); i++) {
            String title = titles.get(i);
            block.append(title).append(" ".repeat(width - title.length())).append(" : ");
            block.append(values.get(i)).append('\n');
        }
        out.print(block.append('\n'));
    }

    static int integer(List<String> values, int index) throws PcpFailure {
        return (int) number(values, index, Integer.MAX_VALUE);
    }

    static long number(List<String> values, int index, long highest) throws PcpFailure {
        try {
            long number = Long.parseLong(values.get(index));
            if (number >= Integer.MIN_VALUE && number <= highest) {
                return number;
            }
        } catch (IndexOutOfBoundsException | NumberFormatException e) {
            // as one that is too high
        }
        throw PcpFailure.badReply();
    }

    /** What stands at some places of a row. */
    static List<String> pick(List<String> row, List<Integer> places) {
        List<String> picked = new ArrayList<>();
        for (int place : places) {
            picked.add(row.get(place));
        }
        return picked;
    }
}
