package io.trunkline.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

final class MainTest {

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @ParameterizedTest
    @ValueSource(strings = {"--version", "-V", "demo --version"})
    void versionNamesTheProgramAndTheJava(String arguments) {
        assertThat(run(arguments.split(" ", -1))).isZero();
        assertThat(out.toString())
                .startsWith("trunkline ")
                .contains("Java " + Runtime.version())
                .contains(System.getProperty("java.home"));
        assertThat(err.toString()).isEmpty();
    }

    @Test
    void helpListsTheCommandsOnStandardOutput() {
        assertThat(run("--help")).isZero();
        assertThat(out.toString())
                .contains("Usage: trunkline")
                .contains("start", "stop", "reload", "status", "check", "route", "demo");
        assertThat(err.toString()).isEmpty();
    }

    @Test
    void helpOfACommandIsItsOwn() {
        assertThat(run("demo", "--help")).isZero();
        assertThat(out.toString()).contains("Usage: trunkline demo").contains("--keep");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "no-such-command",
                "--no-such-option",
                "demo --no-such-option",
                "demo argument",
                "demo --port none",
                "demo --port 0",
                "demo --port 65535",
                "demo --nodes 0",
                "demo --stop --detach",
                "demo --stop --keep x",
                "start -x",
                "start file",
                "stop -m slow",
                "stop -m",
                "reload now",
                "status --xml",
                "check -f",
                "route --format xml",
                "route --no-such-option"
            })
    void wrongCommandLineGetsTheUsageOnStandardErrorAndStatus2(String arguments) {
        assertThat(run(arguments.isEmpty() ? new String[0] : arguments.split(" ", -1)))
                .isEqualTo(2);
        assertThat(err.toString()).contains("Usage: trunkline");
        assertThat(out.toString()).isEmpty();
    }

    private int run(String... arguments) {
        CommandLine commandLine =
                Main.commandLine().setOut(new PrintWriter(out, true)).setErr(new PrintWriter(err, true));
        return commandLine.execute(arguments);
    }
}
