package io.trunkline.proxy.catalog;

/**
 * What a node has answered about one name.
 *
 * @param objections bits of {@link Verdict}s
 * @param text for people: {@code function f: volatile}
 */
record Finding(int objections, String text) {
    private static final int PASSING =
            Verdict.TEMPORARY_TABLE.bit() | Verdict.UNKNOWN_FUNCTION.bit() | Verdict.UNKNOWN_RELATION.bit();

    /** Whether it may end without any statement about the name that could be seen here. */
    boolean isPassing() {
        return isPassing(objections);
    }

    static boolean isPassing(int objections) {
        return (objections & PASSING) != 0;
    }
}
