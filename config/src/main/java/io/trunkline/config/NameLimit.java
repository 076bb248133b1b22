package io.trunkline.config;

import java.util.regex.Pattern;

/** One item of a list of limits, {@code regex:number}: each name that matches may have so many; 0 is without limit. */
public final class NameLimit extends NameItem {
    private final int limit;

    NameLimit(String source, Pattern pattern, int limit) {
        super(source, pattern);
        this.limit = limit;
    }

    /** At most so many; 0 is without limit. */
    public int limit() {
        return limit;
    }
}
