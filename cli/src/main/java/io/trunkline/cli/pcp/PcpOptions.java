package io.trunkline.cli.pcp;

import io.trunkline.cli.program.GetOpt;
import java.io.PrintStream;
import java.util.List;
import java.util.Map;

/** The command line of a program. */
final class PcpOptions {
    /** How many nodes Pgpool-II can have. */
    private static final int MAX_NODES = 128;

    private static final int LOWEST_PORT = 1025;
    private static final int HIGHEST_PORT = 65535;

    /** All programs know the names of all options. */
    private static final List<GetOpt.Name> NAMES = List.of(
            GetOpt.Name.plain("help", '?'),
            GetOpt.Name.plain("debug", 'd'),
            GetOpt.Name.plain("version", 'V'),
            GetOpt.Name.withArgument("host", 'h'),
            GetOpt.Name.withArgument("port", 'p'),
            GetOpt.Name.withArgument("process-id", 'P'),
            GetOpt.Name.withArgument("username", 'U'),
            GetOpt.Name.plain("no-password", 'w'),
            GetOpt.Name.plain("password", 'W'),
            GetOpt.Name.withArgument("mode", 'm'),
            GetOpt.Name.withArgument("scope", 's'),
            GetOpt.Name.plain("gracefully", 'g'),
            GetOpt.Name.plain("switchover", 's'),
            GetOpt.Name.plain("verbose", 'v'),
            GetOpt.Name.plain("all", 'a'),
            GetOpt.Name.withArgument("node-id", 'n'),
            GetOpt.Name.withArgument("watchdog-id", 'n'));

    private static final Map<String, Character> MODES =
            Map.of("s", 's', "smart", 's', "f", 'f', "fast", 'f', "i", 'i', "immediate", 'i');
    private static final Map<String, Character> SCOPES = Map.of("c", 'c', "cluster", 'c', "l", 'l', "local", 'l');

    private final Tool tool;

    /** Empty for the UNIX socket in the default directory. */
    String host = "";

    int port = 9898;

    /** Empty for whoever runs the program. */
    String user = "";

    /** -1 for none, or all. */
    int node = -1;

    /** 0 for all. */
    int process;

    char mode = 's';
    char scope = 'l';
    boolean all;
    boolean debug;
    boolean verbose;
    boolean gracefully;
    boolean switchover;

    boolean promptNever;
    boolean promptAlways;

    boolean help;
    boolean version;

    private PcpOptions(Tool tool) {
        this.tool = tool;
    }

    /**
     * Reads a command line.
     *
     * @param err told of what is ignored
     */
    static PcpOptions parse(Tool tool, List<String> arguments, PrintStream err) throws PcpFailure {
        PcpOptions options = new PcpOptions(tool);
        if (!arguments.isEmpty()
                && (arguments.get(0).equals("-?") || arguments.get(0).equals("-V"))) {
            options.help = arguments.get(0).equals("-?");
            options.version = !options.help;
            return options;
        }
        GetOpt line = new GetOpt(arguments, tool.letters(), NAMES);
        try {
            for (GetOpt.Option option = line.next(); option != null; option = line.next()) {
                options.take(option.letter(), option.argument());
            }
        } catch (GetOpt.Misuse e) {
            throw PcpFailure.of(tool.program() + ": " + e.getMessage() + "\n" + options.tryHelp());
        }
        if (!options.help && !options.version) {
            options.takeOperands(line.operands(), err);
        }
        return options;
    }

    private void take(char letter, String argument) throws PcpFailure {
        switch (letter) {
            case '?' -> help = true;
            case 'V' -> version = true;
            case 'd' -> debug = true;
            case 'a' -> all = true;
            case 'v' -> verbose = true;
            case 'g' -> gracefully = true;
            case 'w' -> promptNever(true);
            case 'W' -> promptNever(false);
            case 'h' -> host = argument;
            case 'U' -> user = argument;
            case 'p' ->
                port = number("port number", argument, LOWEST_PORT, HIGHEST_PORT, "between 1024 and " + HIGHEST_PORT);
            case 'P' -> process = processId(argument);
            case 'n' -> node = tool.operand() == Tool.Operand.WATCHDOG_NODE ? watchdogId(argument) : nodeId(argument);
            case 'm' -> mode = shutdownMode(argument);
            case 's' -> takeS(argument);
            default -> throw new IllegalStateException("option " + letter + " is not handled");
        }
    }

    /** The last of -w and -W counts. */
    private void promptNever(boolean never) {
        promptNever = never;
        promptAlways = !never;
    }

    /** The letter means two things. */
    private void takeS(String argument) throws PcpFailure {
        if (tool == Tool.PCP_PROMOTE_NODE) {
            switchover = true;
        } else if (tool.takesScope()) {
            Character known = SCOPES.get(argument);
            if (known == null) {
                throw PcpFailure.of(tool.program() + ": Invalid command scope \"" + argument
                        + "\", must be either \"cluster\" or \"local\" ");
            }
            scope = known;
        } else {
            throw invalidArgument(argument);
        }
    }

    private char shutdownMode(String argument) throws PcpFailure {
        if (tool != Tool.PCP_STOP_PGPOOL) {
            throw invalidArgument(argument);
        }
        Character known = MODES.get(argument);
        if (known == null) {
            throw PcpFailure.of(tool.program() + ": Invalid shutdown mode \"" + argument
                    + "\", must be either \"smart\" \"immediate\" or \"fast\" ");
        }
        return known;
    }

    private void takeOperands(List<String> operands, PrintStream err) throws PcpFailure {
        for (String operand : operands) {
            if (tool.operand() == Tool.Operand.PROCESS && process == 0) {
                process = processId(operand);
            } else if (tool.operand() == Tool.Operand.WATCHDOG_NODE && node < 0) {
                node = watchdogId(operand);
            } else if ((tool.operand() == Tool.Operand.NODE || tool.operand() == Tool.Operand.NODE_OR_ALL)
                    && node < 0) {
                node = nodeId(operand);
            } else {
                err.print(tool.program() + ": Warning: extra command-line argument \"" + operand + "\" ignored\n");
            }
        }
        if (tool.operand() == Tool.Operand.NODE && node < 0) {
            throw PcpFailure.of(tool.program() + ": missing node-id\n" + tryHelp());
        }
    }

    private int nodeId(String text) throws PcpFailure {
        return number("node-id", text, 0, MAX_NODES, "between 0 and " + MAX_NODES);
    }

    private int watchdogId(String text) throws PcpFailure {
        return number("watchdog-id", text, 0, Integer.MAX_VALUE, "a positive number or zero for a local watchdog node");
    }

    private int processId(String text) throws PcpFailure {
        return number("process-id", text, 1, Integer.MAX_VALUE, "greater than 0");
    }

    /** Pgpool-II's programs take the digits at the beginning, and 0 where there are none: node "db1" is node 0. */
    private int number(String what, String text, int lowest, int highest, String bounds) throws PcpFailure {
        try {
            int number = Integer.parseInt(text);
            if (number >= lowest && number <= highest) {
                return number;
            }
        } catch (NumberFormatException noNumber) {
            // as one out of bounds
        }
        throw PcpFailure.withoutStatus(tool.program() + ": Invalid " + what + " \"" + text + "\", must be " + bounds);
    }

    private PcpFailure invalidArgument(String argument) {
        return PcpFailure.of(
                "Invalid argument \"" + argument + "\", Try \"" + tool.program() + " --help\" for more information.");
    }

    private String tryHelp() {
        return "Try \"" + tool.program() + " --help\" for more information.\n";
    }
}
