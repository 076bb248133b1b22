package io.trunkline.cli.pcp;

import java.util.Locale;
import java.util.Optional;

/** The programs, with the letters of the options that Pgpool-II's take. */
enum Tool {
    PCP_ATTACH_NODE("n:h:p:U:wWvd", Operand.NODE, "puts a node into service"),
    PCP_DETACH_NODE("n:h:p:U:gwWvd", Operand.NODE, "takes a node out of service"),
    PCP_NODE_COUNT("h:p:U:wWvd", Operand.NONE, "shows how many nodes there are"),
    PCP_NODE_INFO("n:h:p:U:awWvd", Operand.NODE_OR_ALL, "shows the nodes"),
    PCP_HEALTH_CHECK_STATS("n:h:p:U:wWvd", Operand.NODE, "shows what has come of the health checks of a node"),
    PCP_POOL_STATUS("h:p:U:wWvd", Operand.NONE, "shows the configuration"),
    PCP_PROC_COUNT("h:p:U:wWvd", Operand.NONE, "lists the process ids"),
    PCP_PROC_INFO("h:p:P:U:awWvd", Operand.PROCESS, "shows the processes and their connections"),
    PCP_PROMOTE_NODE("n:h:p:U:gswWvd", Operand.NODE, "makes a node the primary"),
    PCP_RECOVERY_NODE("n:h:p:U:wWvd", Operand.NODE, "makes a node a standby of the primary by online recovery"),
    PCP_STOP_PGPOOL("m:h:p:U:s:wWvda", Operand.NONE, "stops the server"),
    PCP_WATCHDOG_INFO("n:h:p:U:wWvd", Operand.WATCHDOG_NODE, "shows the nodes of the watchdog"),
    PCP_RELOAD_CONFIG("h:p:U:s:wWvd", Operand.NONE, "makes the server read its configuration again"),
    PCP_LOG_ROTATE("h:p:U:s:wWvd", Operand.NONE, "makes the server begin a new log file"),
    PCP_INVALIDATE_QUERY_CACHE("h:p:U:wWvd", Operand.NONE, "empties the query cache");

    /** What an argument that is no option says. */
    enum Operand {
        NONE,
        /** One that must be there. */
        NODE,
        NODE_OR_ALL,
        PROCESS,
        WATCHDOG_NODE
    }

    private final String letters;
    private final Operand operand;
    private final String purpose;

    Tool(String letters, Operand operand, String purpose) {
        this.letters = letters;
        this.operand = operand;
        this.purpose = purpose;
    }

    /** The tool that a program's name stands for. */
    static Optional<Tool> named(String program) {
        for (Tool tool : values()) {
            if (tool.program().equals(program)) {
                return Optional.of(tool);
            }
        }
        return Optional.empty();
    }

    String program() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** As {@link io.trunkline.cli.program.GetOpt} takes them. */
    String letters() {
        return letters;
    }

    Operand operand() {
        return operand;
    }

    String purpose() {
        return purpose;
    }

    boolean takesScope() {
        return letters.contains("s:");
    }
}
