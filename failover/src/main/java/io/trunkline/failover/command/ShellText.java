package io.trunkline.failover.command;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.regex.Pattern;

/**
 * Reads the text of a shell command from its start and knows at each place how a value has to be written there to stay
 * one piece. What it can't follow with certainty (backquotes, here-documents, comments, {@code ${name:-...}}, case in a
 * substitution) it calls {@link Quoting#UNKNOWN}.
 */
final class ShellText {
    /** How the text around a place is quoted. */
    enum Quoting {
        NONE,
        SINGLE,
        DOUBLE,
        UNKNOWN
    }

    private static final Pattern PLAIN_VARIABLE = Pattern.compile("\\$\\{\\w+}");
    private static final Pattern CASE = Pattern.compile("\\bcase\\b");

    /** What was open when a substitution began, and the parentheses that are open in that. */
    private record Outer(Quoting quoting, int parentheses) {}

    private final String text;
    private final Deque<Outer> substitutions = new ArrayDeque<>();
    private Quoting quoting = Quoting.NONE;
    private int parentheses;
    private boolean backslash;
    private boolean dollar;
    private boolean inBackquotes;
    private boolean inComment;
    private boolean lost;
    private char before = ' ';

    /** @param text the whole of it, which is looked ahead in */
    ShellText(String text) {
        this.text = text;
    }

    Quoting quoting() {
        return lost || inBackquotes || inComment || dollar ? Quoting.UNKNOWN : quoting;
    }

    /** Whether a backslash is the last that was read, and takes the meaning from what follows. */
    boolean isAfterBackslash() {
        return backslash;
    }

    /** A value, or a character without a meaning, is at this place. */
    void passValue() {
        backslash = false;
        dollar = false;
        before = 'v';
    }

    /** Reads the character at this index. */
    void read(int index) {
        char c = text.charAt(index);
        if (lost) {
            return;
        }
        if (inComment) {
            inComment = c != '\n';
        } else if (backslash) {
            passValue();
            return;
        } else if (inBackquotes) {
            backslash = c == '\\';
            inBackquotes = c != '`';
        } else if (quoting == Quoting.SINGLE) {
            quoting = c == '\'' ? Quoting.NONE : Quoting.SINGLE;
        } else {
            readActive(c, index);
        }
        before = c;
    }

    /** Outside single quotes. */
    private void readActive(char c, int index) {
        boolean afterDollar = dollar;
        dollar = c == '$' && !afterDollar;
        backslash = c == '\\';
        if (c == '`') {
            inBackquotes = true;
        } else if (c == '"') {
            quoting = quoting == Quoting.DOUBLE ? Quoting.NONE : Quoting.DOUBLE;
        } else if (c == '(' && afterDollar) {
            substitutions.push(new Outer(quoting, parentheses));
            quoting = Quoting.NONE;
            parentheses = 0;
            lost = CASE.matcher(text).find(index);
        } else if (c == '{' && afterDollar) {
            lost = !PLAIN_VARIABLE
                    .matcher(text)
                    .region(index - 1, text.length())
                    .lookingAt();
        } else if (quoting == Quoting.NONE) {
            readBare(c, afterDollar);
        }
    }

    private void readBare(char c, boolean afterDollar) {
        switch (c) {
            case '\'' -> {
                // Some shells read $'...' as the strings of C, with an end of their own.
                lost = afterDollar;
                quoting = Quoting.SINGLE;
            }
            case '#' -> inComment = " \t\n;&|()".indexOf(before) >= 0;
            case '<' -> lost = before == '<';
            case '(' -> parentheses++;
            case ')' -> close();
            default -> {}
        }
    }

    private void close() {
        if (parentheses > 0) {
            parentheses--;
        } else if (!substitutions.isEmpty()) {
            Outer outer = substitutions.pop();
            quoting = outer.quoting();
            parentheses = outer.parentheses();
        }
    }
}
