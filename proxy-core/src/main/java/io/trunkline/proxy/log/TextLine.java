package io.trunkline.proxy.log;

import io.trunkline.config.LoggingParameters.Verbosity;

/**
 * A message in the form of PostgreSQL and Pgpool-II: prefix, level, text, and each further field in a line of its own.
 *
 * <pre>
 *   2026-11-21 10:02:03.123: psql pid 4711: LOG:  new connection received
 *   2026-11-21 10:02:03.123: psql pid 4711: DETAIL:  connecting host=127.0.0.1 port=40112
 * </pre>
 *
 * @param plainHeadings whether {@code ===} around a text is left out
 */
record TextLine(LinePrefix prefix, Verbosity verbosity, boolean plainHeadings) implements LineForm {
    private static final String BEFORE = "=== ";
    private static final String AFTER = " ===";

    TextLine(LinePrefix prefix, Verbosity verbosity) {
        this(prefix, verbosity, false);
    }

    @Override
    public String write(LogEntry entry) {
        StringBuilder line = new StringBuilder(160);
        begin(line, entry, entry.level().toString());
        Visible.appendLines(line, plainHeadings ? withoutHeading(entry.message()) : entry.message());
        if (entry.stack() != null) {
            line.append("\n\t");
            Visible.appendLines(line, verbosity == Verbosity.TERSE ? firstLine(entry.stack()) : entry.stack());
        }
        line.append('\n');
        if (entry.detail() != null && verbosity != Verbosity.TERSE) {
            begin(line, entry, "DETAIL");
            Visible.appendLines(line, entry.detail());
            line.append('\n');
        }
        if (verbosity == Verbosity.VERBOSE) {
            begin(line, entry, "LOCATION");
            line.append(entry.logger()).append('\n');
        }
        return line.toString();
    }

    private void begin(StringBuilder line, LogEntry entry, String what) {
        prefix.append(line, entry);
        line.append(what).append(":  ");
    }

    /** {@code === Failover done. shutdown host db0(5432) ===} was {@code failover done. shutdown host db0(5432)} once. */
    private static String withoutHeading(String message) {
        int end = message.length() - AFTER.length();
        if (!message.startsWith(BEFORE) || !message.endsWith(AFTER) || end <= BEFORE.length()) {
            return message;
        }
        String text = message.substring(BEFORE.length(), end);
        return Character.toLowerCase(text.charAt(0)) + text.substring(1);
    }

    static String firstLine(String text) {
        int end = text.indexOf('\n');
        return end < 0 ? text : text.substring(0, end).stripTrailing();
    }
}
