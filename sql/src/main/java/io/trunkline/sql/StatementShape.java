package io.trunkline.sql;

import java.nio.charset.StandardCharsets;
import java.util.Locale;

/**
 * What statements that differ in their literals alone have in common, for logs: {@code SELECT  f('x', 1) -- note} and
 * {@code select f('y', 2)} both are {@code select f(?)}. Literals and parameters become {@code ?}, lists of them one
 * {@code ?}, words without quotes are in lower case, and comments are gone; so it holds no values of the user's.
 */
public final class StatementShape {
    /** Longer shapes end in {@code ...}. */
    public static final int MAX_LENGTH = 500;

    private static final String CUT = "...";

    private StatementShape() {}

    /** The shape of a query string in whatever encoding; what follows an unfinished string or comment is cut off. */
    public static String of(byte[] text, LexicalSettings settings) {
        Lexer lexer = new Lexer();
        lexer.reset(text, 0, text.length, settings);
        StringBuilder shape = new StringBuilder(Math.min(text.length, MAX_LENGTH));
        boolean space = false;
        while (shape.length() < MAX_LENGTH) {
            TokenKind kind = lexer.next();
            switch (kind) {
                case END -> {
                    return shape.toString();
                }
                case INVALID -> {
                    return shape.append(CUT).toString();
                }
                case WHITESPACE, LINE_COMMENT, BLOCK_COMMENT -> {
                    space = shape.length() > 0;
                    continue;
                }
                case STRING, ESCAPE_STRING, UNICODE_STRING, BIT_STRING, DOLLAR_STRING, NUMBER, PARAMETER -> {
                    if (!endsList(shape)) {
                        shape.append(space ? " ?" : "?");
                    }
                }
                default -> {
                    if (space) {
                        shape.append(' ');
                    }
                    String token = new String(text, lexer.start(), lexer.end() - lexer.start(), StandardCharsets.UTF_8);
                    shape.append(kind == TokenKind.WORD ? token.toLowerCase(Locale.ROOT) : token);
                }
            }
            space = false;
        }
        shape.setLength(MAX_LENGTH);
        return shape.append(CUT).toString();
    }

    /** Takes the comma off that a literal has been followed by. @return whether there was one */
    private static boolean endsList(StringBuilder shape) {
        int comma = shape.length() - 1;
        int literal = comma - 1;
        if (literal > 0 && shape.charAt(literal) == ' ') {
            literal--;
        }
        if (literal < 0 || shape.charAt(comma) != ',' || shape.charAt(literal) != '?') {
            return false;
        }
        shape.setLength(literal + 1);
        return true;
    }
}
