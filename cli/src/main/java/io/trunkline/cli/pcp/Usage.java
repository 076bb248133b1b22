package io.trunkline.cli.pcp;

import java.io.PrintStream;

/** What {@code --help} prints. */
final class Usage {
    private Usage() {}

    static void print(Tool tool, PrintStream err) {
        String operand = switch (tool.operand()) {
            case NODE, NODE_OR_ALL -> "[node-id]";
            case PROCESS -> "[process-id]";
            case WATCHDOG_NODE -> "[watchdog-id]";
            case NONE -> "";
        };
        StringBuilder text = new StringBuilder(tool.program() + " - " + tool.purpose() + "\nUsage:\n");
        text.append(tool.program()).append(" [OPTION...] ").append(operand).append("\nOptions:\n");
        text.append("""
                  -U, --username=NAME    administrator, as pcp.conf has it; by default whoever runs this
                  -h, --host=HOSTNAME    host of the server, or directory of its UNIX socket; by default /tmp
                  -p, --port=PORT        PCP port (9898)
                  -w, --no-password      never ask for the password
                  -W, --password         ask for it even if the password file has it
                """);
        switch (tool.operand()) {
            case NODE, NODE_OR_ALL -> text.append("  -n, --node-id=NODEID   number of the node\n");
            case PROCESS -> text.append("  -P, --process-id=PID   one process instead of all\n");
            case WATCHDOG_NODE -> text.append("""
                      -n, --watchdog-id=ID   one node instead of all; 0 is the server's own
                    """);
            case NONE -> {
                // nothing to name
            }
        }
        if (tool == Tool.PCP_NODE_INFO || tool == Tool.PCP_PROC_INFO) {
            text.append("  -a, --all              leave out nothing that is not in use\n");
        }
        if (tool == Tool.PCP_STOP_PGPOOL) {
            text.append("  -m, --mode=MODE        smart, fast or immediate\n");
        }
        if (tool.takesScope()) {
            text.append("  -s, --scope=SCOPE      local, or cluster for all servers of the watchdog's cluster\n");
        }
        if (tool == Tool.PCP_DETACH_NODE || tool == Tool.PCP_PROMOTE_NODE) {
            text.append("  -g, --gracefully       let sessions come to an end first\n");
        }
        if (tool == Tool.PCP_PROMOTE_NODE) {
            text.append("  -s, --switchover       have the node promoted, instead of taking note that it was\n");
        }
        text.append("""
                  -d, --debug            show the packets
                  -v, --verbose          show values with their names
                  -?, --help             print this help
                  -V, --version          print the version

                The password is looked for in the file that PCPPASSFILE names, or else in ~/.pcppass
                (lines of host:port:user:password, mode 0600). The status is 1 if the server refuses;
                with TRUNKLINE_PCP_STATUS=pgpool in the environment it is 0 then, as with Pgpool-II.

                """);
        err.print(text);
    }
}
