package io.trunkline.proxy.route;

import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * Knows one SELECT, INSERT, UPDATE or DELETE that concerns nothing but its tables, by a glance at its bytes: where nothing
 * is balanced that is all there is to know of most statements. In doubt it is none of these.
 */
final class PlainStatement {
    private static final int VERB_LENGTH = 6;

    private static final byte[][] VERBS = {
        "select".getBytes(StandardCharsets.US_ASCII),
        "insert".getBytes(StandardCharsets.US_ASCII),
        "update".getBytes(StandardCharsets.US_ASCII),
        "delete".getBytes(StandardCharsets.US_ASCII)
    };

    private static final StatementGroup[] GROUPS = {
        StatementGroup.SELECT, StatementGroup.INSERT, StatementGroup.UPDATE, StatementGroup.DELETE
    };

    private PlainStatement() {}

    /** What the text counts as; null if it has to be looked into. */
    static @Nullable StatementGroup groupOf(byte[] text, int length) {
        if (length < VERB_LENGTH + 1 || text[VERB_LENGTH] > ' ') {
            return null;
        }
        for (int v = 0; v < VERBS.length; v++) {
            byte[] verb = VERBS[v];
            int i = 0;
            while (i < VERB_LENGTH && (text[i] | 0x20) == verb[i]) {
                i++;
            }
            if (i == VERB_LENGTH) {
                boolean concernsMore = v == 0 ? mayLeaveSomething(text, length) : mayCallForTheSession(text, length);
                return concernsMore ? null : GROUPS[v];
            }
        }
        return null;
    }

    /**
     * Whether a SELECT may leave something behind in its session: a teMPorary table, what set_coNFig() sets, an aDVisory
     * lock; or tell what another has left, as cuRRVAL(); or end what another does, as pg_terminate_Backend(); or not be all
     * there is. Looks for the letters written large here, the last behind a low line, which few other statements have, and
     * for a semicolon that is not the end.
     */
    private static boolean mayLeaveSomething(byte[] text, int length) {
        int before = 0;
        for (int i = VERB_LENGTH + 1; i < length; i++) {
            int letter = text[i] | 0x20;
            boolean found = switch (letter) {
                case 'p' -> before == 'm';
                case 'f' -> before == 'n';
                case 'v' -> before == 'd' || isOfLastValue(text, i, length);
                case 'b' -> before == ('_' | 0x20);
                case ';' -> i < length - 1;
                default -> false;
            };
            if (found) {
                return true;
            }
            before = letter;
        }
        return false;
    }

    /**
     * Whether a change of data may call set_config() or currval(), or take an advisory lock. Looks for {@code _con},
     * {@code _adv}, and {@code rrval} or {@code stval}, as the letters above stand in many texts that are stored. Or whether a
     * semicolon is not the end.
     */
    private static boolean mayCallForTheSession(byte[] text, int length) {
        for (int i = VERB_LENGTH + 1; i < length - 1; i++) {
            if (text[i] == ';' || (text[i] | 0x20) == 'v' && isOfLastValue(text, i, length)) {
                return true;
            }
            if (text[i] == '_' && i < length - 3) {
                int first = text[i + 1] | 0x20;
                int second = text[i + 2] | 0x20;
                int third = text[i + 3] | 0x20;
                if (first == 'c' && second == 'o' && third == 'n' || first == 'a' && second == 'd' && third == 'v') {
                    return true;
                }
            }
        }
        return false;
    }

    /** Whether a V is that of {@code currval} or {@code lastval}: between {@code rr} or {@code st}, and {@code al}. */
    private static boolean isOfLastValue(byte[] text, int v, int length) {
        int before = (text[v - 2] | 0x20) << 8 | text[v - 1] | 0x20;
        return (before == ('r' << 8 | 'r') || before == ('s' << 8 | 't'))
                && v + 2 < length
                && (text[v + 1] | 0x20) == 'a'
                && (text[v + 2] | 0x20) == 'l';
    }
}
