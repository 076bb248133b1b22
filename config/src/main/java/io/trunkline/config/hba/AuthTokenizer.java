package io.trunkline.config.hba;

/**
 * Takes one line apart into items, by the rules of PostgreSQL: blanks and commas part them, double quotes keep them
 * together, a quote in quotes is written twice, and {@code #} outside of quotes begins a comment. A quote may open within
 * an item; one that is not closed ends with the line.
 */
final class AuthTokenizer {
    private final String line;
    private int at;
    private AuthToken token = new AuthToken("", false);
    private boolean followedByComma;

    AuthTokenizer(String line) {
        this.line = line;
    }

    /** Goes to the next item; false if there is none. */
    boolean next() {
        followedByComma = false;
        while (at < line.length() && (isBlank(line.charAt(at)) || line.charAt(at) == ',')) {
            at++;
        }
        StringBuilder text = new StringBuilder();
        boolean inQuotes = false;
        boolean closing = false;
        boolean anyQuote = false;
        boolean beganQuoted = false;
        for (; at < line.length(); at++) {
            char c = line.charAt(at);
            if (!inQuotes) {
                if (isBlank(c)) {
                    break;
                }
                if (c == '#') {
                    at = line.length();
                    break;
                }
                if (c == ',') {
                    at++;
                    followedByComma = true;
                    break;
                }
            }
            if (c != '"') {
                text.append(c);
                closing = false;
                continue;
            }
            if (closing) {
                text.append(c);
            }
            closing = inQuotes && !closing;
            beganQuoted |= text.isEmpty();
            inQuotes = !inQuotes;
            anyQuote = true;
        }
        token = new AuthToken(text.toString(), beganQuoted);
        return anyQuote || !text.isEmpty();
    }

    /** The item that {@link #next} has gone to. */
    AuthToken token() {
        return token;
    }

    /** Whether the field goes on after the item. */
    boolean isFollowedByComma() {
        return followedByComma;
    }

    private static boolean isBlank(char c) {
        return c == ' ' || c == '\t' || c == '\r';
    }
}
