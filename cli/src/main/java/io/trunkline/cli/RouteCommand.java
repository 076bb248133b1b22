package io.trunkline.cli;

import io.trunkline.config.ConfigReading;
import io.trunkline.config.Diagnostic;
import io.trunkline.config.PgpoolConfig;
import io.trunkline.config.Severity;
import io.trunkline.proxy.route.RoutingRules;
import io.trunkline.proxy.route.StatementPlanner;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code trunkline route}. */
@Command(
        name = "route",
        description = {
            "Tells where SQL would go by its text and the configuration alone, without a server, and why.",
            "Reads files, or else standard input, split at semicolons as psql does, and prints a line for each query"
                    + " string. EXPLAIN ROUTE in a session tells what the catalog and the nodes say besides."
        },
        mixinStandardHelpOptions = true,
        sortOptions = false)
final class RouteCommand implements Callable<Integer> {
    private static final String STANDARD_INPUT = "-";

    /** What the error is about that a configuration has no node, which is no error here. */
    private static final String FIRST_NODE = "backend_hostname0";

    @Option(
            names = "-f",
            paramLabel = "FILE",
            description =
                    "The pgpool.conf whose rules hold; one without nodes is taken to have a standby. Without this option the"
                            + " defaults hold, with load balancing on.")
    private @Nullable Path pgpoolConf;

    @Option(
            names = "--format",
            paramLabel = "FORMAT",
            description = "text (the default), tsv, or json: an object on each line.")
    private RouteFormat format = RouteFormat.TEXT;

    @Option(names = "--jsonl", description = "Each line of the input is one query string, as a JSON string.")
    private boolean jsonLines;

    @Parameters(arity = "0..*", paramLabel = "FILE", description = "Files with SQL; - is standard input.")
    private List<String> files = new ArrayList<>();

    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    @Override
    public Integer call() {
        RoutingRules rules = rules();
        StatementPlanner planner = new StatementPlanner();
        PrintWriter out = spec.commandLine().getOut();
        RouteLines lines = new RouteLines(format, out);
        lines.header();
        for (String file : files.isEmpty() ? List.of(STANDARD_INPUT) : files) {
            QueryStrings queries =
                    jsonLines ? QueryStrings.ofJsonLines(file, read(file)) : QueryStrings.ofScript(read(file));
            for (Optional<byte[]> sql = queries.next(); sql.isPresent(); sql = queries.next()) {
                lines.line(planner.route(sql.get(), rules));
            }
        }
        out.flush();
        return 0;
    }

    private RoutingRules rules() {
        if (pgpoolConf == null) {
            return RoutingRules.withStandby(PgpoolConfig.parse("defaults", "").readable());
        }
        ConfigReading reading = PgpoolConfig.read(pgpoolConf);
        PgpoolConfig config = reading.readable();
        boolean fragment = config.nodes().isEmpty();
        List<Diagnostic> errors = reading.diagnostics().stream()
                .filter(diagnostic -> diagnostic.severity() == Severity.ERROR)
                .filter(diagnostic -> !(fragment && diagnostic.parameter().equals(Optional.of(FIRST_NODE))))
                .toList();
        if (!errors.isEmpty()) {
            errors.forEach(spec.commandLine().getErr()::println);
            throw new CommandFailure("the configuration has errors");
        }
        return fragment ? RoutingRules.withStandby(config) : RoutingRules.of(config);
    }

    private byte[] read(String file) {
        try {
            if (file.equals(STANDARD_INPUT)) {
                InputStream in = System.in;
                return in.readAllBytes();
            }
            return Files.readAllBytes(Path.of(file));
        } catch (IOException e) {
            throw new ParameterException(spec.commandLine(), "cannot read " + file + ": " + e);
        }
    }
}
