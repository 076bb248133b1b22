package io.trunkline.sql;

/**
 * PostgreSQL's lexical rules over bytes of any encoding whose multibyte characters have the high bit set throughout.
 *
 * <p>Pull style: {@link #reset} names the text, each {@link #next} moves to the following token and says what it is.
 * The tokens, white space and comments among them, tile the text without a gap; after the last one {@link
 * TokenKind#END} is returned for ever. Nothing is allocated and nothing is thrown. Rules: PostgreSQL manual, "Lexical
 * Structure". Not safe for use by several threads at once.
 */
public final class Lexer {
    private static final byte[] NO_TEXT = {};

    /** Class of each byte, see {@link #classOf}. */
    private static final byte[] CLASSES = new byte[256];

    private static final byte SPACE = 1;
    private static final byte LETTER = 2;
    private static final byte DIGIT = 3;
    private static final byte OPERATOR_CHAR = 4;
    private static final byte QUOTE = 5;
    private static final byte DOUBLE_QUOTE = 6;
    private static final byte DOLLAR = 7;
    private static final byte PUNCTUATION = 8;

    static {
        mark(" \t\n\r\f\013", SPACE);
        mark("~!@#^&|`?+-*/%<>=", OPERATOR_CHAR);
        mark("'", QUOTE);
        mark("\"", DOUBLE_QUOTE);
        mark("$", DOLLAR);
        mark("()[],;:.", PUNCTUATION);
        mark("0123456789", DIGIT);
        mark("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_", LETTER);
        for (int c = 0x80; c < 0x100; c++) {
            CLASSES[c] = LETTER;
        }
    }

    private byte[] text = NO_TEXT;
    private int limit;
    private boolean standardStrings = true;
    private int start;
    private int end;

    private static void mark(String chars, byte as) {
        for (int i = 0; i < chars.length(); i++) {
            CLASSES[chars.charAt(i)] = as;
        }
    }

    /** Starts over with {@code text[from, to)}. */
    public void reset(byte[] newText, int from, int to, LexicalSettings settings) {
        text = newText;
        start = from;
        end = from;
        limit = to;
        standardStrings = settings.standardConformingStrings();
    }

    /** Forgets the text, so that it can be collected. */
    public void release() {
        text = NO_TEXT;
        start = end = limit = 0;
    }

    /** Index of the current token's first byte. */
    public int start() {
        return start;
    }

    /** Index after the current token's last byte. */
    public int end() {
        return end;
    }

    /** Moves to the next token. */
    public TokenKind next() {
        start = end;
        if (start >= limit) {
            return TokenKind.END;
        }
        byte c = text[start];
        end = start + 1;
        return switch (CLASSES[c & 0xff]) {
            case SPACE -> whitespace();
            case LETTER -> wordOrPrefixedString(c);
            case DIGIT -> number(c);
            case OPERATOR_CHAR -> operatorOrComment(c);
            case QUOTE -> standardStrings ? string(TokenKind.STRING, false) : string(TokenKind.ESCAPE_STRING, true);
            case DOUBLE_QUOTE -> quotedIdentifier(TokenKind.QUOTED_IDENTIFIER);
            case DOLLAR -> dollar();
            case PUNCTUATION -> punctuation(c);
            default -> TokenKind.INVALID;
        };
    }

    private static int classOf(byte c) {
        return CLASSES[c & 0xff];
    }

    private int peek(int at) {
        return at < limit ? text[at] : -1000;
    }

    private boolean isDigitAt(int at) {
        return at < limit && text[at] >= '0' && text[at] <= '9';
    }

    private TokenKind whitespace() {
        while (end < limit && classOf(text[end]) == SPACE) {
            end++;
        }
        return TokenKind.WHITESPACE;
    }

