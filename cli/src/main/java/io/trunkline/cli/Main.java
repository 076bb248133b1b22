package io.trunkline.cli;

import io.trunkline.cli.archive.ArchiveCommand;
import io.trunkline.cli.demo.DemoCommand;
import io.trunkline.cli.demo.SetupCommand;
import io.trunkline.cli.passwd.PasswdCommand;
import io.trunkline.cli.passwd.PasswordPrograms;
import io.trunkline.cli.pcp.PcpPrograms;
import io.trunkline.proxy.process.HeadStart;
import java.util.List;
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
 * its own besides. A first argument that is the name of one of Pgpool-II's programs, which its launcher gives, stands for
 * that program.
 */
@Command(
        name = "trunkline",
        description = "A PostgreSQL proxy that is configured with a pgpool.conf.",
        versionProvider = VersionProvider.class,
        mixinStandardHelpOptions = true,
        scope = ScopeType.INHERIT, // --help and --version for the commands, too
        synopsisSubcommandLabel = "COMMAND")
public final class Main implements Runnable {
    /** In the order in which --help lists them. */
    private static final List<Class<?>> COMMANDS = List.of(
            StartCommand.class,
            StopCommand.class,
            RestartCommand.class,
            ReloadCommand.class,
            StatusCommand.class,
            NodeCommand.class,
            CheckCommand.class,
            RouteCommand.class,
            PasswdCommand.class,
            DemoCommand.class,
            SetupCommand.class,
            ArchiveCommand.class,
            HelpCommand.class);

    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "Missing command");
    }

    /** The command line, ready to {@link CommandLine#execute execute} arguments; tests give it other streams. */
    static CommandLine commandLine() {
        return commandLine(COMMANDS);
    }

    /** The same with what these arguments need: picocli reads all of a command's class, which takes its time. */
    private static CommandLine commandLine(String... arguments) {
        return commandLine(COMMANDS.stream()
                .filter(command -> arguments.length > 0
                        && command.getAnnotation(Command.class).name().equals(arguments[0]))
                .findFirst()
                .<List<Class<?>>>map(List::of)
                .orElse(COMMANDS));
    }

    private static CommandLine commandLine(List<Class<?>> commands) {
        CommandLine commandLine = new CommandLine(new Main());
        commands.forEach(commandLine::addSubcommand);
        CommandErrors errors = new CommandErrors();
        return commandLine
                .setExecutionExceptionHandler(errors)
                .setParameterExceptionHandler(errors)
                .setUsageHelpAutoWidth(true)
                .setCaseInsensitiveEnumValuesAllowed(true);
    }

    public static void main(String[] arguments) {
        System.exit(run(arguments));
    }

    private static int run(String[] arguments) {
        String first = arguments.length > 0 ? arguments[0] : "";
        if (PcpPrograms.isOne(first)) {
            return PcpPrograms.run(arguments);
        }
        if (PasswordPrograms.isOne(first)) {
            return PasswordPrograms.run(arguments, ConfigOptions::findPgpoolConf);
        }
        if (first.equals(PgpoolProgram.NAME)) {
            List<String> own = List.of(arguments).subList(1, arguments.length);
            if (own.stream().noneMatch(PgpoolProgram.OTHER_MODES::contains)) {
                HeadStart.begin();
            }
            return new PgpoolProgram(commandLine(PgpoolProgram.COMMANDS)).run(own);
        }
        if (first.equals("start")) {
            HeadStart.begin();
        }
        return commandLine(arguments).execute(arguments);
    }
}
