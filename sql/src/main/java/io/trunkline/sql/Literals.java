package io.trunkline.sql;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;

/** The values of string literals and of quoted identifiers. */
final class Literals {
    private Literals() {}

    /** The value of the string token, of whichever form. */
    static String value(TokenStream tokens, int token) {
        byte[] text = tokens.text();
        int from = tokens.startOf(token);
        int to = tokens.endOf(token);
        switch (tokens.kindAt(token)) {
            case DOLLAR_STRING -> {
                int tag = from + 1;
                while (text[tag] != '$') {
                    tag++;
                }
                int length = tag + 1 - from;
                return NameCache.text(text, from + length, to - from - 2 * length);
            }
            case ESCAPE_STRING -> {
                byte[] value = pieces(text, from, to, true);
                return NameCache.text(value, 0, value.length);
            }
            case UNICODE_STRING -> {
                return unicode(pieces(text, from, to, false), tokens.unicodeEscapeAfter(token));
            }
            default -> {
                byte[] value = pieces(text, from, to, false);
                return NameCache.text(value, 0, value.length);
            }
        }
    }

    /** What is between the quotes, with doubled ones made single. */
    static byte[] unquote(byte[] text, int from, int to, byte quote) {
        ByteArrayOutputStream out = new ByteArrayOutputStream(to - from);
        for (int i = from; i < to; i++) {
            out.write(text[i]);
            if (text[i] == quote) {
                i++;
            }
        }
        return out.toByteArray();
    }

    /** All pieces of a string that is continued over lines. */
    private static byte[] pieces(byte[] text, int from, int to, boolean escapes) {
        ByteArrayOutputStream out = new ByteArrayOutputStream(to - from);
        boolean inside = false;
        int i = from;
        while (i < to) {
            byte c = text[i];
            if (!inside) {
                if (c == '-') {
                    while (i < to && text[i] != '\n' && text[i] != '\r') {
                        i++;
                    }
                } else {
                    inside = c == '\'';
                    i++;
                }
            } else if (c == '\'') {
                if (i + 1 < to && text[i + 1] == '\'') {
                    out.write('\'');
                    i += 2;
                } else {
                    inside = false;
                    i++;
                }
            } else if (c == '\\' && escapes && i + 1 < to) {
                i = escape(text, i + 1, to, out);
            } else {
                out.write(c);
                i++;
            }
        }
        return out.toByteArray();
    }

    /**
     * Writes what the escape stands for.
     *
     * @param at index after the backslash
     * @return index after the escape
     */
    private static int escape(byte[] text, int at, int to, ByteArrayOutputStream out) {
        byte c = text[at];
        return switch (c) {
            case 'b' -> {
                out.write('\b');
                yield at + 1;
            }
            case 'f' -> {
                out.write('\f');
                yield at + 1;
            }
            case 'n' -> {
                out.write('\n');
                yield at + 1;
            }
            case 'r' -> {
                out.write('\r');
                yield at + 1;
            }
            case 't' -> {
                out.write('\t');
                yield at + 1;
            }
            case 'v' -> {
                out.write(0x0b);
                yield at + 1;
            }
            case 'x' -> code(text, at + 1, to, 2, 16, false, at, out);
            case 'u' -> code(text, at + 1, to, 4, 16, true, at, out);
            case 'U' -> code(text, at + 1, to, 8, 16, true, at, out);
            case '0', '1', '2', '3', '4', '5', '6', '7' -> code(text, at, to, 3, 8, false, at, out);
            default -> {
                out.write(c);
                yield at + 1;
            }
        };
    }

    private static int code(
            byte[] text, int from, int to, int digits, int radix, boolean unicode, int at, ByteArrayOutputStream out) {
        int value = 0;
        int i = from;
        while (i < to && i - from < digits && Character.digit(text[i], radix) >= 0) {
            value = value * radix + Character.digit(text[i], radix);
            i++;
        }
        if (i == from) {
            out.write(text[at]);
            return at + 1;
        }
        if (unicode) {
            out.writeBytes(codePoint(value).getBytes(StandardCharsets.UTF_8));
        } else {
            out.write(value);
        }
        return i;
    }

    private static String codePoint(int value) {
        return Character.isValidCodePoint(value) ? Character.toString(value) : "\ufffd";
    }

    /** Resolves the escapes of {@code U&} forms. */
    static String unicode(byte[] bytes, char escape) {
        String raw = NameCache.text(bytes, 0, bytes.length);
        StringBuilder out = new StringBuilder(raw.length());
        int i = 0;
        while (i < raw.length()) {
            char c = raw.charAt(i);
            if (c != escape || i + 1 >= raw.length()) {
                out.append(c);
                i++;
                continue;
            }
            char next = raw.charAt(i + 1);
            int from = next == '+' ? i + 2 : i + 1;
            int to = from + (next == '+' ? 6 : 4);
            if (next != escape && to <= raw.length() && isHex(raw, from, to)) {
                out.append(codePoint(Integer.parseInt(raw, from, to, 16)));
                i = to;
            } else {
                out.append(next);
                i += 2;
            }
        }
        return out.toString();
    }

    private static boolean isHex(String raw, int from, int to) {
        for (int i = from; i < to; i++) {
            if (Character.digit(raw.charAt(i), 16) < 0) {
                return false;
            }
        }
        return true;
    }
}
