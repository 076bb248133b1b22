package io.trunkline.sql;

import java.util.Arrays;

/**
 * The tokens of one query string without white space and comments, and a position among those of one statement. Reading
 * past the statement's end gives {@link TokenKind#END}. Reused from text to text.
 */
final class TokenStream {
    /** Deeper nesting than this is not analysed: the walkers call themselves once a level. */
    static final int MAX_NESTING = 200;

    /** Longer texts get arrays of their own, which are dropped again. */
    private static final int KEPT_TOKENS = 4096;

    private static final byte[] NO_TEXT = {};

    private final Lexer lexer = new Lexer();
    private final CommentReader comments = new CommentReader();
    private final int[] open = new int[MAX_NESTING];

    private byte[] text = NO_TEXT;
    private TokenKind[] kinds = new TokenKind[256];
    private Keyword[] words = new Keyword[256];
    private int[] starts = new int[256];
    private int[] ends = new int[256];
    private int[] partners = new int[256];
    private int count;
    private boolean suspect;
    private boolean innerSemicolon;

    private int pos;
    private int stop;

    /**
     * Reads a whole text.
     *
     * @return false if it cannot be valid or must not be analysed
     */
    boolean load(byte[] newText, int from, int to, LexicalSettings settings) {
        text = newText;
        count = 0;
        suspect = false;
        innerSemicolon = false;
        comments.reset();
        if (!isAnalysable(from, to, settings.safeEncoding())) {
            return false;
        }
        lexer.reset(newText, from, to, settings);
        int depth = 0;
        while (true) {
            TokenKind kind = lexer.next();
            switch (kind) {
                case WHITESPACE -> {
                    continue;
                }
                case LINE_COMMENT, BLOCK_COMMENT -> {
                    comments.read(text, lexer.start(), lexer.end(), count > 0);
                    continue;
                }
                case INVALID -> {
                    return false;
                }
                case END -> {
                    return depth == 0;
                }
                default -> {}
            }
            if (count == starts.length) {
                grow();
            }
            starts[count] = lexer.start();
            ends[count] = lexer.end();
            kinds[count] = kind;
            Keyword word = Keyword.NONE;
            if (kind == TokenKind.WORD) {
                word = KeywordTable.find(text, lexer.start(), lexer.end());
                suspect |= word.mayWrite();
            } else if (kind == TokenKind.LEFT_PAREN || kind == TokenKind.LEFT_BRACKET) {
                if (depth == MAX_NESTING) {
                    return false;
                }
                open[depth++] = count;
            } else if (kind == TokenKind.RIGHT_PAREN || kind == TokenKind.RIGHT_BRACKET) {
                if (depth == 0 || !closes(kinds[open[depth - 1]], kind)) {
                    return false;
                }
                partners[open[--depth]] = count;
                partners[count] = open[depth];
            } else if (kind == TokenKind.SEMICOLON) {
                innerSemicolon |= depth > 0;
            }
            words[count++] = word;
        }
    }

    private static boolean closes(TokenKind left, TokenKind right) {
        return (left == TokenKind.LEFT_PAREN) == (right == TokenKind.RIGHT_PAREN);
    }

    private boolean isAnalysable(int from, int to, boolean safeEncoding) {
        for (int i = from; i < to; i++) {
            if (text[i] == 0 || (text[i] < 0 && !safeEncoding)) {
                return false;
            }
        }
        return true;
    }

    private void grow() {
        int size = count * 2;
        kinds = Arrays.copyOf(kinds, size);
        words = Arrays.copyOf(words, size);
        starts = Arrays.copyOf(starts, size);
        ends = Arrays.copyOf(ends, size);
        partners = Arrays.copyOf(partners, size);
    }

    /** Forgets the text, and arrays that an unusually long one needed. */
    void release() {
        text = NO_TEXT;
        lexer.release();
        if (starts.length > KEPT_TOKENS) {
            kinds = new TokenKind[256];
            words = new Keyword[256];
            starts = new int[256];
            ends = new int[256];
            partners = new int[256];
        }
    }

    byte[] text() {
        return text;
    }

    int count() {
        return count;
    }

    CommentReader comments() {
        return comments;
    }

    /** Whether any word in the text could belong to a write, a row lock or an INTO. */
    boolean isSuspect() {
        return suspect;
    }

    /** Whether a semicolon stands in parentheses, which only the actions of a rule may have. */
    boolean hasInnerSemicolon() {
        return innerSemicolon;
    }

