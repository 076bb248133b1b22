package io.trunkline.proxy.log;

import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * {@code log_line_prefix}: the beginning of each line. The escapes are those of Pgpool-II (its manual, "What To Log"),
 * and of PostgreSQL's the ones that make sense here; a number between {@code %} and the letter pads, from the left or,
 * if negative, from the right. What is neither is left out, as there.
 */
final class LinePrefix {
    private static final int MAX_PADDING = 1_000;
    private static final String NOBODY = "[No Connection]";
    private static final String UNKNOWN = "[unknown]";

    /** @param escape the letter; 0 for plain text */
    private record Piece(char escape, int padding, String text) {}

    private final List<Piece> pieces;
    private final String pid;
    private final DateTimeFormatter seconds;
    private final DateTimeFormatter millis;

    private LinePrefix(List<Piece> pieces, long pid, ZoneId zone) {
        this.pieces = pieces;
        this.pid = Long.toString(pid);
        this.seconds =
                DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss", Locale.ROOT).withZone(zone);
        this.millis = DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss.SSS", Locale.ROOT)
                .withZone(zone);
    }

    static LinePrefix of(String prefix, long pid, ZoneId zone) {
        List<Piece> pieces = new ArrayList<>();
        StringBuilder plain = new StringBuilder();
        int at = 0;
        while (at < prefix.length()) {
            char c = prefix.charAt(at++);
            if (c != '%') {
                plain.append(c);
                continue;
            }
            int from = at;
            while (at < prefix.length() && (prefix.charAt(at) == '-' || Character.isDigit(prefix.charAt(at)))) {
                at++;
            }
            if (at == prefix.length()) {
                break;
            }
            char escape = prefix.charAt(at);
            if (escape == '%') {
                plain.append('%');
            } else {
                if (!plain.isEmpty()) {
                    pieces.add(new Piece('\0', 0, plain.toString()));
                    plain.setLength(0);
                }
                pieces.add(new Piece(escape, padding(prefix.substring(from, at)), ""));
            }
            at++;
        }
        if (!plain.isEmpty()) {
            pieces.add(new Piece('\0', 0, plain.toString()));
        }
        return new LinePrefix(List.copyOf(pieces), pid, zone);
    }

    private static int padding(String digits) {
        try {
            return digits.isEmpty() ? 0 : Math.max(-MAX_PADDING, Math.min(MAX_PADDING, Integer.parseInt(digits)));
        } catch (NumberFormatException noNumber) {
            return 0;
        }
    }

    void append(StringBuilder line, LogEntry entry) {
        for (Piece piece : pieces) {
            if (piece.escape == '\0') {
                line.append(piece.text);
            } else if (piece.escape == 'q') {
                if (entry.client() == null) {
                    return;
                }
            } else {
                int from = line.length();
                appendEscape(line, piece.escape, entry);
                pad(line, from, piece.padding);
            }
        }
    }

    private static void pad(StringBuilder line, int from, int padding) {
        int missing = Math.abs(padding) - (line.length() - from);
        if (missing > 0) {
            line.insert(padding > 0 ? from : line.length(), " ".repeat(missing));
        }
    }

    private void appendEscape(StringBuilder line, char escape, LogEntry entry) {
        LoggedClient client = entry.client();
        switch (escape) {
            case 'a' -> Visible.append(line, client == null ? entry.process() : orUnknown(client.applicationName()));
            case 'P' -> line.append(entry.process());
            case 'u' -> Visible.append(line, client == null ? NOBODY : orUnknown(client.user()));
            case 'd' -> Visible.append(line, client == null ? NOBODY : orUnknown(client.database()));
            // may be a name, which whoever has the address chooses
            case 'h' -> Visible.append(line, client == null ? "" : client.host());
            case 'r' -> Visible.append(line, client == null ? "" : hostAndPort(client));
            case 'c' -> line.append(client == null ? "" : Integer.toString(client.session()));
            case 'p' -> line.append(pid);
            case 'l' -> line.append(entry.number());
            case 't' -> seconds.formatTo(entry.time(), line);
            case 'm' -> millis.formatTo(entry.time(), line);
            case 'n' ->
                line.append(entry.time().getEpochSecond())
                        .append('.')
                        .append(String.format(Locale.ROOT, "%03d", entry.time().getNano() / 1_000_000));
            default -> {}
        }
    }

    private static String hostAndPort(LoggedClient client) {
        return client.port().isEmpty() ? client.host() : client.host() + "(" + client.port() + ")";
    }

    private static String orUnknown(String name) {
        return name.isEmpty() ? UNKNOWN : name;
    }
}
