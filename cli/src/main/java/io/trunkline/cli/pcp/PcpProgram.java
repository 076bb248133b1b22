package io.trunkline.cli.pcp;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.trunkline.cli.program.PassFile;
import io.trunkline.cli.program.RawText;
import io.trunkline.cli.program.SecretPrompt;
import io.trunkline.config.CompatVersion;
import io.trunkline.proxy.Version;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** One run of a program. */
final class PcpProgram {
    /** Set to {@code pgpool}, a refusal by the server is told on standard error alone, as Pgpool-II's programs do. */
    static final String STATUS_VARIABLE = "TRUNKLINE_PCP_STATUS";

    private static final int FAILED = 1;

    /** Where a program talks to: tests have others. */
    record Surroundings(PrintStream out, PrintStream err, SecretPrompt prompt, Map<String, String> environment) {}

    private final Tool tool;
    private final PrintStream out;
    private final PrintStream err;
    private final SecretPrompt prompt;
    private final Map<String, String> environment;

    PcpProgram(Tool tool, Surroundings surroundings) {
        this.tool = tool;
        out = surroundings.out();
        err = surroundings.err();
        prompt = surroundings.prompt();
        environment = surroundings.environment();
    }

    /** @return the exit status */
    int run(List<String> arguments) {
        try {
            PcpOptions options = PcpOptions.parse(tool, arguments, err);
            if (options.help) {
                Usage.print(tool, err);
            } else if (options.version) {
                err.print(tool.program() + " (pgpool-II) " + CompatVersion.V4_7.number() + " (trunkline "
                        + Version.TRUNKLINE + ")\n");
            } else {
                ask(options);
            }
            return 0;
        } catch (PcpFailure e) {
            err.print(e.getMessage() + "\n");
            return e.successForPgpool() && "pgpool".equals(environment.get(STATUS_VARIABLE)) ? 0 : FAILED;
        } finally {
            out.flush();
            err.flush();
        }
    }

    private void ask(PcpOptions options) throws PcpFailure {
        String user = options.user.isEmpty() ? RawText.of(System.getProperty("user.name", "")) : options.user;
        String password = password(options, user);
        try (PcpConnection connection = logIn(options, user, password)) {
            PcpRequest request = PcpRequest.of(tool, options);
            connection.send(request.letter(), request.content());
            new Output(out, options).print(tool, Reply.read(connection, request));
        }
    }

    private PcpConnection logIn(PcpOptions options, String user, String password) throws PcpFailure {
        PcpConnection connection = PcpConnection.open(options.host, options.port, options.debug ? out : null);
        try {
            connection.login(user, password);
            return connection;
        } catch (PcpFailure e) {
            connection.close();
            throw PcpFailure.of(String.valueOf(e.getMessage()));
        }
    }

    /** Since 4.5 Pgpool-II's programs look into the file before they ask. */
    private String password(PcpOptions options, String user) throws PcpFailure {
        String typed = options.promptAlways ? ask() : "";
        if (!typed.isEmpty()) {
            return typed;
        }
        try {
            String host = options.host.isEmpty() || options.host.equals(PcpConnection.DEFAULT_DIRECTORY)
                    ? "localhost"
                    : options.host;
            List<String> wanted = List.of(host, Integer.toString(options.port), user);
            Optional<String> found = PassFile.find(passwordFile(), ISO_8859_1, wanted);
            if (found.isPresent()) {
                return found.get();
            }
        } catch (IOException e) {
            String problem = e instanceof PassFile.Unusable
                    ? String.valueOf(e.getMessage())
                    : "password file " + passwordFile() + " cannot be read: " + e.getMessage();
            err.print("WARNING: " + problem + "\n");
        }
        return options.promptNever || options.promptAlways ? "" : ask();
    }

    private Path passwordFile() {
        String named = environment.getOrDefault("PCPPASSFILE", "");
        return named.isEmpty() ? Path.of(System.getProperty("user.home", ""), ".pcppass") : Path.of(named);
    }

    private String ask() throws PcpFailure {
        try {
            return prompt.ask("Password: ");
        } catch (IOException e) {
            throw PcpFailure.of("ERROR: the password cannot be read: " + e.getMessage());
        }
    }
}
