package io.trunkline.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(30)
class StatusCommandTest {
    /** Somebody who reads so many screens, and leaves. */
    private static final class Reader extends Writer {
        private final StringBuilder read = new StringBuilder();
        private int patience;

        Reader(int patience) {
            this.patience = patience;
        }

        @Override
        public void write(char[] text, int start, int length) throws IOException {
            if (patience == 0) {
                throw new IOException("Broken pipe");
            }
            read.append(text, start, length);
        }

        @Override
        public void flush() {
            if (patience > 0 && read.length() > 0) {
                patience--;
            }
        }

        @Override
        public void close() {}
    }

    @TempDir
    Path directory;

    private String conf = "";

    @BeforeEach
    void configure() throws IOException {
        conf = Files.writeString(directory.resolve("pgpool.conf"), "pid_file_name = 'none.pid'\n")
                .toString();
    }

    private int run(Writer out, String... arguments) {
        return Main.commandLine()
                .setOut(new PrintWriter(out))
                .setErr(new PrintWriter(new StringWriter()))
                .execute(arguments);
    }

    @Test
    void watchEndsWhenNobodyReadsAnyMore() {
        Reader reader = new Reader(3);
        assertThat(run(reader, "status", "-f", conf, "--watch", "0.001")).isZero();
        String screen = "\u001b[H\u001b[Jno server is running (pid file " + directory.resolve("none.pid") + ", as "
                + conf + " has it)" + System.lineSeparator();
        assertThat(reader.read.toString()).startsWith(screen + screen);
    }

    @Test
    void fileThatCannotBeReadIsTheReasonOfWhateverLooksForItsServer() {
        String missing = directory.resolve("missing.conf").toString();
        for (String command : List.of("status", "stop", "reload", "node attach 0", "node recover 0")) {
            assertThat(failure(command, missing)).isEqualTo("file " + missing + " does not exist");
            assertThat(failure(command, directory.toString())).isEqualTo("file " + directory + " cannot be read");
            assertThat(failure(command, conf)).contains("no server is running").contains("none.pid");
        }
    }

    /** What is said of a command that does not find what it needs, without its beginning. */
    private String failure(String command, String file) {
        StringWriter said = new StringWriter();
        PrintWriter writer = new PrintWriter(said);
        int status = Main.commandLine().setOut(writer).setErr(writer).execute((command + " -f " + file).split(" "));
        assertThat(status).isNotZero();
        return said.toString().replace("trunkline: ", "").strip();
    }

    @Test
    void watchedJsonIsALineEach() {
        Reader reader = new Reader(2);
        assertThat(run(reader, "status", "-f", conf, "--json", "--watch=0.001")).isZero();
        assertThat(reader.read.toString().lines())
                .contains("{\"state\":\"stopped\"}")
                .doesNotContain("");
    }

    @Test
    void intervalHasToBeANumberOfSeconds() {
        for (String interval : new String[] {"0", "-1", "often", "4000", "NaN"}) {
            assertThat(run(new StringWriter(), "status", "-f", conf, "--watch=" + interval))
                    .isEqualTo(2);
        }
    }
}
