package io.trunkline.cli;

import picocli.CommandLine;
import picocli.CommandLine.IExecutionExceptionHandler;
import picocli.CommandLine.ParseResult;

/** Prints the reason of a {@link CommandFailure}, and a stack trace only for what nobody expected; the status is 1. */
final class ReasonOnly implements IExecutionExceptionHandler {

    @Override
    public int handleExecutionException(Exception failure, CommandLine commandLine, ParseResult parsed) {
        if (failure instanceof CommandFailure) {
            commandLine.getErr().println("trunkline: " + failure.getMessage());
        } else {
            commandLine.getErr().println("trunkline: unexpected failure, please report it");
            failure.printStackTrace(commandLine.getErr());
        }
        commandLine.getErr().flush();
        return CommandLine.ExitCode.SOFTWARE;
    }
}
