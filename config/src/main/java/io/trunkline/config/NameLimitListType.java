package io.trunkline.config;

import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A list of {@link NameLimit}s; a number alone is for every name. The first that matches counts. */
final class NameLimitListType extends NameItemListType<NameLimit> {
    // The last colon splits: the number has none, the expression may.
    private static final Pattern ITEM = Pattern.compile("(?:(.+):)?\\s*([0-9]{1,9})\\s*");

    static final NameLimitListType INSTANCE = new NameLimitListType();

    private NameLimitListType() {
        super(ITEM);
    }

    @Override
    NameLimit item(String source, Matcher parts) throws InvalidValueException {
        String names = parts.group(1);
        return new NameLimit(
                source,
                PosixPattern.compileAnchored(names == null ? ".*" : names.strip()),
                Integer.parseInt(parts.group(2)));
    }

    @Override
    public String kind() {
        return "limits";
    }

    @Override
    public String allowed() {
        return "a number, or a list of regex:number, of which the first that matches counts; 0 is without limit";
    }

    @Override
    public boolean isOff(List<NameLimit> value) {
        return value.stream().allMatch(limit -> limit.limit() == 0);
    }
}
