package io.trunkline.cli.passwd;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.io.PrintStream;
import java.lang.ProcessBuilder.Redirect;

/**
 * Asks on the terminal that is standard input, with its echo off. {@link java.io.Console} does the same only where
 * standard output is a terminal too, and {@code pg_md5 -p >> pcp.conf} is common.
 */
final class TerminalPrompt implements SecretPrompt {
    private final InputStream in;
    private final PrintStream out;

    /** @param out what shows the prompt */
    TerminalPrompt(InputStream in, PrintStream out) {
        this.in = in;
        this.out = out;
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
    private static String hideTyping() throws IOException {
        Process stty = new ProcessBuilder("sh", "-c", "stty -g && stty -echo")
                .redirectInput(Redirect.INHERIT)
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

    private static void restore(String settings) {
        try {
            new ProcessBuilder("stty", settings)
                    .redirectInput(Redirect.INHERIT)
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
    static String readLine(InputStream in) throws IOException {
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
