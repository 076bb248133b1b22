package io.trunkline.config;

import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * One line of pgpool.conf taken apart: {@code name [=] value [# comment]}. A value is text in single quotes, a bare
 * word, or a number with or without a unit.
 *
 * @param name null on a blank line, and where none could be read
 * @param value without its quotes; null where none could be read
 * @param problem what is wrong with the line, null if nothing is
 * @param found the text that could not be read as a value, to be shown unless it may be a password
 */
record ConfLine(
        @Nullable String name,
        @Nullable String value,
        @Nullable String problem,
        @Nullable String found) {

    private static final ConfLine BLANK = new ConfLine(null, null, null, null);

    private static final Pattern WORD = Pattern.compile("[A-Za-z_\u0080-\uffff][A-Za-z0-9_./:\u0080-\uffff-]*");
    private static final Pattern NUMBER =
            Pattern.compile("[+-]?(?:0[xX][0-9A-Fa-f]+|[0-9]+\\.?[0-9]*|\\.[0-9]+)(?:[eE][+-]?[0-9]+)?[A-Za-z]*");

    static ConfLine parse(String line) {
        int start = skipBlanks(line, 0);
        if (isEnd(line, start)) {
            return BLANK;
        }
        int end = start;
        while (end < line.length() && isNamePart(line.charAt(end), end > start)) {
            end++;
        }
        if (end == start) {
            return new ConfLine(null, null, "syntax error: a line must begin with the name of a parameter", null);
        }
        String name = line.substring(start, end);
        int at = skipBlanks(line, end);
        boolean equals = at < line.length() && line.charAt(at) == '=';
        if (equals) {
            at = skipBlanks(line, at + 1);
        }
        if (isEnd(line, at)) {
            return new ConfLine(name, null, "the value is missing (an empty one is written '')", null);
        }
        if (!equals && at == end && line.charAt(at) != '\'') {
            return new ConfLine(
                    null,
                    null,
                    "syntax error: \"" + line.charAt(at) + "\" cannot stand in the name of a parameter",
                    null);
        }
        return line.charAt(at) == '\'' ? quoted(name, line, at) : bare(name, line, at);
    }

    private static ConfLine quoted(String name, String line, int open) {
        int close = -1;
        for (int i = open + 1; i < line.length(); i++) {
            if (line.charAt(i) == '\'') {
                close = i;
                // A quote after a backslash belongs to the value, if another one follows to end it.
                if (line.charAt(i - 1) != '\\' || i - 1 == open) {
                    break;
                }
            }
        }
        if (close < 0) {
            return new ConfLine(name, null, "the closing quote is missing", null);
        }
        if (!isEnd(line, skipBlanks(line, close + 1))) {
            return new ConfLine(
                    name, null, "something follows the closing quote (a quote in a value is written \\')", null);
        }
        return new ConfLine(name, line.substring(open + 1, close), null, null);
    }

    private static ConfLine bare(String name, String line, int start) {
        int end = start;
        while (end < line.length() && line.charAt(end) != '#' && !isBlank(line.charAt(end))) {
            end++;
        }
        String token = line.substring(start, end);
        boolean readable =
                WORD.matcher(token).matches() || NUMBER.matcher(token).matches();
        if (readable && isEnd(line, skipBlanks(line, end))) {
            return new ConfLine(name, token, null, null);
        }
        int comment = line.indexOf('#', start);
        String rest =
                line.substring(start, comment < 0 ? line.length() : comment).strip();
        return new ConfLine(
                name, null, "a value that is neither one word nor a number must stand in single quotes", rest);
    }

    private static int skipBlanks(String line, int from) {
        int i = from;
        while (i < line.length() && isBlank(line.charAt(i))) {
            i++;
        }
        return i;
    }

    private static boolean isEnd(String line, int at) {
        return at >= line.length() || line.charAt(at) == '#';
    }

    private static boolean isBlank(char c) {
        return c == ' ' || c == '\t' || c == '\r' || c == '\f';
    }

    private static boolean isNamePart(char c, boolean digits) {
        return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '_' || c >= 0x80 || digits && c >= '0' && c <= '9';
    }

    boolean isBlankLine() {
        return name == null && problem == null;
    }

    /** Without the value, which may be a password. */
    @Override
    public String toString() {
        return problem == null ? "line for " + name : problem;
    }
}
