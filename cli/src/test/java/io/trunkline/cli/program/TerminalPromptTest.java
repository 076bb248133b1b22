package io.trunkline.cli.program;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.trunkline.cli.Main;
import java.io.ByteArrayInputStream;
import java.io.EOFException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class TerminalPromptTest {
    private static final Path SCRIPT = Path.of("/usr/bin/script");

    @Test
    void lineIsReadToItsEndAndNoFurther() throws Exception {
        InputStream in = new ByteArrayInputStream("p\u00e4ss\nnext".getBytes(UTF_8));
        assertThat(TerminalPrompt.readLine(in)).isEqualTo(RawText.of("p\u00e4ss".getBytes(UTF_8)));
        assertThat(TerminalPrompt.readLine(in)).isEqualTo("next");
        assertThatThrownBy(() -> TerminalPrompt.readLine(in)).isInstanceOf(EOFException.class);
    }

    /** With util-linux' script, which makes a terminal of its own for a command. */
    @Test
    void typingIsNotShownOnATerminalAndTheTerminalIsRestored() throws Exception {
        assumeTrue(Files.isExecutable(SCRIPT), "there is no " + SCRIPT);
        String java = Path.of(System.getProperty("java.home"), "bin", "java") + " -XX:TieredStopAtLevel=1 -cp '"
                + System.getProperty("java.class.path", "") + "' " + Main.class.getName();
        Process process = new ProcessBuilder(SCRIPT.toString(), "-qec", java + " pg_md5 -p && stty -a", "/dev/null")
                .redirectErrorStream(true)
                .start();
        String shown = "";
        InputStream out = process.getInputStream();
        for (int c = out.read(); c >= 0; c = out.read()) {
            shown += (char) c;
            if (shown.endsWith("password: ")) {
                process.getOutputStream().write("secret\n".getBytes(UTF_8));
                process.getOutputStream().flush();
            }
        }
        assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).isZero();
        assertThat(shown).contains("5ebe2294ecd0e0f08eab7690d2a6ee69").doesNotContain("secret");
        assertThat(shown).containsPattern("(?<!-)\\becho\\b");
    }
}
