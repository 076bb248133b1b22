package io.trunkline.cli.passwd;

import io.trunkline.cli.program.RawText;
import io.trunkline.cli.program.TerminalPrompt;
import java.io.FileDescriptor;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Supplier;

/** The programs that are known by Pgpool-II's names and not as {@code trunkline} commands. */
public final class PasswordPrograms {
    private PasswordPrograms() {}

    /** Whether a first argument names one of them. */
    public static boolean isOne(String name) {
        return name.equals(PgMd5.NAME) || name.equals(PgEnc.NAME);
    }

    /**
     * Runs one.
     *
     * @param arguments its name first, then its own
     * @param defaultConf the pgpool.conf that is used without {@code -f}
     * @return the exit status
     */
    public static int run(String[] arguments, Supplier<Path> defaultConf) {
        List<String> raw = RawText.arguments(arguments);
        PrintStream out = RawText.output(FileDescriptor.out);
        Program.Surroundings surroundings = new Program.Surroundings(
                out, RawText.output(FileDescriptor.err), TerminalPrompt.onStandardInput(out), defaultConf);
        Program program = arguments[0].equals(PgMd5.NAME) ? new PgMd5(surroundings) : new PgEnc(surroundings);
        return program.run(raw.subList(1, raw.size()));
    }
}
