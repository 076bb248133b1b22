package io.trunkline.config;

import java.util.stream.Collectors;

/** A {@link PatternList}; the separator inside an item is written with a backslash before it. */
final class PatternListType implements ValueType<PatternList> {
    private final char separator;

    private PatternListType(char separator) {
        this.separator = separator;
    }

    static PatternListType separatedBy(char separator) {
        return new PatternListType(separator);
    }

    @Override
    public PatternList parse(String text) throws InvalidValueException {
        return PatternList.compile(TextListType.split(text, separator, true));
    }

    @Override
    public String show(PatternList value) {
        String mark = String.valueOf(separator);
        return value.sources().stream()
                .map(source -> source.replace(mark, "\\" + mark))
                .collect(Collectors.joining(mark));
    }

    @Override
    public String kind() {
        return "patterns (" + separator + ")";
    }

    @Override
    public String allowed() {
        return "a list of regular expressions separated by " + separator;
    }

    @Override
    public boolean isOff(PatternList value) {
        return value.isEmpty();
    }
}
