package io.trunkline.proxy.log;

import java.util.Locale;

/** Text that a client may have sent, as it stands in a line: nobody can forge a line, or reach a terminal. */
final class Visible {
    private Visible() {}

    /** Appends text of one line. */
    static void append(StringBuilder line, String text) {
        for (int i = 0; i < text.length(); i++) {
            append(line, text.charAt(i));
        }
    }

    /** Appends text whose further lines begin with a tab, as in PostgreSQL's log. */
    static void appendLines(StringBuilder line, String text) {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '\n') {
                line.append(i + 1 < text.length() && text.charAt(i + 1) == '\t' ? "\n" : "\n\t");
            } else {
                append(line, c);
            }
        }
    }

    private static void append(StringBuilder line, char c) {
        if (Character.isISOControl(c) && c != '\t') {
            line.append(String.format(Locale.ROOT, "\\x%02x", (int) c));
        } else {
            line.append(c);
        }
    }
}
