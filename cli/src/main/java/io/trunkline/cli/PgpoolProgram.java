package io.trunkline.cli;

import io.trunkline.cli.program.GetOpt;
import io.trunkline.config.AdministrationParameters;
import io.trunkline.config.CompatVersion;
import io.trunkline.config.ConfigCheck;
import io.trunkline.config.PgpoolConfig;
import io.trunkline.proxy.Version;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;

/**
 * {@code pgpool}: Pgpool-II's command line, put into the words of {@code trunkline}, which does the work (manual, section
 * "pgpool"). All that it says goes to standard error, as Pgpool-II's does.
 */
final class PgpoolProgram {
    static final String NAME = "pgpool";

    /** Those of trunkline that this one needs. */
    static final List<Class<?>> COMMANDS = List.of(StartCommand.class, StopCommand.class, ReloadCommand.class);

    /** Arguments with which it is not to start a server. */
    static final Set<String> OTHER_MODES = Set.of("stop", "reload", "-h", "--help", "-v", "--version");

    /** Of a command line that is wrong, and where a server is running already. */
    private static final int FAILED = 1;

    /** Pgpool-II's status after a message of the level FATAL. */
    private static final int FATAL = 3;

    private static final String LETTERS = "a:df:k:F:hm:nDCxv";
    private static final List<GetOpt.Name> NAMES = List.of(
            GetOpt.Name.withArgument("hba-file", 'a'),
            GetOpt.Name.plain("debug", 'd'),
            GetOpt.Name.withArgument("config-file", 'f'),
            GetOpt.Name.withArgument("key-file", 'k'),
            GetOpt.Name.withArgument("pcp-file", 'F'),
            GetOpt.Name.plain("help", 'h'),
            GetOpt.Name.withArgument("mode", 'm'),
            GetOpt.Name.plain("dont-detach", 'n'),
            GetOpt.Name.plain("discard-status", 'D'),
            GetOpt.Name.plain("clear-oidmaps", 'C'),
            GetOpt.Name.plain("debug-assertions", 'x'),
            GetOpt.Name.plain("version", 'v'));

    /** As trunkline has them, with their arguments. */
    private final List<String> files = new ArrayList<>();

    private final List<String> startOptions = new ArrayList<>();

    private final CommandLine trunkline;
    private final PrintWriter err;
    private @Nullable Path pgpoolConf;
    private String mode = "smart";
    private boolean help;
    private boolean version;

    /** @param trunkline does what is asked for, with its own streams */
    PgpoolProgram(CommandLine trunkline) {
        this.trunkline = trunkline;
        this.err = trunkline.getErr();
        trunkline.setOut(err);
    }

    /** Follows a command line, and tells the exit status. */
    int run(List<String> arguments) {
        try {
            return follow(arguments);
        } catch (GetOpt.Misuse e) {
            err.println(NAME + ": " + e.getMessage());
            return misuse();
        } finally {
            err.flush();
        }
    }

    private int follow(List<String> arguments) throws GetOpt.Misuse {
        GetOpt options = new GetOpt(arguments, LETTERS, NAMES);
        for (GetOpt.Option option = options.next(); option != null; option = options.next()) {
            take(option.letter(), option.argument());
        }
        if (help) {
            usage();
            return 0;
        }
        if (version) {
            err.println(versionLine());
            return 0;
        }
        List<String> operands = options.operands();
        if (operands.isEmpty()) {
            return start();
        }
        if (operands.equals(List.of("stop"))) {
            return execute("stop", List.of("-m", mode)) == 0 ? 0 : FATAL;
        }
        return operands.equals(List.of("reload")) ? execute("reload", List.of()) : misuse();
    }

    private void take(char letter, String argument) throws GetOpt.Misuse {
        switch (letter) {
            case 'f' -> {
                pgpoolConf = Path.of(argument);
                file("-f", argument);
            }
            case 'a', 'F', 'k' -> file("-" + letter, argument);
            case 'n', 'D', 'd' -> startOptions.add("-" + letter);
            case 'm' -> mode = stopMode(argument);
            case 'h' -> help = true;
            case 'v' -> version = true;
            case 'C', 'x' -> {
                // There are no maps of a memcached to clear, and no assertions to turn on.
            }
            default -> throw new IllegalStateException("option " + letter + " is not handled");
        }
    }

