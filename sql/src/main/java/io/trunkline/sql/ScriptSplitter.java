package io.trunkline.sql;

import java.io.ByteArrayOutputStream;
import java.util.Optional;

/**
 * Finds the query strings of a script as psql sends them: up to the semicolon that is outside of parentheses and of a
 * {@code BEGIN ATOMIC} body, with {@code \;} for one that does not end them, and without what is not for the server:
 * backslash commands (of which {@code \g} and its like send what there is, and {@code \r} drops it), the data behind
 * {@code COPY ... FROM STDIN}, and the white space and {@code --} comments before a statement.
 *
 * <p>Text is read with the usual lexical settings, in an encoding such as UTF-8 whose multibyte characters have the high
 * bit set throughout. Variables are not replaced. Not safe for use by several threads at once.
 */
public final class ScriptSplitter {
    /** The initials of CREATE OR REPLACE FUNCTION, the longest beginning of a statement that makes a routine. */
    private static final String MADE = "corf";

    private final byte[] script;
    private final Lexer lexer = new Lexer();
    private final ByteArrayOutputStream query = new ByteArrayOutputStream();
    private final StringBuilder routine = new StringBuilder();

    private boolean hasToken;
    private int depth;
    private int bodies;
    private boolean copy;
    private boolean copyIn;
    private Keyword lastWord = Keyword.NONE;

    public ScriptSplitter(byte[] script) {
        this.script = script;
        lexer.reset(script, 0, script.length, LexicalSettings.DEFAULT);
    }

    /** The next query string, with its semicolon; empty at the end. Strings without any statement are left out. */
    public Optional<byte[]> next() {
        clear();
        while (true) {
            TokenKind kind = lexer.next();
            switch (kind) {
                case END -> {
                    return hasToken ? Optional.of(query.toByteArray()) : Optional.empty();
                }
                case WHITESPACE, LINE_COMMENT -> {
                    if (query.size() > 0) {
                        append();
                    }
                }
                case BLOCK_COMMENT -> append();
                case INVALID -> {
                    if (script[lexer.start()] != '\\') {
                        token();
                    } else if (backslash() && hasToken) {
                        return Optional.of(query.toByteArray());
                    }
                }
                case SEMICOLON -> {
                    append();
                    if (depth == 0 && bodies == 0) {
                        if (hasToken) {
                            skipData();
                            return Optional.of(query.toByteArray());
                        }
                        clear();
                    }
                }
                case LEFT_PAREN -> {
                    token();
                    depth++;
                }
                case RIGHT_PAREN -> {
                    token();
                    depth = Math.max(0, depth - 1);
                }
                case WORD -> {
                    word(KeywordTable.find(script, lexer.start(), lexer.end()));
                    token();
                }
                default -> {
                    lastWord = Keyword.NONE;
                    token();
                }
            }
        }
    }

    private void clear() {
        query.reset();
        routine.setLength(0);
        hasToken = false;
        depth = 0;
        bodies = 0;
        copy = false;
        copyIn = false;
        lastWord = Keyword.NONE;
    }

    private void append() {
        query.write(script, lexer.start(), lexer.end() - lexer.start());
    }

    private void token() {
        append();
        hasToken = true;
    }

    private void word(Keyword word) {
        if (!hasToken) {
            copy = word == Keyword.COPY;
        }
        copyIn |= copy && depth == 0 && lastWord == Keyword.FROM && (word == Keyword.STDIN || word == Keyword.STDOUT);
        lastWord = word;
        if (routine.length() < MADE.length()) {
            routine.append(initial(word));
        }
        if (depth == 0 && isRoutine()) {
            switch (word) {
                case BEGIN -> bodies++;
                case CASE -> bodies += bodies > 0 ? 1 : 0;
                case END -> bodies -= bodies > 0 ? 1 : 0;
                default -> {}
            }
        }
    }

    private boolean isRoutine() {
        String begins = routine.toString();
        return begins.startsWith("cf") || begins.startsWith(MADE);
    }

    private static char initial(Keyword word) {
        return switch (word) {
            case CREATE -> 'c';
            case OR -> 'o';
            case REPLACE -> 'r';
            case FUNCTION, PROCEDURE -> 'f';
            default -> '-';
        };
    }

    /** Carries out the command behind a backslash; returns whether it sends the query. */
    private boolean backslash() {
        int from = lexer.end();
        if (from < script.length && script[from] == ';') {
            query.write(';');
            resume(from + 1);
            return false;
        }
        int nameEnd = from;
        while (nameEnd < script.length && script[nameEnd] > ' ') {
            nameEnd++;
        }
        String name = NameCache.text(script, from, nameEnd - from);
        resume(endOfLine(nameEnd));
        if (name.equals("r") || name.equals("reset")) {
            clear();
        }
        return name.equals("g")
                || name.equals("gx")
                || name.equals("gset")
                || name.equals("gexec")
                || name.equals("gdesc")
                || name.equals("crosstabview")
                || name.equals("watch");
    }

    /** Passes over the data behind COPY ... FROM STDIN, which begin on the next line and end with a line of {@code \.}. */
    private void skipData() {
        if (!copyIn) {
            return;
        }
        int line = endOfLine(lexer.end());
        while (line < script.length) {
            int end = endOfLine(line);
            boolean last = NameCache.text(script, line, end - line).strip().equals("\\.");
            line = end;
            if (last) {
                break;
            }
        }
        resume(line);
    }

    /** The first byte of the next line. */
    private int endOfLine(int from) {
        int i = from;
        while (i < script.length && script[i] != '\n') {
            i++;
        }
        return Math.min(i + 1, script.length);
    }

    private void resume(int from) {
        lexer.reset(script, from, script.length, LexicalSettings.DEFAULT);
    }
}
