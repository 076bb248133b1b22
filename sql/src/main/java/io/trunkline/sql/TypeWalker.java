package io.trunkline.sql;

/** Steps over the name of a type, so that its modifiers are not taken for a function's arguments. */
final class TypeWalker {
    private final TokenStream tokens;

    TypeWalker(TokenStream tokens) {
        this.tokens = tokens;
    }

    /** Steps over a type name with its modifiers and array bounds. */
    void walk() {
        tokens.accept(Keyword.SETOF);
        switch (tokens.word()) {
            case DOUBLE -> {
                tokens.advance();
                tokens.accept(Keyword.PRECISION);
            }
            case NATIONAL -> {
                tokens.advance();
                tokens.advance();
                varying();
            }
            case CHARACTER, CHAR, NCHAR, BIT -> {
                tokens.advance();
                varying();
            }
            case TIME, TIMESTAMP -> {
                tokens.advance();
                tokens.skipParens();
                if ((tokens.at(Keyword.WITH) || tokens.at(Keyword.WITHOUT)) && tokens.word(1) == Keyword.TIME) {
                    tokens.advance(3);
                }
                return;
            }
            case INTERVAL -> {
                tokens.advance();
                tokens.skipParens();
                intervalFields();
            }
            default -> {
                qualifiedName();
                if (tokens.isOperator(tokens.position(), '%') && tokens.word(1) == Keyword.TYPE) {
                    tokens.advance(2);
                }
            }
        }
        tokens.skipParens();
        arrayBounds();
    }

    /** Steps over a name of any number of parts. */
    void qualifiedName() {
        if (!tokens.atName()) {
            return;
        }
        int next = tokens.afterPart(tokens.position());
        while (tokens.kindAt(next) == TokenKind.DOT && tokens.isName(next + 1)) {
            next = tokens.afterPart(next + 1);
        }
        tokens.moveTo(next);
    }

    private void varying() {
        if (tokens.spells(tokens.position(), "varying")) {
            tokens.advance();
        }
    }

    /** Steps over {@code DAY TO SECOND (3)} and the like. */
    void intervalFields() {
        while (true) {
            switch (tokens.word()) {
                case YEAR, MONTH, DAY, HOUR, MINUTE, SECOND -> {
                    tokens.advance();
                    tokens.skipParens();
                    if (!tokens.accept(Keyword.TO)) {
                        return;
                    }
                }
                default -> {
                    return;
                }
            }
        }
    }

    private void arrayBounds() {
        if (tokens.accept(Keyword.ARRAY) && !tokens.at(TokenKind.LEFT_BRACKET)) {
            return;
        }
        while (tokens.at(TokenKind.LEFT_BRACKET)) {
            int close = tokens.partnerOf(tokens.position());
            // x::int[] has bounds, (x::int[])[1] a subscript: digits only are both and call nothing.
            if (close > tokens.position() + 2) {
                return;
            }
            tokens.moveTo(close + 1);
        }
    }
}
