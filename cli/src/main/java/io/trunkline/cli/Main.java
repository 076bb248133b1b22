package io.trunkline.cli;

import io.trunkline.cli.demo.DemoCommand;
import io.trunkline.cli.demo.SetupCommand;
import io.trunkline.cli.passwd.PasswdCommand;
import io.trunkline.cli.passwd.PasswordPrograms;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.HelpCommand;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;

/**
 * The {@code trunkline} command: one subcommand for each thing that it does. The exit status is 0, 1 with the reason on
 * standard error, or 2 with the usage on standard error where the command line is wrong; {@code status} has a status of
 * its own besides. A first argument {@code pg_md5} or {@code pg_enc}, which their launchers give, stands for that program.
 */
@Command(
        name = "trunkline",
        description = "A PostgreSQL proxy that is configured with a pgpool.conf.",
        versionProvider = VersionProvider.class,
        mixinStandardHelpOptions = true,
        scope = ScopeType.INHERIT, // --help and --version for the commands, too
        synopsisSubcommandLabel = "COMMAND",
        subcommands = {
            // The commands in the order in which --help lists them.
            StartCommand.class,
            StopCommand.class,
            ReloadCommand.class,
            StatusCommand.class,
            NodeCommand.class,
            CheckCommand.class,
            RouteCommand.class,
            PasswdCommand.class,
            DemoCommand.class,
            SetupCommand.class,
            HelpCommand.class
        })
public final class Main implements Runnable {

    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "Missing command");
    }

    /** The command line, ready to {@link CommandLine#execute execute} arguments; tests give it other streams. */
    static CommandLine commandLine() {
        CommandErrors errors = new CommandErrors();
        return new CommandLine(new Main())
                .setExecutionExceptionHandler(errors)
                .setParameterExceptionHandler(errors)
                .setUsageHelpAutoWidth(true)
                .setCaseInsensitiveEnumValuesAllowed(true);
    }

    public static void main(String[] arguments) {
        System.exit(
                arguments.length > 0 && PasswordPrograms.isOne(arguments[0])
                        ? PasswordPrograms.run(arguments, ConfigOptions::findPgpoolConf)
                        : commandLine().execute(arguments));
    }
}
