package io.trunkline.config;

import java.util.regex.Pattern;

/** One item of a list of pool modes, {@code regex:mode}. */
public final class NamedPoolMode extends NameItem {
    private final PoolMode mode;

    NamedPoolMode(String source, Pattern pattern, PoolMode mode) {
        super(source, pattern);
        this.mode = mode;
    }

    public PoolMode mode() {
        return mode;
    }
}
