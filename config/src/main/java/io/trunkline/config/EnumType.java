package io.trunkline.config;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * One of a few words, any case; shown in lower case, but for the few that are known in another spelling.
 *
 * @param <E> the Java enum
 */
final class EnumType<E extends Enum<E>> implements ValueType<E> {
    private final Class<E> values;
    private final Map<String, E> words = new HashMap<>();

    private final Function<E, String> shown;

    private EnumType(Class<E> values, Map<String, E> furtherWords, Function<E, String> shown) {
        this.values = values;
        this.shown = shown;
        for (E value : values.getEnumConstants()) {
            words.put(shown.apply(value).toLowerCase(Locale.ROOT), value);
        }
        words.putAll(furtherWords);
    }

    static <E extends Enum<E>> EnumType<E> of(Class<E> values) {
        return of(values, Map.of());
    }

    /** @param furtherWords words of older releases, in lower case */
    static <E extends Enum<E>> EnumType<E> of(Class<E> values, Map<String, E> furtherWords) {
        return new EnumType<>(values, furtherWords, value -> value.name().toLowerCase(Locale.ROOT));
    }

    static <E extends Enum<E>> EnumType<E> inUpperCase(Class<E> values) {
        return named(values, Enum::name);
    }

    /** With words that are no names in Java, such as {@code verify-ca}. */
    static <E extends Enum<E>> EnumType<E> named(Class<E> values, Function<E, String> shown) {
        return new EnumType<>(values, Map.of(), shown);
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
        return shown.apply(value);
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
