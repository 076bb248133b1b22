package io.trunkline.config;

import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/**
 * POSIX extended expressions, which pgpool.conf uses, for Java's engine. The two agree but for bracket expressions: in
 * POSIX a backslash is an ordinary character there, {@code [:alpha:]} names a class, and {@code [} and {@code &&} mean
 * themselves; and a dot matches a line's end, too.
 */
final class PosixPattern {
    private PosixPattern() {}

    /**
     * Compiles an item of a list: any case, with {@code ^} and {@code $} put where the item has none at its ends, as
     * Pgpool-II does.
     */
    static Pattern compileAnchored(String source) throws InvalidValueException {
        String anchored = (source.startsWith("^") ? "" : "^") + source + (source.endsWith("$") ? "" : "$");
        try {
            return Pattern.compile(toJava(anchored), Pattern.CASE_INSENSITIVE | Pattern.UNICODE_CASE | Pattern.DOTALL);
        } catch (PatternSyntaxException e) {
            throw new InvalidValueException("\"" + source + "\" is not a regular expression: " + e.getDescription());
        } catch (StackOverflowError e) {
            throw new InvalidValueException("a regular expression is nested too deeply");
        }
    }

    private static String toJava(String posix) {
        StringBuilder java = new StringBuilder(posix.length() + 8);
        for (int i = 0; i < posix.length(); i++) {
            char c = posix.charAt(i);
            if (c == '\\' && i + 1 < posix.length()) {
                java.append(c).append(posix.charAt(++i));
            } else if (c == '[') {
                i = bracket(posix, i, java);
            } else {
                java.append(c);
            }
        }
        return java.toString();
    }

    /** Copies the bracket expression that begins at {@code start}; returns the index of its last character. */
    private static int bracket(String posix, int start, StringBuilder java) {
        java.append('[');
        int i = start + 1;
        if (i < posix.length() && posix.charAt(i) == '^') {
            java.append('^');
            i++;
        }
        int first = i;
        for (; i < posix.length(); i++) {
            char c = posix.charAt(i);
            if (c == ']' && i > first) {
                java.append(']');
                return i;
            }
            int end = c == '[' && posix.startsWith("[:", i) ? posix.indexOf(":]", i + 2) : -1;
            if (end > 0) {
                java.append(namedClass(posix.substring(i + 2, end)));
                i = end + 1;
            } else if ("\\[]&^".indexOf(c) >= 0) {
                java.append('\\').append(c);
            } else {
                java.append(c);
            }
        }
        return i;
    }

    private static String namedClass(String name) {
        return switch (name) {
            case "alpha" -> "\\p{Alpha}";
            case "digit" -> "\\p{Digit}";
            case "alnum" -> "\\p{Alnum}";
            case "upper" -> "\\p{Upper}";
            case "lower" -> "\\p{Lower}";
            case "space" -> "\\s";
            case "blank" -> "\\p{Blank}";
            case "punct" -> "\\p{Punct}";
            case "print" -> "\\p{Print}";
            case "graph" -> "\\p{Graph}";
            case "cntrl" -> "\\p{Cntrl}";
            case "xdigit" -> "\\p{XDigit}";
            default -> "\\p{" + name + "}";
        };
    }
}
