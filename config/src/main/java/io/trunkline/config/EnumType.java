package io.trunkline.config;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * One of a few words, any case; shown in lower case, but for the few that Pgpool-II has in upper case.
 *
 * @param <E> the Java enum
 */
final class EnumType<E extends Enum<E>> implements ValueType<E> {
    private final Class<E> values;
    private final Map<String, E> words = new HashMap<>();

    private final boolean upperCase;

    private EnumType(Class<E> values, Map<String, E> furtherWords, boolean upperCase) {
        this.values = values;
        this.upperCase = upperCase;
        for (E value : values.getEnumConstants()) {
            words.put(value.name().toLowerCase(Locale.ROOT), value);
        }
        words.putAll(furtherWords);
    }

    static <E extends Enum<E>> EnumType<E> of(Class<E> values) {
        return new EnumType<>(values, Map.of(), false);
    }

    /** @param furtherWords words of older releases, in lower case */
    static <E extends Enum<E>> EnumType<E> of(Class<E> values, Map<String, E> furtherWords) {
        return new EnumType<>(values, furtherWords, false);
    }

    static <E extends Enum<E>> EnumType<E> inUpperCase(Class<E> values) {
        return new EnumType<>(values, Map.of(), true);
    }

    @Override
    public E parse(String text) throws InvalidValueException {
        E value = words.get(text.strip().toLowerCase(Locale.ROOT));
        if (value == null) {
            throw new InvalidValueException("\"" + text + "\" is not known; allowed is " + allowed());
        }
        return value;
    }

    @Override
    public String show(E value) {
        return upperCase ? value.name() : value.name().toLowerCase(Locale.ROOT);
    }

    @Override
    public String kind() {
        return "enum";
    }

    @Override
    public String allowed() {
        return "one of " + bounds();
    }

    @Override
    public String bounds() {
        return Arrays.stream(values.getEnumConstants()).map(this::show).collect(Collectors.joining(", "));
    }

    @Override
    public boolean isOff(E value) {
        return value.name().equals("OFF") || value.name().equals("NONE");
    }
}