    private TokenKind wordOrPrefixedString(byte first) {
        int next = peek(end);
        if (next == '\'') {
            switch (first) {
                case 'e', 'E' -> {
                    end++;
                    return string(TokenKind.ESCAPE_STRING, true);
                }
                case 'b', 'B', 'x', 'X' -> {
                    end++;
                    return string(TokenKind.BIT_STRING, false);
                }
                case 'n', 'N' -> {
                    end++;
                    return standardStrings ? string(TokenKind.STRING, false) : string(TokenKind.ESCAPE_STRING, true);
                }
                default -> {}
            }
        } else if (next == '&' && (first == 'u' || first == 'U')) {
            int quote = peek(end + 1);
            if (quote == '"') {
                end += 2;
                return quotedIdentifier(TokenKind.UNICODE_IDENTIFIER);
            }
            if (quote == '\'') {
                end += 2;
                TokenKind kind = string(TokenKind.UNICODE_STRING, false);
                // The server refuses this form where a backslash could also mean an escape.
                return standardStrings ? kind : TokenKind.INVALID;
            }
        }
        while (end < limit) {
            int c = classOf(text[end]);
            if (c != LETTER && c != DIGIT && c != DOLLAR) {
                break;
            }
            end++;
        }
        return TokenKind.WORD;
    }

    /** Reads on after an opening quote. */
    private TokenKind string(TokenKind kind, boolean escapes) {
        while (end < limit) {
            byte c = text[end++];
            if (c == '\\' && escapes) {
                if (end < limit) {
                    end++;
                }
            } else if (c == '\'') {
                if (peek(end) == '\'') {
                    end++;
                } else {
                    int continued = continuation(end);
                    if (continued < 0) {
                        return kind;
                    }
                    end = continued;
                }
            }
        }
        return TokenKind.INVALID;
    }

    /**
     * A string goes on after white space with a line end in it, where that is followed by another quote.
     *
     * @return the index after that quote, or -1
     */
    private int continuation(int at) {
        boolean newline = false;
        int i = at;
        while (i < limit) {
            byte c = text[i];
            if (c == '\n' || c == '\r') {
                newline = true;
                i++;
            } else if (classOf(c) == SPACE) {
                i++;
            } else if (c == '-' && peek(i + 1) == '-') {
                i = lineEnd(i);
            } else {
                return newline && c == '\'' ? i + 1 : -1;
            }
        }
        return -1;
    }

    private TokenKind quotedIdentifier(TokenKind kind) {
        int first = end;
        while (end < limit) {
            if (text[end++] == '"') {
                if (peek(end) != '"') {
                    return end - 1 > first ? kind : TokenKind.INVALID;
                }
                end++;
            }
        }
        return TokenKind.INVALID;
    }

    private TokenKind dollar() {
        if (isDigitAt(end)) {
            while (isDigitAt(end)) {
                end++;
            }
            return TokenKind.PARAMETER;
        }
        int tagEnd = end;
        while (tagEnd < limit && (classOf(text[tagEnd]) == LETTER || (tagEnd > end && isDigitAt(tagEnd)))) {
            tagEnd++;
        }
        if (peek(tagEnd) != '$') {
            return TokenKind.INVALID;
        }
        int length = tagEnd + 1 - start;
        for (int i = tagEnd + 1; i + length <= limit; i++) {
            if (text[i] == '$' && sameBytes(start, i, length)) {
                end = i + length;
                return TokenKind.DOLLAR_STRING;
            }
        }
        end = limit;
        return TokenKind.INVALID;
    }

    private boolean sameBytes(int a, int b, int length) {
        for (int i = 0; i < length; i++) {
            if (text[a + i] != text[b + i]) {
                return false;
            }
        }
        return true;
    }

    private TokenKind number(byte first) {
        int base = first == '0' ? peek(end) | 0x20 : 0;
        if (base == 'x' || base == 'o' || base == 'b') {
            int i = digits(end + 1, base == 'x' ? 16 : base == 'o' ? 8 : 2, true);
            if (i > end + 1) {
                end = i;
                return TokenKind.NUMBER;
            }
        }
        end = digits(start, 10, false);
        if (peek(end) == '.' && peek(end + 1) != '.') {
            end = digits(end + 1, 10, false);
        }
        return exponent();
    }

