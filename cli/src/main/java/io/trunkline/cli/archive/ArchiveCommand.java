package io.trunkline.cli.archive;

import io.trunkline.cli.CommandFailure;
import java.io.IOException;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import picocli.CommandLine.Command;

/**
 * {@code trunkline archive}: a server in this process, started, asked and stopped. The launcher has told the Java that runs it
 * to write the archive when it ends, and puts that in its place.
 */
@Command(
        name = "archive",
        description = {
            "Makes the archive of classes from which this Java starts a server in half the time.",
            "A start without one makes it in the background for the next."
        },
        mixinStandardHelpOptions = true)
public final class ArchiveCommand implements Callable<Integer> {
    /** It takes seconds, even at the lowest priority on a busy machine. */
    private static final long LIMIT_SECONDS = 110;

    @Override
    public Integer call() throws IOException, InterruptedException {
        if (ClassArchive.FILE.isEmpty()) {
            throw new CommandFailure("the archive has to be made by bin/trunkline of a distribution");
        }
        CompletableFuture<Void> tooLong = CompletableFuture.runAsync(
                ArchiveCommand::giveUp, CompletableFuture.delayedExecutor(LIMIT_SECONDS, TimeUnit.SECONDS));
        TrainingRun.run();
        tooLong.cancel(false);
        return 0;
    }

    /** Others wait for this process, and an orderly end would write the archive. */
    private static void giveUp() {
        System.err.println("trunkline: the server for the archive does not come to an end");
        Runtime.getRuntime().halt(1);
    }
}
