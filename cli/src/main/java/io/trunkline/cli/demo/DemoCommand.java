package io.trunkline.cli.demo;

import io.trunkline.cli.CommandFailure;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;

/** {@code trunkline demo}: starts, or with {@code --stop} ends, a cluster to try Trunkline on. */
@Command(
        name = "demo",
        description = "Starts a PostgreSQL primary with two streaming standbys and Trunkline before them.",
        mixinStandardHelpOptions = true)
public final class DemoCommand implements Callable<Integer> {

    @Override
    public Integer call() {
        throw new CommandFailure("not there yet");
    }
}
