package io.trunkline.failover.command;

import static org.assertj.core.api.Assertions.assertThat;

import io.trunkline.failover.CommandCall;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** The scripts that Debian's package of Pgpool-II has as examples get in each variable what its name says. */
class SampleScriptsTest {
    private static final Path SCRIPTS = Path.of("/usr/share/doc/pgpool2/examples/scripts");
    private static final Pattern ASSIGNMENT = Pattern.compile("(?m)^([A-Z_]+)=\"\\$\\{?(\\d+)}?\"$");

    /** The commands of the set-up example in the manual, and a node with nothing in its data directory. */
    static Stream<Arguments> scripts() {
        return Stream.of("failover.sh.sample", "follow_primary.sh.sample")
                .flatMap(name ->
                        Stream.of("/srv/pg0", "", "/srv/my data").map(directory -> Arguments.of(name, directory)));
    }

    @ParameterizedTest
    @MethodSource("scripts")
    void aSampleScriptGetsItsArguments(String name, String directory) throws Exception {
        Path script = SCRIPTS.resolve(name);
        Assumptions.assumeTrue(Files.isReadable(script), "the package pgpool2 is not installed");
        Map<String, Integer> variables = variables(script);
        assertThat(variables).containsKeys("OLD_MAIN_NODE_ID", "OLD_PRIMARY_NODE_ID");
        CommandCall.Values values = new CommandCall.Values(
                new CommandCall.Node(2, "server2", 5434, directory), Calls.SECOND, 0, Calls.FIRST);

        var arguments = Shell.arguments(CommandLine.expand("argv %d %h %p %D %m %H %M %P %r %R %N %S", values));

        assertThat(arguments).hasSize(12);
        Map<String, String> expected = new LinkedHashMap<>();
        for (String own : new String[] {"FAILED_", ""}) {
            expected.put(own + "NODE_ID", "2");
            expected.put(own + "NODE_HOST", "server2");
            expected.put(own + "NODE_PORT", "5434");
            expected.put(own + "NODE_PGDATA", directory);
        }
        for (String taker : new String[] {"MAIN", "PRIMARY"}) {
            expected.put("NEW_" + taker + "_NODE_ID", "1");
            expected.put("NEW_" + taker + "_NODE_HOST", "db1");
            expected.put("NEW_" + taker + "_NODE_PORT", "5433");
            expected.put("NEW_" + taker + "_NODE_PGDATA", "/srv/pg1");
        }
        expected.put("OLD_MAIN_NODE_ID", "0");
        expected.put("OLD_PRIMARY_NODE_ID", "0");
        expected.put("OLD_PRIMARY_NODE_HOST", "db0");
        expected.put("OLD_PRIMARY_NODE_PORT", "5432");
        variables.forEach((variable, position) ->
                assertThat(arguments.get(position - 1)).as(variable).isEqualTo(expected.get(variable)));
    }

    private static Map<String, Integer> variables(Path script) throws IOException {
        Map<String, Integer> variables = new LinkedHashMap<>();
        Matcher matcher = ASSIGNMENT.matcher(Files.readString(script));
        while (matcher.find()) {
            variables.put(matcher.group(1), Integer.parseInt(matcher.group(2)));
        }
        return variables;
    }
}
