package io.trunkline.cli.program;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.File;
import java.io.FileInputStream;
import java.io.FileNotFoundException;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.io.PrintStream;
import java.lang.ProcessBuilder.Redirect;

/**
 * Asks on a terminal with its echo off. {@link java.io.Console} does the same only where standard input and output are
 * terminals both, and {@code pg_md5 -p >> pcp.conf} is common.
 */
public final class TerminalPrompt implements SecretPrompt {
    private static final File CONTROLLING = new File("/dev/tty");

    private final InputStream in;
    private final PrintStream out;
    private final Redirect terminal;

    private TerminalPrompt(InputStream in, PrintStream out, Redirect terminal) {
        this.in = in;
        this.out = out;
        this.terminal = terminal;
    }

    /**
     * On the terminal that is standard input.
     *
     * @param out what shows the prompt
     */
    public static TerminalPrompt onStandardInput(PrintStream out) {
        return new TerminalPrompt(System.in, out, Redirect.INHERIT);
    }

    /**
     * On the terminal from which the process is controlled, whatever its standard input is. Where there is none, a line of
     * standard input is taken, an empty one at its end, and the prompt goes to standard error.
     */
    public static SecretPrompt onControllingTerminal(PrintStream err) {
        return prompt -> {
            try (InputStream in = new FileInputStream(CONTROLLING);
                    PrintStream out = new PrintStream(new FileOutputStream(CONTROLLING))) {
                return new TerminalPrompt(in, out, Redirect.from(CONTROLLING)).ask(prompt);
            } catch (FileNotFoundException none) {
                err.print(prompt);
                err.flush();
                String line = readLineIfAny(System.in);
                err.println();
                return line;
            }
        };
    }

    private static String readLineIfAny(InputStream in) throws IOException {
        try {
            return readLine(in);
        } catch (EOFException nothing) {
            return "";
        }
    }

    @Override
    public String ask(String prompt) throws IOException {
        String settings = hideTyping();
        Thread ifInterrupted = new Thread(() -> restore(settings));
        Runtime.getRuntime().addShutdownHook(ifInterrupted);
        try {
            out.print(prompt);
            out.flush();
            String line = readLine(in);
            out.println();
            return line;
        } finally {
            restore(settings);
            Runtime.getRuntime().removeShutdownHook(ifInterrupted);
        }
    }

    /** @return how the terminal was set */
    private String hideTyping() throws IOException {
        Process stty = new ProcessBuilder("sh", "-c", "stty -g && stty -echo")
                .redirectInput(terminal)
                .redirectError(Redirect.DISCARD)
                .start();
        String settings = new String(stty.getInputStream().readAllBytes(), US_ASCII).strip();
        try {
            if (stty.waitFor() != 0) {
                throw new NoTerminal();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException();
        }
        return settings;
    }

    private void restore(String settings) {
        try {
            new ProcessBuilder("stty", settings)
                    .redirectInput(terminal)
                    .redirectError(Redirect.DISCARD)
                    .start()
                    .waitFor();
        } catch (IOException e) {
            // The terminal stays silent, which its user sees and can end with "stty sane".
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Reads to the end of the line and no further. */
    public static String readLine(InputStream in) throws IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        int c = in.read();
        if (c < 0) {
            throw new EOFException("nothing was typed");
        }
        while (c >= 0 && c != '\n') {
            line.write(c);
            c = in.read();
        }
        return RawText.of(line.toByteArray());
    }
}
