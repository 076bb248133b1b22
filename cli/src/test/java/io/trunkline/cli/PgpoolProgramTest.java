package io.trunkline.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

class PgpoolProgramTest {
    @TempDir
    Path directory;

    private final StringWriter err = new StringWriter();
    private final List<String> executed = new ArrayList<>();

    /** With a trunkline that only notes what it is told to do. */
    private int run(int status, String... arguments) {
        CommandLine trunkline = Main.commandLine()
                .setErr(new PrintWriter(err, true))
                .setExecutionStrategy(parsed -> {
                    executed.addAll(parsed.originalArgs());
                    return status;
                });
        return new PgpoolProgram(trunkline).run(List.of(arguments));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "-f X -n | start -n -f X",
                "-f X -F Y -a Z -k K -n -D | start -n -D -f X -F Y -a Z -k K",
                "-nDd -n -fX -C -x | start -n -D -d -f X",
                "--config-file=X --hba Z --pcp-file Y --dont --discard-status --clear | start -n -D -f X -a Z -F Y",
                "-f A -f X -D | start -D -f X",
                "-f X stop | stop -m smart -f X",
                "-f X -m f stop | stop -m fast -f X",
                "stop -m immediate -f X | stop -m immediate -f X",
                "-f X -m fancy stop | stop -m fast -f X",
                "-f X reload | reload -f X",
            })
    void commandLineIsPutIntoTrunklines(String line, String expected) {
        assertThat(run(0, line.split(" "))).isZero();
        assertThat(String.join(" ", executed)).isEqualTo(expected);
        assertThat(err.toString()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({"-n -f X, 3", "-f X, 3", "-f X stop, 3", "-f X reload, 1"})
    void failureHasTheStatusOfPgpools(String line, int status) {
        assertThat(run(1, line.split(" "))).isEqualTo(status);
    }

    @ParameterizedTest
    @ValueSource(strings = {"-z", "--nonsense", "-f", "start", "stop stop", "reload stop", "-m x stop", "-m x"})
    void wrongCommandLineGetsTheUsageAndDoesNothing(String line) {
        assertThat(run(0, line.split(" "))).isEqualTo(1);
        assertThat(err.toString()).contains("Usage:\n  pgpool [ -f CONFIG_FILE ]");
        assertThat(executed).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"-h", "--help", "-n --help stop"})
    void helpIsNoError(String line) {
        assertThat(run(0, line.split(" "))).isZero();
        assertThat(err.toString()).startsWith("pgpool-II version ").contains("-m, --mode");
        assertThat(executed).isEmpty();
    }

    @Test
    void versionIsTheOneThatTheConfigurationPassesFor() throws IOException {
        Path conf = Files.writeString(directory.resolve("pgpool.conf"), "pgpool_compat_version = 4.3\n");
        assertThat(run(0, "--version", "-f", conf.toString())).isZero();
        assertThat(err.toString()).matches("pgpool-II version 4\\.3\\.5 \\(trunkline \\S+\\)\\R");
    }

    @Test
    void versionIsTheNewestWithoutAConfiguration() {
        assertThat(run(0, "-v", "-f", directory.resolve("none").toString())).isZero();
        assertThat(err.toString()).startsWith("pgpool-II version 4.7.");
    }
}
