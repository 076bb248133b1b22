package io.trunkline.config;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** A list of {@link NameItem}s, separated by commas; a comma within an item has a backslash before it. */
abstract class NameItemListType<T extends NameItem> implements ValueType<List<T>> {
    private final Pattern syntax;

    /** @param syntax of an item */
    NameItemListType(Pattern syntax) {
        this.syntax = syntax;
    }

    /**
     * @param source the item as it was written
     * @param parts its match with the syntax
     */
    abstract T item(String source, Matcher parts) throws InvalidValueException;

    @Override
    public final List<T> parse(String text) throws InvalidValueException {
        List<T> items = new ArrayList<>();
        for (String source : TextListType.split(text, ',', true)) {
            Matcher parts = syntax.matcher(source);
            if (!parts.matches()) {
                throw new InvalidValueException("\"" + source + "\" is not understood; allowed is " + allowed());
            }
            items.add(item(source, parts));
        }
        return List.copyOf(items);
    }

    @Override
    public final String show(List<T> value) {
        return value.stream().map(item -> item.toString().replace(",", "\\,")).collect(Collectors.joining(","));
    }
}
