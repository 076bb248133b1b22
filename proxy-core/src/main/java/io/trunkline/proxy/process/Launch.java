package io.trunkline.proxy.process;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * How this server was started, so that another process can be started in its place.
 *
 * @param options of {@code trunkline start}, without those that say how it is to begin
 */
public record Launch(List<String> options) {
    public Launch {
        options = List.copyOf(options);
    }

    /** The command line of a process that takes over, with the programs of the installation in {@code home}. */
    List<String> takeOver(Path home) {
        List<String> command = new ArrayList<>(
                List.of(home.resolve("bin").resolve("trunkline").toString(), "start", "-n", "--take-over"));
        command.addAll(options);
        return command;
    }
}
