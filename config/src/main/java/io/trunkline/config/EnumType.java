package io.trunkline.config;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * One of a few words, any case. The word of a constant is its name in lower case, unless the enum's {@code toString}
 * says otherwise.
 *
 * @param <E> the Java enum
 */
final class EnumType<E extends Enum<E>> implements ValueType<E> {
    private final Class<E> values;
    private final Map<String, E> words = new HashMap<>();

    private EnumType(Class<E> values, Map<String, E> furtherWords) {
        this.values = values;
        for (E value : values.getEnumConstants()) {
            words.put(show(value).toLowerCase(Locale.ROOT), value);
        }
        words.putAll(furtherWords);
    }

    static <E extends Enum<E>> EnumType<E> of(Class<E> values) {
        return new EnumType<>(values, Map.of());
    }

    /** @param furtherWords words of older releases, in lower case */
    static <E extends Enum<E>> EnumType<E> of(Class<E> values, Map<String, E> furtherWords) {
        return new EnumType<>(values, furtherWords);
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
        String own = value.toString();
        return own.equals(value.name()) ? own.toLowerCase(Locale.ROOT) : own;
    }

    @Override
    public String kind() {
        return "enum";
    }

    @Override
    public String allowed() {
        return "one of "
                + Arrays.stream(values.getEnumConstants()).map(this::show).collect(Collectors.joining(", "));
    }

    @Override
    public boolean isOff(E value) {
        return value.name().equals("OFF") || value.name().equals("NONE");
    }
}
