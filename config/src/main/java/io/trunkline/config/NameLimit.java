package io.trunkline.config;

import java.util.regex.Pattern;

/** One item of a list of limits, {@code regex:number}: each name that matches may have so many; 0 is without limit. */
public final class NameLimit {
    private final String source;
    private final Pattern pattern;
    private final int limit;

    NameLimit(String source, Pattern pattern, int limit) {
        this.source = source;
        this.pattern = pattern;
        this.limit = limit;
    }

    public boolean matches(CharSequence name) {
        return pattern.matcher(name).find();
    }

    /** At most so many; 0 is without limit. */
    public int limit() {
        return limit;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof NameLimit && source.equals(((NameLimit) other).source);
    }

    @Override
    public int hashCode() {
        return source.hashCode();
    }

    /** The item as it was written. */
    @Override
    public String toString() {
        return source;
    }
}
