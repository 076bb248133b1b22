package io.trunkline.config;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** A list of {@link NameLimit}s, separated by commas; a number alone is for every name. The first that matches counts. */
final class NameLimitListType implements ValueType<List<NameLimit>> {
    static final NameLimitListType INSTANCE = new NameLimitListType();

    // The last colon splits: the number has none, the expression may.
    private static final Pattern ITEM = Pattern.compile("(?:(.+):)?\\s*([0-9]{1,9})\\s*");

    private NameLimitListType() {}

    @Override
    public List<NameLimit> parse(String text) throws InvalidValueException {
        List<NameLimit> limits = new ArrayList<>();
        for (String item : TextListType.split(text, ',', true)) {
            Matcher matcher = ITEM.matcher(item);
            if (!matcher.matches()) {
                throw new InvalidValueException("\"" + item + "\" is not understood; allowed is " + allowed());
            }
            String names = matcher.group(1);
            limits.add(new NameLimit(
                    item,
                    PosixPattern.compileAnchored(names == null ? ".*" : names.strip()),
                    Integer.parseInt(matcher.group(2))));
        }
        return List.copyOf(limits);
    }

    @Override
    public String show(List<NameLimit> value) {
        return value.stream().map(limit -> limit.toString().replace(",", "\\,")).collect(Collectors.joining(","));
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
