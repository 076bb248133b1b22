package io.trunkline.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The commands on a configuration with which nothing runs. */
final class ConfigCommandsTest {
    private static final String BACKEND = "backend_hostname0 = 'localhost'\nbackend_port0 = 5432\n";

    @TempDir
    private Path directory;

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @Test
    void checkOfAValidConfigurationSaysSoInOneLine() throws IOException {
        Path conf = write("pgpool.conf", BACKEND);

        assertThat(run("check", "-f", conf.toString())).isZero();
        assertThat(err.toString().lines()).containsExactly(conf + " is valid: 0 errors, 0 warnings");
        assertThat(out.toString()).isEmpty();
    }

    @Test
    void checkReportsTheErrorsOfAllFilesAtOnce() throws IOException {
        Path conf = write("pgpool.conf", BACKEND + "port = 0\nenable_pool_hba = on\n");
        Path hba = write("hba", "nonsense\n");
        Path pcp = directory.resolve("none");

        assertThat(run("check", "-f", conf.toString(), "-a", hba.toString(), "-F", pcp.toString()))
                .isEqualTo(1);
        assertThat(err.toString())
                .contains(conf + ":3: error: parameter \"port\":", hba + ":1: error:", pcp + ":1: error:")
                .endsWith(conf + " cannot be used: 3 errors, 0 warnings" + System.lineSeparator());
    }

    @Test
    void startOfAConfigurationWithErrorsShowsThemAll() throws IOException {
        Path conf = write("pgpool.conf", BACKEND + "port = 0\nnum_init_children = x\n");

        assertThat(run("start", "-n", "-f", conf.toString())).isEqualTo(1);
        assertThat(err.toString().lines())
                .hasSize(3)
                .anyMatch(line -> line.startsWith(conf + ":3: error: parameter \"port\":"))
                .anyMatch(line -> line.startsWith(conf + ":4: error: parameter \"num_init_children\":"))
                .last()
                .isEqualTo("trunkline: the configuration has errors");
    }

    @Test
    void withoutAServerStatusIs3AndStopAndReloadFail() throws IOException {
        // That the file has errors does not keep the commands from looking for the server.
        Path conf = write("pgpool.conf", BACKEND + "pid_file_name = 'x.pid'\nport = 0\n");
        String pidFile = directory.resolve("x.pid").toString();

        assertThat(run("status", "-f", conf.toString())).isEqualTo(3);
        assertThat(out.toString()).contains("no server is running", pidFile);
        assertThat(run("stop", "-f", conf.toString())).isEqualTo(1);
        assertThat(run("reload", "-f", conf.toString())).isEqualTo(1);
        assertThat(err.toString().lines()).hasSize(2).allMatch(line -> line.contains(pidFile));
    }

    @Test
    void aServerThatIsNotThereIsJsonToo() throws IOException {
        Path conf = write("pgpool.conf", BACKEND + "pid_file_name = 'x.pid'\n");

        assertThat(run("status", "--json", "-f", conf.toString())).isEqualTo(3);
        assertThat(out.toString().strip()).isEqualTo("{\"state\":\"stopped\"}");
    }

    @Test
    void withoutAPidFileNoServerCanBeFound() throws IOException {
        Path conf = write("pgpool.conf", BACKEND + "pid_file_name = ''\n");

        assertThat(run("status", "-f", conf.toString())).isEqualTo(1);
        assertThat(err.toString()).contains("pid_file_name is empty in " + conf);
    }

    private Path write(String name, String text) throws IOException {
        return Files.writeString(directory.resolve(name), text);
    }

    private int run(String... arguments) {
        return Main.commandLine()
                .setOut(new PrintWriter(out, true))
                .setErr(new PrintWriter(err, true))
                .execute(arguments);
    }
}
