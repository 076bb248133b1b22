package io.trunkline.it;

import io.trunkline.cli.Main;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** The program {@code trunkline}, in a process of its own, with files in a directory of the test. */
record TrunklineCommand(Path directory) {
    Path conf() {
        return directory.resolve("pgpool.conf");
    }

    Path passwords() {
        return directory.resolve("pool_passwd");
    }

    /** Writes a pgpool.conf for the shared cluster. */
    void configure(String... settings) throws IOException {
        Files.writeString(conf(), TestProxy.configText(Cluster.shared(), 9999, List.of(settings)));
    }

    External.Ended run(String command, Map<String, String> environment, String input, String... options) {
        List<String> arguments = new ArrayList<>(List.of(command, "-f", conf().toString()));
        arguments.addAll(List.of(options));
        return External.run(environment, input, line(arguments));
    }

    /** What starts it with these arguments. */
    static List<String> line(List<String> arguments) {
        List<String> line = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path", ""),
                Main.class.getName()));
        line.addAll(arguments);
        return line;
    }
}
