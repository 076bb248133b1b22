package io.trunkline.config;

import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A list of {@link NamedPoolMode}s. The first that matches counts. */
final class PoolModeListType extends NameItemListType<NamedPoolMode> {
    // The last colon splits: the mode has none, the expression may.
    private static final Pattern ITEM = Pattern.compile("(.+):\\s*(session|transaction)\\s*");

    static final PoolModeListType INSTANCE = new PoolModeListType();

    private PoolModeListType() {
        super(ITEM);
    }

    @Override
    NamedPoolMode item(String source, Matcher parts) throws InvalidValueException {
        PoolMode mode = parts.group(2).equals("transaction") ? PoolMode.TRANSACTION : PoolMode.SESSION;
        return new NamedPoolMode(
                source, PosixPattern.compileAnchored(parts.group(1).strip()), mode);
    }

    @Override
    public String kind() {
        return "pool modes";
    }

    @Override
    public String allowed() {
        return "a list of regex:session or regex:transaction, of which the first that matches counts";
    }

    @Override
    public boolean isOff(List<NamedPoolMode> value) {
        return value.isEmpty();
    }
}
