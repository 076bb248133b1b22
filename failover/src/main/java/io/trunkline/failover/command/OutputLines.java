package io.trunkline.failover.command;

import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.Reader;
import java.nio.charset.StandardCharsets;
import java.util.function.Consumer;

/**
 * Cuts the output of a command into lines for the log. What is too long, or too much, is read all the same, so that the
 * command never waits for a reader, and dropped.
 */
final class OutputLines {
    /** The most characters of a line that are passed on. */
    static final int MAX_LINE = 2_000;

    /** The most lines. */
    static final int MAX_LINES = 5_000;

    /** The most characters of all lines. */
    static final int MAX_TOTAL = 256 * 1024;

    private final Consumer<String> sink;
    private final StringBuilder line = new StringBuilder();
    private long dropped;
    private long total;
    private int lines;
    private boolean ended;

    OutputLines(Consumer<String> sink) {
        this.sink = sink;
    }

    /** Reads to the end; blocks. */
    void readAll(InputStream output) throws IOException {
        Reader reader = new InputStreamReader(output, StandardCharsets.UTF_8);
        char[] buffer = new char[4_096];
        for (int count = reader.read(buffer); count >= 0; count = reader.read(buffer)) {
            add(buffer, count);
        }
        end();
    }

    private synchronized void add(char[] buffer, int count) {
        for (int i = 0; i < count; i++) {
            char c = buffer[i];
            if (c == '\n') {
                passLine();
            } else if (line.length() < MAX_LINE) {
                line.append(Character.isISOControl(c) && c != '\t' ? ' ' : c);
            } else {
                dropped++;
            }
        }
    }

    /** Passes on what is left. What comes later, from a process that the command has left behind, is dropped. */
    synchronized void end() {
        if (!line.isEmpty()) {
            passLine();
        }
        ended = true;
    }

    private void passLine() {
        if (!ended && !isFull()) {
            String text = line.toString().stripTrailing();
            sink.accept(dropped > 0 ? text + " [and " + dropped + " more characters]" : text);
            total += line.length();
            lines++;
            if (isFull()) {
                sink.accept("[its further output is not logged]");
            }
        }
        line.setLength(0);
        dropped = 0;
    }

    private boolean isFull() {
        return total >= MAX_TOTAL || lines >= MAX_LINES;
    }
}
