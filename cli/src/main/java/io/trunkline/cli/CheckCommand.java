package io.trunkline.cli;

import io.trunkline.config.ConfigCheck;
import io.trunkline.config.PgpoolConfig;
import io.trunkline.config.Severity;
import io.trunkline.proxy.passwords.VerifierComparison;
import java.io.PrintWriter;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code trunkline check}. */
@Command(
        name = "check",
        description = {
            "Checks the configuration as a start would, without starting.",
            "With --connect it also asks the nodes whether they have the SCRAM verifiers of pool_passwd.",
            "The exit status is 0 if it is valid, also with warnings, and 1 if there are errors."
        },
        mixinStandardHelpOptions = true,
        sortOptions = false)
final class CheckCommand implements Callable<Integer> {
    @Option(
            names = {"-v", "--verbose"},
            description = "Also shows notes: what is known but has no effect here.")
    private boolean verbose;

    @Option(
            names = "--connect",
            description =
                    "Compares the SCRAM verifiers of pool_passwd with those of the nodes, by beginning a login as each"
                            + " user. Needs no password, takes a few seconds at most, and what cannot be compared is no error.")
    private boolean connect;

    @Mixin
    private ConfigOptions options = new ConfigOptions();

    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    @Override
    public Integer call() {
        ConfigCheck files = options.files();
        ConfigCheck.Outcome outcome = files.run();
        PrintWriter err = spec.commandLine().getErr();
        outcome.diagnostics().stream()
                .filter(diagnostic -> verbose || diagnostic.severity() != Severity.NOTE)
                .forEach(err::println);
        long misfits = verifiers(outcome, err);
        err.println(files.pgpoolConf() + (outcome.exitStatus() == 0 ? " is valid: " : " cannot be used: ")
                + count(outcome.count(Severity.ERROR), "error") + ", "
                + count(outcome.count(Severity.WARNING) + misfits, "warning"));
        err.flush();
        return outcome.exitStatus();
    }

    /** @return how many warnings there are about verifiers that are not those of the nodes */
    private long verifiers(ConfigCheck.Outcome outcome, PrintWriter err) {
        Optional<PgpoolConfig> config = outcome.config();
        VerifierComparison comparison = new VerifierComparison(outcome.passwords());
        if (config.isEmpty() || comparison.size() == 0) {
            return 0;
        }
        if (!connect) {
            err.println("pool_passwd has " + count(comparison.size(), "SCRAM verifier")
                    + "; whether the nodes have the same is told by: trunkline check --connect");
            return 0;
        }
        VerifierComparison.Result result = comparison.run(config.get(), outcome.tls());
        result.misfits().forEach(err::println);
        result.notCompared().forEach(err::println);
        return result.misfits().size();
    }

    private static String count(long number, String what) {
        return number + " " + what + (number == 1 ? "" : "s");
    }
}
