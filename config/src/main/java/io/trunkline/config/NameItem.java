package io.trunkline.config;

import java.util.regex.Pattern;

/** One item of a list, {@code regex:what}: what it says is for each name that matches. Two are equal if written alike. */
public abstract sealed class NameItem permits NameLimit, Redirect, NamedPoolMode {
    private final String source;
    private final Pattern pattern;

    NameItem(String source, Pattern pattern) {
        this.source = source;
        this.pattern = pattern;
    }

    public final boolean matches(CharSequence name) {
        return pattern.matcher(name).find();
    }

    @Override
    public final boolean equals(Object other) {
        return other instanceof NameItem && getClass() == other.getClass() && source.equals(((NameItem) other).source);
    }

    @Override
    public final int hashCode() {
        return source.hashCode();
    }

    /** The item as it was written. */
    @Override
    public final String toString() {
        return source;
    }
}