    /** The last of several counts, as in Pgpool-II; trunkline takes each option once. */
    private void file(String option, String file) {
        int earlier = files.indexOf(option);
        if (earlier >= 0) {
            files.set(earlier + 1, file);
        } else {
            files.addAll(List.of(option, file));
        }
    }

    /** The first letter says it all. */
    private static String stopMode(String word) throws GetOpt.Misuse {
        return switch (word.isEmpty() ? ' ' : word.charAt(0)) {
            case 's' -> "smart";
            case 'f' -> "fast";
            case 'i' -> "immediate";
            default -> throw new GetOpt.Misuse("\"" + word + "\" is none of smart, fast and immediate");
        };
    }

    private int start() {
        try {
            Optional<RunningServer> running = RunningServer.find(new ConfigCheck(pgpoolConf()));
            if (running.isPresent()) {
                err.println("ERROR: pid file found. is another pgpool("
                        + running.get().pid() + ") is running?");
                return FAILED;
            }
        } catch (CommandFailure e) {
            // Where none can be looked for, the start tells what is wrong, if it is.
        }
        return execute("start", startOptions) == 0 ? 0 : FATAL;
    }

    private int execute(String command, List<String> options) {
        List<String> arguments = new ArrayList<>(List.of(command));
        options.stream().distinct().forEach(arguments::add);
        arguments.addAll(files);
        return trunkline.execute(arguments.toArray(String[]::new));
    }

    private Path pgpoolConf() {
        return Optional.ofNullable(pgpoolConf).orElseGet(ConfigOptions::findPgpoolConf);
    }

    private String versionLine() {
        return "pgpool-II version " + compatVersion().number() + " (trunkline " + Version.TRUNKLINE + ")";
    }

    /** As the pgpool.conf has it; the newest where there is none. */
    private CompatVersion compatVersion() {
        try {
            return PgpoolConfig.read(pgpoolConf()).readable().get(AdministrationParameters.PGPOOL_COMPAT_VERSION);
        } catch (CommandFailure noFile) {
            return AdministrationParameters.PGPOOL_COMPAT_VERSION.defaultValue();
        }
    }

    private int misuse() {
        usage();
        return FAILED;
    }

    private void usage() {
        err.println(versionLine() + ",");
        err.print("""
                  a proxy for PostgreSQL that takes the configuration of Pgpool-II

                Usage:
                  pgpool [ -f CONFIG_FILE ] [ -F PCP_CONFIG_FILE ] [ -a HBA_CONFIG_FILE ] [ -k KEY_FILE ]
                         [ -n ] [ -D ] [ -d ]
                  pgpool [ -f CONFIG_FILE ] [ -m SHUTDOWN-MODE ] stop
                  pgpool [ -f CONFIG_FILE ] reload

                Common options:
                  -f, --config-file=CONFIG_FILE  pgpool.conf; by default etc/pgpool.conf beside the program,
                                      or else /etc/pgpool2/pgpool.conf or /etc/pgpool-II/pgpool.conf
                  -a, --hba-file=HBA_CONFIG_FILE  pool_hba.conf; by default the one beside pgpool.conf
                  -F, --pcp-file=PCP_CONFIG_FILE  pcp.conf; by default the one beside pgpool.conf
                  -k, --key-file=KEY_FILE  key of encrypted passwords; by default the file that
                                      PGPOOLKEYFILE names, or else ~/.pgpoolkey
                  -h, --help          print this help
                  -v, --version       print the version

                Start options:
                  -n, --dont-detach   stay in the foreground, and log to standard error
                  -D, --discard-status  try nodes again that were out of service
                  -d, --debug         log messages for debugging
                  -C, --clear-oidmaps, -x, --debug-assertions  have no effect

                Stop options:
                  -m, --mode=SHUTDOWN-MODE  smart waits until the clients have left (the default),
                                      fast ends their sessions, immediate waits for nothing

                "trunkline --help" lists the commands that Pgpool-II does not have.
                """);
    }
}
