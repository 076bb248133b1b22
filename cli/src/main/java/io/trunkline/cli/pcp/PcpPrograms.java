package io.trunkline.cli.pcp;

import io.trunkline.cli.program.RawText;
import io.trunkline.cli.program.TerminalPrompt;
import java.io.FileDescriptor;
import java.io.PrintStream;
import java.util.List;

/** The {@code pcp_*} programs, which are known by Pgpool-II's names and not as {@code trunkline} commands. */
public final class PcpPrograms {
    private PcpPrograms() {}

    /** Whether a first argument names one of them. */
    public static boolean isOne(String name) {
        return name.startsWith("pcp_") && Tool.named(name).isPresent();
    }

    /**
     * Runs one.
     *
     * @param arguments its name first, then its own
     * @return the exit status
     */
    public static int run(String[] arguments) {
        List<String> raw = RawText.arguments(arguments);
        PrintStream err = RawText.output(FileDescriptor.err);
        PcpProgram.Surroundings surroundings = new PcpProgram.Surroundings(
                RawText.output(FileDescriptor.out), err, TerminalPrompt.onControllingTerminal(err), System.getenv());
        return new PcpProgram(Tool.named(arguments[0]).orElseThrow(), surroundings).run(raw.subList(1, raw.size()));
    }
}
