package io.trunkline.cli;

import java.io.PrintWriter;
import picocli.CommandLine;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.IExecutionExceptionHandler;
import picocli.CommandLine.IParameterExceptionHandler;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.UnmatchedArgumentException;

/**
 * What is printed, on standard error, when a command fails: only the reason of a {@link CommandFailure}, with status 1;
 * what is wrong and the usage for a wrong command line, with status 2; and a stack trace for what nobody expected.
 */
final class CommandErrors implements IExecutionExceptionHandler, IParameterExceptionHandler {

    @Override
    public int handleExecutionException(Exception failure, CommandLine commandLine, ParseResult parsed) {
        PrintWriter err = commandLine.getErr();
        if (failure instanceof CommandFailure) {
            err.println("trunkline: " + failure.getMessage());
        } else {
            err.println("trunkline: unexpected failure, please report it");
            failure.printStackTrace(err);
        }
        err.flush();
        return ExitCode.SOFTWARE;
    }

    @Override
    public int handleParseException(ParameterException failure, String[] arguments) {
        CommandLine commandLine = failure.getCommandLine();
        PrintWriter err = commandLine.getErr();
        err.println("trunkline: " + failure.getMessage());
        UnmatchedArgumentException.printSuggestions(failure, err);
        commandLine.usage(err);
        err.flush();
        return ExitCode.USAGE;
    }
}
