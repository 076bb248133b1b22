package io.trunkline.cli.passwd;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.trunkline.cli.CommandFailure;
import io.trunkline.cli.ConfigOptions;
import io.trunkline.cli.program.RawText;
import io.trunkline.cli.program.SecretPrompt;
import io.trunkline.cli.program.TerminalPrompt;
import io.trunkline.config.PgpoolConfig;
import io.trunkline.config.PoolPasswd;
import io.trunkline.config.PoolPasswdLine;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code trunkline passwd}. */
@Command(
        name = "passwd",
        description = {
            "Writes users into pool_passwd without their passwords: with SCRAM verifiers, or md5 hashes where a server has"
                    + " those.",
            "With --from they are read from a server's pg_authid, by a superuser. Otherwise each user's password is asked"
                    + " for twice and tried on the nodes, whose salt the verifier then has. A running server takes the"
                    + " file in at trunkline reload.",
            "The exit status is 0 if all users were written, else 1."
        },
        mixinStandardHelpOptions = true,
        sortOptions = false)
public final class PasswdCommand implements Callable<Integer> {
    @Option(
            names = "-f",
            paramLabel = "FILE",
            description = "The pgpool.conf, which tells the nodes and the name of pool_passwd.")
    private @Nullable Path pgpoolConf;

    @Option(
            names = "--from",
            paramLabel = "CONNECTION",
            description =
                    "The server to read from: 'host=... port=... user=... dbname=...'. What is left out comes from"
                            + " PGHOST, PGPORT, PGUSER and PGDATABASE, and the password from PGPASSWORD, ~/.pgpass or a prompt.")
    private @Nullable String from;

    @Option(names = "--all", description = "With --from: all roles with a password that can log in.")
    private boolean all;

    @Option(
            names = "--no-server",
            description = "Asks no node: a new salt is used. Such a verifier lets clients in, but not Trunkline in to"
                    + " the nodes.")
    private boolean withoutServer;

    @Option(names = "--stdout", description = "Prints the lines instead of writing them into pool_passwd.")
    private boolean toStandardOutput;

    @Parameters(arity = "0..*", paramLabel = "USER", description = "The users.")
    private List<String> users = new ArrayList<>();

    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    private final SecretPrompt prompt;
    private final InputStream in;
    private final Map<String, String> environment;

    public PasswdCommand() {
        this(TerminalPrompt.onStandardInput(System.err), System.in, System.getenv());
    }

    /** @param in where a password is read from if it is no terminal */
    PasswdCommand(SecretPrompt prompt, InputStream in, Map<String, String> environment) {
        this.prompt = prompt;
        this.in = in;
        this.environment = environment;
    }

    @Override
    public Integer call() {
        requireSense();
        PrintWriter err = spec.commandLine().getErr();
        List<String> names = new ArrayList<>(new LinkedHashSet<>(users));
        Map<String, String> entries = new LinkedHashMap<>();
        boolean complete;
        if (from == null) {
            Path conf = conf();
            NewPasswords passwords = new NewPasswords(prompt, in, err);
            complete = passwords.enter(names, withoutServer ? List.of() : Node.of(config(conf)), entries);
        } else {
            FetchedPasswords passwords =
                    new FetchedPasswords(ConnectionString.parse(from, environment), prompt, in, err);
            complete = all ? passwords.fetchAll(entries) : passwords.fetch(names, entries);
        }
        err.flush();
        if (toStandardOutput) {
            PrintWriter out = spec.commandLine().getOut();
            entries.forEach((user, entry) -> out.print(PoolPasswdLine.escape(user) + ":" + entry + "\n"));
            out.flush();
        } else if (!entries.isEmpty()) {
            write(entries);
        }
        return complete ? 0 : 1;
    }

    private void requireSense() {
        String wrong = "";
        if (all && from == null) {
            wrong = "--all needs --from";
        } else if (all && !users.isEmpty()) {
            wrong = "--all and users exclude each other";
        } else if (!all && users.isEmpty()) {
            wrong = "Missing user, or --all";
        } else if (withoutServer && from != null) {
            wrong = "--no-server and --from exclude each other";
        }
        if (!wrong.isEmpty()) {
            throw new ParameterException(spec.commandLine(), wrong);
        }
    }

    private Path conf() {
        return ConfigOptions.requireReadable(pgpoolConf != null ? pgpoolConf : ConfigOptions.findPgpoolConf());
    }

    /** What the lines without errors say, so that a password can be changed while something else is being edited. */
    private static PgpoolConfig config(Path conf) {
        return PgpoolConfig.read(conf).readable();
    }

    private void write(Map<String, String> entries) {
        Path conf = conf();
        Path path = PoolPasswd.file(conf, config(conf))
                .orElseThrow(
                        () -> new CommandFailure("pool_passwd is empty in " + conf + ": there is no file to write"));
        Map<String, String> raw = new LinkedHashMap<>();
        entries.forEach((user, entry) -> raw.put(RawText.of(user.getBytes(UTF_8)), entry));
        try {
            PasswordFile.Change change = new PasswordFile(path, conf).put(raw);
            PrintWriter out = spec.commandLine().getOut();
            out.println(path + ": " + change.added() + " added, " + change.replaced() + " replaced, "
                    + change.unchanged() + " unchanged");
            out.flush();
        } catch (IOException e) {
            throw new CommandFailure(String.valueOf(e.getMessage()), e);
        }
    }
}
