package io.trunkline.config;

import java.util.Collections;
import java.util.EnumSet;
import java.util.Set;
import java.util.stream.Collectors;

/** Words of an enum, separated by commas. */
final class EnumSetType<E extends Enum<E>> implements ValueType<Set<E>> {
    private final Class<E> values;
    private final EnumType<E> element;
    private final boolean mayBeEmpty;

    private EnumSetType(Class<E> values, boolean mayBeEmpty) {
        this.values = values;
        this.element = EnumType.of(values);
        this.mayBeEmpty = mayBeEmpty;
    }

    /** One word at least. */
    static <E extends Enum<E>> EnumSetType<E> of(Class<E> values) {
        return new EnumSetType<>(values, false);
    }

    static <E extends Enum<E>> EnumSetType<E> orEmpty(Class<E> values) {
        return new EnumSetType<>(values, true);
    }

    @Override
    public Set<E> parse(String text) throws InvalidValueException {
        EnumSet<E> set = EnumSet.noneOf(values);
        for (String word : TextListType.split(text, ',', false)) {
            set.add(element.parse(word));
        }
        if (set.isEmpty() && !mayBeEmpty) {
            throw new InvalidValueException("it is empty; allowed is " + allowed());
        }
        return Collections.unmodifiableSet(set);
    }

    @Override
    public String show(Set<E> value) {
        return value.stream().map(element::show).collect(Collectors.joining(","));
    }

    @Override
    public String kind() {
        return "enum list";
    }

    @Override
    public String allowed() {
        return (mayBeEmpty ? "nothing, " : "") + element.allowed() + ", or several with commas between them";
    }

    @Override
    public boolean isOff(Set<E> value) {
        return value.isEmpty();
    }
}
