package io.trunkline.sql;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * What a comment in the text asks of the router: {@code /*NO LOAD BALANCE*}{@code /} or
 * {@code /* trunkline: route=primary|standby|node:N *}{@code /}. Where several are given the last one counts.
 *
 * @param target where to
 * @param node id of the node with {@link Target#NODE}, else -1
 */
public record RouteHint(Target target, int node) {

    /** Where a statement is asked to go. */
    public enum Target {
        PRIMARY,
        /** The primary, by the words that are not ours: {@code /*NO LOAD BALANCE*}{@code /}. */
        NO_LOAD_BALANCE,
        STANDBY,
        NODE
    }

    static final RouteHint PRIMARY = new RouteHint(Target.PRIMARY, -1);
    static final RouteHint NO_LOAD_BALANCE = new RouteHint(Target.NO_LOAD_BALANCE, -1);
    static final RouteHint STANDBY = new RouteHint(Target.STANDBY, -1);

    private static final int MAX_NODE_DIGITS = 4;

    /** Reads what follows {@code route=}; null if it is none of the three forms. */
    static @Nullable RouteHint parse(String target) {
        String asked = target.toLowerCase(Locale.ROOT);
        if (asked.equals("primary")) {
            return PRIMARY;
        }
        if (asked.equals("standby")) {
            return STANDBY;
        }
        if (!asked.startsWith("node:")) {
            return null;
        }
        String digits = asked.substring("node:".length());
        boolean number = !digits.isEmpty()
                && digits.length() <= MAX_NODE_DIGITS
                && digits.chars().allMatch(c -> c >= '0' && c <= '9');
        return number ? new RouteHint(Target.NODE, Integer.parseInt(digits)) : null;
    }
}
