package io.trunkline.sql;

/** Tells a plain call such as {@code substring(a, 1)} from SQL's own form of it, {@code substring(a FROM 1)}. */
final class CallForm {
    private CallForm() {}

    /**
     * Whether the parentheses hold a list of arguments and nothing of the special form.
     *
     * @param open the opening parenthesis
     * @param json for JSON_OBJECT, whose special form has other words
     */
    static boolean isPlain(TokenStream tokens, int open, boolean json) {
        int close = tokens.partnerOf(open);
        if (json && close == open + 1) {
            return false;
        }
        for (int i = open + 1; i < close; i++) {
            TokenKind kind = tokens.kindAt(i);
            if (kind == TokenKind.LEFT_PAREN || kind == TokenKind.LEFT_BRACKET) {
                i = tokens.partnerOf(i);
            } else if (json && kind == TokenKind.COLON) {
                return false;
            } else {
                switch (tokens.wordAt(i)) {
                    case FROM -> {
                        if (tokens.wordAt(i - 1) != Keyword.DISTINCT) {
                            return json;
                        }
                    }
                    case FOR, SIMILAR, PLACING -> {
                        return json;
                    }
                    case VALUE, RETURNING, WITH, WITHOUT -> {
                        if (json) {
                            return false;
                        }
                    }
                    case ON -> {
                        if (json) {
                            return false;
                        }
                    }
                    default -> {}
                }
            }
        }
        return true;
    }
}
