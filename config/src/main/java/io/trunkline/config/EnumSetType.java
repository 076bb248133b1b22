package io.trunkline.config;

import java.util.Collections;
import java.util.EnumSet;
import java.util.Set;
import java.util.stream.Collectors;

/** Words of an enum, separated by commas; none is an error. */
final class EnumSetType<E extends Enum<E>> implements ValueType<Set<E>> {
    private final Class<E> values;
    private final EnumType<E> element;

    private EnumSetType(Class<E> values) {
        this.values = values;
        this.element = EnumType.of(values);
    }

    static <E extends Enum<E>> EnumSetType<E> of(Class<E> values) {
        return new EnumSetType<>(values);
    }

    @Override
    public Set<E> parse(String text) throws InvalidValueException {
        EnumSet<E> set = EnumSet.noneOf(values);
        for (String word : TextListType.split(text, ',', false)) {
            set.add(element.parse(word));
        }
        if (set.isEmpty()) {
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
        return element.allowed() + ", or several with commas between them";
    }

    @Override
    public boolean isOff(Set<E> value) {
        return value.isEmpty();
    }
}
