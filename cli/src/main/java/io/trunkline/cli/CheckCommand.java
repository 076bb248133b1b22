package io.trunkline.cli;

import io.trunkline.config.ConfigCheck;
import io.trunkline.config.Severity;
import java.io.PrintWriter;
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
            "The exit status is 0 if it is valid, also with warnings, and 1 if there are errors."
        },
        mixinStandardHelpOptions = true,
        sortOptions = false)
final class CheckCommand implements Callable<Integer> {
    @Option(
            names = {"-v", "--verbose"},
            description = "Also shows notes: what is known but has no effect here.")
    private boolean verbose;

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
        err.println(files.pgpoolConf() + (outcome.exitStatus() == 0 ? " is valid: " : " cannot be used: ")
                + count(outcome.count(Severity.ERROR), "error") + ", "
                + count(outcome.count(Severity.WARNING), "warning"));
        err.flush();
        return outcome.exitStatus();
    }

    private static String count(long number, String what) {
        return number + " " + what + (number == 1 ? "" : "s");
    }
}
