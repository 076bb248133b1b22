package io.trunkline.cli.passwd;

import io.trunkline.cli.CommandFailure;
import io.trunkline.cli.program.GetOpt;
import io.trunkline.cli.program.ProgramFailure;
import io.trunkline.cli.program.RawText;
import io.trunkline.cli.program.SecretPrompt;
import io.trunkline.config.PgpoolConfig;
import io.trunkline.config.PoolPasswd;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What {@code pg_md5} and {@code pg_enc} have in common. On the same command line they do what those of Pgpool-II 4.3.5
 * do, but where that would harm: docs/operations.md lists where they differ.
 *
 * <p>Strings are {@link RawText}.
 */
abstract class Program {
    /** Pgpool-II's bound for user names and passwords, in bytes. */
    static final int MAX_LENGTH = 128;

    static final int FAILED = 1;

    /** Where a program talks to: tests have others. */
    record Surroundings(PrintStream out, PrintStream err, SecretPrompt prompt, Supplier<Path> defaultConf) {}

    /** A line of an input file. An empty user is whoever runs the program. */
    record Pair(int line, String user, String password) {
        /** Without the password. */
        @Override
        public String toString() {
            return line + ": " + user;
        }
    }

    final PrintStream out;
    final PrintStream err;
    final SecretPrompt prompt;
    private final Supplier<Path> defaultConf;
    private @Nullable String conf;

    final Entries entries = new Entries();

    /** Whether the entry for pool_passwd is written, instead of what it has of the password being printed. */
    boolean forFile;

    boolean prompted;

    /** Empty for whoever runs the program. */
    String user = "";

    @Nullable
    String input;

    Program(Surroundings surroundings) {
        out = surroundings.out();
        err = surroundings.err();
        prompt = surroundings.prompt();
        defaultConf = surroundings.defaultConf();
    }

    abstract String name();

    /** Follows the options, and does what they say. */
    abstract int follow(List<String> arguments) throws GetOpt.Misuse, ProgramFailure;

    abstract void usage(PrintStream to);

    /** @return the exit status; as those of the C programs, a wrong option is none to complain about */
    final int run(List<String> arguments) {
        try {
            return follow(arguments);
        } catch (GetOpt.Misuse e) {
            err.println(name() + ": " + e.getMessage());
            usage(out);
            return 0;
        } catch (ProgramFailure e) {
            err.print(e.getMessage());
            return FAILED;
        } finally {
            out.flush();
            err.flush();
        }
    }

    /** Follows an option that both programs have. @return whether it is one */
    final boolean takes(GetOpt.Option option) throws ProgramFailure {
        switch (option.letter()) {
            case 'p' -> prompted = true;
            case 'm' -> forFile = true;
            case 'f' -> conf = option.argument();
            case 'i' -> input = option.argument();
            case 'u' -> user = checkedUser(option.argument());
            default -> {
                return false;
            }
        }
        return true;
    }

    private static String checkedUser(String user) throws ProgramFailure {
        if (user.length() > MAX_LENGTH) {
            throw new ProgramFailure("Error: input exceeds maximum username length!\n\n");
        }
        return user;
    }

    final String ask(String what) throws ProgramFailure {
        try {
            return prompt.ask(what);
        } catch (SecretPrompt.NoTerminal e) {
            throw new ProgramFailure(e.getMessage() + "\n");
        } catch (IOException e) {
            throw new ProgramFailure("Couldn't read input from stdin. (" + e.getMessage() + ")\n");
        }
    }

    /** Takes the good lines of an input file, and tells what is wrong with the others. */
    interface PairSink {
        void pair(Pair pair) throws ProgramFailure;

        void blank(int line);

        void wrong(int line, String problem);
    }

    /** Reads lines {@code user:password}. */
    final void readPairs(String file, PairSink sink) throws ProgramFailure {
        out.println("trying to read username:password pairs from file " + file);
        int line = 0;
        for (String text : lines(file)) {
            line++;
            int colon = text.indexOf(':');
            if (text.isEmpty()) {
                sink.blank(line);
            } else if (colon < 0 || colon == text.length() - 1) {
                sink.wrong(line, "invalid username:password pair");
            } else if (colon > MAX_LENGTH) {
                sink.wrong(line, "input exceeds maximum username length " + MAX_LENGTH);
            } else if (text.length() - colon - 1 > MAX_LENGTH) {
                sink.wrong(line, "input exceeds maximum password length " + MAX_LENGTH);
            } else {
                sink.pair(new Pair(line, text.substring(0, colon), text.substring(colon + 1)));
            }
        }
    }

    private static List<String> lines(String file) throws ProgramFailure {
        String text;
        try (InputStream in = new FileInputStream(RawText.path(file).toFile())) {
            text = RawText.of(in.readNBytes(16 << 20));
        } catch (IOException e) {
            // Java's message is the name and the system's reason in brackets.
            String message = String.valueOf(e.getMessage());
            int bracket = message.lastIndexOf('(');
            String reason = bracket < 0 ? "(" + message + ")" : message.substring(bracket);
            throw new ProgramFailure("failed to open input_file \"" + file + "\" " + reason + "\n\n");
        }
        List<String> lines = new ArrayList<>();
        for (int start = 0; start < text.length(); ) {
            int end = text.indexOf('\n', start);
            end = end < 0 ? text.length() : end;
            lines.add(text.substring(start, end));
            start = end + 1;
        }
        return lines;
    }

    /** The file that pgpool.conf names. What else is wrong with pgpool.conf is of no interest here. */
    private PasswordFile passwordFile() throws ProgramFailure {
        String named = conf;
        Path pgpoolConf;
        try {
            pgpoolConf = named == null ? defaultConf.get() : RawText.path(named);
        } catch (CommandFailure e) {
            throw new ProgramFailure(e.getMessage() + "\n");
        }
        if (!Files.isRegularFile(pgpoolConf) || !Files.isReadable(pgpoolConf)) {
            throw new ProgramFailure("WARNING: pid " + ProcessHandle.current().pid()
                    + ": could not open configuration file: \"" + (named == null ? pgpoolConf : named) + "\"\n"
                    + "Unable to get configuration. Exiting...\n\n");
        }
        PgpoolConfig config = PgpoolConfig.read(pgpoolConf).readable();
        Optional<Path> file = PoolPasswd.file(pgpoolConf, config);
        if (file.isEmpty()) {
            throw new ProgramFailure("pool_passwd is empty in " + pgpoolConf + ": there is no file to write\n");
        }
        return new PasswordFile(file.get(), pgpoolConf);
    }

    /** The entries for pool_passwd that have come together; written at once, at the end. */
    final class Entries {
        private final Map<String, String> entries = new LinkedHashMap<>();
        private @Nullable PasswordFile target;

        void put(String user, String entry) throws ProgramFailure {
            if (target == null) {
                target = passwordFile();
            }
            entries.put(user, entry);
        }

        void write() throws ProgramFailure {
            if (target == null) {
                return;
            }
            try {
                target.put(entries);
            } catch (IOException e) {
                throw new ProgramFailure(e.getMessage() + "\n");
            }
        }
    }

    static String userOrOwn(String user) {
        return user.isEmpty() ? RawText.of(System.getProperty("user.name", "")) : user;
    }
}
