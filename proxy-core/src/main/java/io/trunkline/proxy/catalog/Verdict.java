package io.trunkline.proxy.catalog;

import io.trunkline.proxy.route.Rule;
import java.util.Arrays;

/** Whether what a statement mentions may be read on a standby. */
public enum Verdict {
    YES(Rule.READ_ONLY),
    /** Not known yet; it is being asked for. The statement goes to the primary, this once. */
    COLD(Rule.NOT_LOOKED_UP),
    // what speaks against a standby; where several things do, the first of these is told
    /** The name is that of some session's temporary table. */
    TEMPORARY_TABLE(Rule.TEMPORARY_TABLE),
    /** A function that may write or that tells something else each time, called by name or behind a view. */
    VOLATILE_FUNCTION(Rule.VOLATILE_FUNCTION),
    /** A table that standbys do not have the rows of, itself or behind a view or a parent table. */
    UNLOGGED_TABLE(Rule.UNLOGGED_TABLE),
    SYSTEM_CATALOG(Rule.CATALOG_BEHIND_VIEW),
    SEQUENCE(Rule.SEQUENCE),
    UNCLEAR_VIEW(Rule.UNCLEAR_VIEW),
    UNKNOWN_FUNCTION(Rule.UNKNOWN_FUNCTION),
    UNKNOWN_RELATION(Rule.UNKNOWN_RELATION);

    /** The bits of those by which a statement may write. */
    static final int WRITING = Arrays.stream(values())
            .filter(verdict -> verdict.rule.writes())
            .mapToInt(Verdict::bit)
            .reduce(0, (a, b) -> a | b);

    private static final Verdict[] ALL = values();

    private final Rule rule;

    Verdict(Rule rule) {
        this.rule = rule;
    }

    /** The rule that this verdict makes decide. */
    public Rule rule() {
        return rule;
    }

    /** Whether a standby is out of the question, as opposed to {@link #YES} and {@link #COLD}. */
    public boolean isNo() {
        return this != YES && this != COLD;
    }

    /** Verdicts of many names are added up as bits. */
    int bit() {
        return 1 << ordinal();
    }

    /** The first verdict among {@code bits}; {@link #YES} if there is none. */
    static Verdict first(int bits) {
        return bits == 0 ? YES : ALL[Integer.numberOfTrailingZeros(bits)];
    }
}
