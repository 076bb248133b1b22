package io.trunkline.sql;

import io.trunkline.sql.Analysis.CommentFacts;
import org.jspecify.annotations.Nullable;

/** Notes where a text has comments, and the routing hint in them. */
final class CommentReader {
    private static final String NO_LOAD_BALANCE = "no load balance";
    private static final String PREFIX = "trunkline:";
    private static final String ROUTE = "route=";

    private boolean leading;
    private boolean inner;
    private boolean invalidHint;
    private @Nullable RouteHint hint;

    void reset() {
        leading = false;
        inner = false;
        invalidHint = false;
        hint = null;
    }

    CommentFacts facts() {
        return leading || inner ? new CommentFacts(leading, inner, invalidHint, hint) : CommentFacts.NONE;
    }

    /** Takes note of the comment at {@code text[from, to)}. */
    void read(byte[] text, int from, int to, boolean afterToken) {
        if (afterToken) {
            inner = true;
        } else {
            leading = true;
        }
        if (text[from] != '/') {
            return;
        }
        int start = from + 2;
        int end = to - 2;
        while (start < end && text[start] <= ' ' && text[start] > 0) {
            start++;
        }
        while (end > start && text[end - 1] <= ' ' && text[end - 1] > 0) {
            end--;
        }
        if (end - start == NO_LOAD_BALANCE.length() && startsWith(text, start, end, NO_LOAD_BALANCE)) {
            hint = RouteHint.NO_LOAD_BALANCE;
        } else if (startsWith(text, start, end, PREFIX)) {
            start += PREFIX.length();
            while (start < end && text[start] <= ' ' && text[start] > 0) {
                start++;
            }
            RouteHint asked = startsWith(text, start, end, ROUTE)
                    ? RouteHint.parse(NameCache.text(text, start + ROUTE.length(), end - start - ROUTE.length()))
                    : null;
            if (asked == null) {
                invalidHint = true;
            } else {
                hint = asked;
            }
        }
    }

    private static boolean startsWith(byte[] text, int from, int to, String lowerCase) {
        if (to - from < lowerCase.length()) {
            return false;
        }
        for (int i = 0; i < lowerCase.length(); i++) {
            if (KeywordTable.lower(text[from + i]) != lowerCase.charAt(i)) {
                return false;
            }
        }
        return true;
    }
}
