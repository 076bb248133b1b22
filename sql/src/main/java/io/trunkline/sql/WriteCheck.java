package io.trunkline.sql;

/**
 * Looks at the bare sequence of a query's tokens for anything that could belong to a data modification, a row lock or
 * INTO. Errs on the side of a write: a column called {@code delete} may cost a read its standby, never the reverse.
 */
final class WriteCheck {
    private final TokenStream tokens;

    WriteCheck(TokenStream tokens) {
        this.tokens = tokens;
    }

    /** Whether tokens {@code [from, to)} cannot write. */
    boolean isClean(int from, int to, StatementType type) {
        if (!tokens.isSuspect()) {
            return true;
        }
        int first = type == StatementType.EXPLAIN ? explained(from, to) : from;
        for (int i = first; i < to; i++) {
            if (isSuspect(i, first)) {
                return false;
            }
        }
        return true;
    }

    /** EXPLAIN INSERT writes nothing: its own verb is exempt. */
    private int explained(int from, int to) {
        int i = from + 1;
        while (i < to) {
            if (tokens.kindAt(i) == TokenKind.LEFT_PAREN && i == from + 1) {
                i = tokens.partnerOf(i) + 1;
            } else if (tokens.wordAt(i) == Keyword.VERBOSE) {
                i++;
            } else {
                break;
            }
        }
        return i;
    }

    private boolean isSuspect(int i, int first) {
        switch (tokens.wordAt(i)) {
            case INTO:
                return !isLabel(i) && !(i == first + 1 && isVerb(first));
            case SHARE:
                return isRowLock(i);
            case UPDATE:
                return isRowLock(i) || i != first && mayBeginStatement(i) && tokens.isName(i + 1);
            case DELETE:
                return i != first && mayBeginStatement(i) && tokens.wordAt(i + 1) == Keyword.FROM;
            default:
                return false;
        }
    }

    private boolean isVerb(int i) {
        return tokens.wordAt(i) == Keyword.INSERT || tokens.wordAt(i) == Keyword.MERGE;
    }

    private boolean isLabel(int i) {
        return tokens.wordAt(i - 1) == Keyword.AS || tokens.kindAt(i - 1) == TokenKind.DOT;
    }

    /** FOR UPDATE, FOR NO KEY UPDATE, FOR SHARE, FOR KEY SHARE. */
    private boolean isRowLock(int i) {
        Keyword before = tokens.wordAt(i - 1);
        return before == Keyword.FOR || before == Keyword.KEY;
    }

    /** A verb inside a statement stands after a parenthesis, or after the column that SEARCH or CYCLE ends with. */
    private boolean mayBeginStatement(int i) {
        TokenKind before = tokens.kindAt(i - 1);
        return before == TokenKind.LEFT_PAREN
                || before == TokenKind.RIGHT_PAREN
                || tokens.isName(i - 1) && !tokens.wordAt(i - 1).isReserved();
    }
}
