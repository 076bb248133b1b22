package io.trunkline.cli.passwd;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.BufferedOutputStream;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
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
        PrintStream out = stream(FileDescriptor.out);
        Program.Surroundings surroundings = new Program.Surroundings(
                out, stream(FileDescriptor.err), new TerminalPrompt(System.in, out), defaultConf);
        Program program = arguments[0].equals(PgMd5.NAME) ? new PgMd5(surroundings) : new PgEnc(surroundings);
        return program.run(raw.subList(1, raw.size()));
    }

    private static PrintStream stream(FileDescriptor descriptor) {
        return new PrintStream(new BufferedOutputStream(new FileOutputStream(descriptor)), false, ISO_8859_1);
    }
}