    /** An optional exponent after the digits read so far. */
    private TokenKind exponent() {
        if ((peek(end) | 0x20) == 'e') {
            int i = end + 1;
            if (peek(i) == '+' || peek(i) == '-') {
                i++;
            }
            if (isDigitAt(i)) {
                end = digits(i, 10, false);
            }
        }
        return TokenKind.NUMBER;
    }

    private int digits(int from, int radix, boolean leadingUnderscore) {
        int i = from;
        while (i < limit) {
            boolean underscore = text[i] == '_';
            int at = underscore ? i + 1 : i;
            if ((underscore && i == from && !leadingUnderscore) || at >= limit) {
                break;
            }
            if (Character.digit(text[at], radix) < 0) {
                break;
            }
            i = at + 1;
        }
        return i;
    }

    private TokenKind punctuation(byte c) {
        switch (c) {
            case '(' -> {
                return TokenKind.LEFT_PAREN;
            }
            case ')' -> {
                return TokenKind.RIGHT_PAREN;
            }
            case '[' -> {
                return TokenKind.LEFT_BRACKET;
            }
            case ']' -> {
                return TokenKind.RIGHT_BRACKET;
            }
            case ',' -> {
                return TokenKind.COMMA;
            }
            case ';' -> {
                return TokenKind.SEMICOLON;
            }
            case ':' -> {
                if (peek(end) == ':') {
                    end++;
                    return TokenKind.TYPECAST;
                }
                if (peek(end) == '=') {
                    end++;
                    return TokenKind.COLON_EQUALS;
                }
                return TokenKind.COLON;
            }
            default -> {
                if (isDigitAt(end)) {
                    end = digits(end, 10, false);
                    return exponent();
                }
                if (peek(end) == '.') {
                    end++;
                    return TokenKind.DOT_DOT;
                }
                return TokenKind.DOT;
            }
        }
    }

    private TokenKind operatorOrComment(byte first) {
        int next = peek(end);
        if (first == '-' && next == '-') {
            end = lineEnd(end);
            return TokenKind.LINE_COMMENT;
        }
        if (first == '/' && next == '*') {
            return blockComment();
        }
        boolean special = isSpecialOperatorChar(first);
        while (end < limit && classOf(text[end]) == OPERATOR_CHAR) {
            byte c = text[end];
            int following = peek(end + 1);
            if ((c == '-' && following == '-') || (c == '/' && following == '*')) {
                break;
            }
            special |= isSpecialOperatorChar(c);
            end++;
        }
        // A trailing sign belongs to what follows, unless the operator has a character that SQL itself does not use.
        while (!special && end > start + 1 && (text[end - 1] == '+' || text[end - 1] == '-')) {
            end--;
        }
        return end == start + 2 && first == '=' && text[start + 1] == '>'
                ? TokenKind.EQUALS_GREATER
                : TokenKind.OPERATOR;
    }

    private static boolean isSpecialOperatorChar(byte c) {
        return switch (c) {
            case '~', '!', '@', '#', '^', '&', '|', '`', '?', '%' -> true;
            default -> false;
        };
    }

    private int lineEnd(int from) {
        int i = from;
        while (i < limit && text[i] != '\n' && text[i] != '\r') {
            i++;
        }
        return i;
    }

    private TokenKind blockComment() {
        int depth = 1;
        end++;
        while (end < limit) {
            byte c = text[end++];
            if (c == '*' && peek(end) == '/') {
                end++;
                if (--depth == 0) {
                    return TokenKind.BLOCK_COMMENT;
                }
            } else if (c == '/' && peek(end) == '*') {
                end++;
                depth++;
            }
        }
        return TokenKind.INVALID;
    }
}