    /** Sets the statement to read: tokens {@code [from, to)}. */
    void select(int from, int to) {
        pos = from;
        stop = to;
    }

    int position() {
        return pos;
    }

    void moveTo(int token) {
        pos = token;
    }

    /** Moves the statement's end, to read a part of it. */
    void limitTo(int token) {
        stop = token;
    }

    int statementEnd() {
        return stop;
    }

    boolean atEnd() {
        return pos >= stop;
    }

    TokenKind kind() {
        return pos < stop ? kinds[pos] : TokenKind.END;
    }

    TokenKind kind(int ahead) {
        return pos + ahead < stop ? kinds[pos + ahead] : TokenKind.END;
    }

    Keyword word() {
        return pos < stop ? words[pos] : Keyword.NONE;
    }

    Keyword word(int ahead) {
        return pos + ahead < stop ? words[pos + ahead] : Keyword.NONE;
    }

    TokenKind kindAt(int token) {
        return token >= 0 && token < stop ? kinds[token] : TokenKind.END;
    }

    Keyword wordAt(int token) {
        return token >= 0 && token < stop ? words[token] : Keyword.NONE;
    }

    int startOf(int token) {
        return starts[token];
    }

    int endOf(int token) {
        return ends[token];
    }

    /** The token that closes the parenthesis or bracket at this one, or opens it. */
    int partnerOf(int token) {
        return partners[token];
    }

    void advance() {
        pos++;
    }

    void advance(int by) {
        pos += by;
    }

    boolean at(Keyword word) {
        return pos < stop && words[pos] == word;
    }

    boolean at(TokenKind kind) {
        return pos < stop && kinds[pos] == kind;
    }

    boolean accept(Keyword word) {
        if (at(word)) {
            pos++;
            return true;
        }
        return false;
    }

    boolean accept(TokenKind kind) {
        if (at(kind)) {
            pos++;
            return true;
        }
        return false;
    }

    boolean accept(Keyword first, Keyword second) {
        if (at(first) && word(1) == second) {
            pos += 2;
            return true;
        }
        return false;
    }

    /** Steps over a parenthesised group, if one is here. */
    boolean skipParens() {
        if (at(TokenKind.LEFT_PAREN)) {
            pos = partners[pos] + 1;
            return true;
        }
        return false;
    }

    boolean atName() {
        return isName(pos);
    }

    /** Whether a token is an identifier or a key word. */
    boolean isName(int token) {
        return switch (kindAt(token)) {
            case WORD, QUOTED_IDENTIFIER, UNICODE_IDENTIFIER -> true;
            default -> false;
        };
    }

    boolean isString(int token) {
        return switch (kindAt(token)) {
            case STRING, ESCAPE_STRING, UNICODE_STRING, DOLLAR_STRING -> true;
            default -> false;
        };
    }

    /** Whether a token is an operator of this one character. */
    boolean isOperator(int token, char c) {
        return kindAt(token) == TokenKind.OPERATOR && ends[token] - starts[token] == 1 && text[starts[token]] == c;
    }

    /** Whether a word that is no key word of ours spells this, given in lower case. */
    boolean spells(int token, String lowerCase) {
        if (kindAt(token) != TokenKind.WORD || ends[token] - starts[token] != lowerCase.length()) {
            return false;
        }
        for (int i = 0; i < lowerCase.length(); i++) {
            if (KeywordTable.lower(text[starts[token] + i]) != lowerCase.charAt(i)) {
                return false;
            }
        }
        return true;
    }

    /** The token after a name's part: past the UESCAPE clause of a Unicode one. */
    int afterPart(int token) {
        if (kindAt(token) == TokenKind.UNICODE_IDENTIFIER
                && wordAt(token + 1) == Keyword.UESCAPE
                && isString(token + 2)) {
            return token + 3;
        }
        return token + 1;
    }

    /** The token after a literal: past the UESCAPE clause of a Unicode one. */
    int afterLiteral(int token) {
        return kindAt(token) == TokenKind.UNICODE_STRING && wordAt(token + 1) == Keyword.UESCAPE && isString(token + 2)
                ? token + 3
                : token + 1;
    }

    /** The escape character that holds for a {@code U&} form at a token. */
    char unicodeEscapeAfter(int token) {
        if (wordAt(token + 1) == Keyword.UESCAPE && isString(token + 2)) {
            String escape = Literals.value(this, token + 2);
            if (escape.length() == 1) {
                return escape.charAt(0);
            }
        }
        return '\\';
    }
}
