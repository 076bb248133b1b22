package io.trunkline.config;

import java.util.ArrayList;
import java.util.List;

/** Items between separators, blanks around them removed, empty ones dropped. */
final class TextListType implements ValueType<List<String>> {
    private final char separator;

    private TextListType(char separator) {
        this.separator = separator;
    }

    static TextListType separatedBy(char separator) {
        return new TextListType(separator);
    }

    @Override
    public List<String> parse(String text) {
        return split(text, separator, false);
    }

    /** @param escapes whether a backslash before the separator makes it part of the item */
    static List<String> split(String text, char separator, boolean escapes) {
        List<String> items = new ArrayList<>();
        StringBuilder item = new StringBuilder();
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (escapes && c == '\\' && i + 1 < text.length()) {
                char next = text.charAt(++i);
                if (next != separator) {
                    item.append(c);
                }
                item.append(next);
            } else if (c == separator) {
                add(items, item);
            } else {
                item.append(c);
            }
        }
        add(items, item);
        return List.copyOf(items);
    }

    private static void add(List<String> items, StringBuilder item) {
        String stripped = item.toString().strip();
        if (!stripped.isEmpty()) {
            items.add(stripped);
        }
        item.setLength(0);
    }

    @Override
    public String show(List<String> value) {
        return String.join(String.valueOf(separator), value);
    }

    @Override
    public String kind() {
        return "list (" + separator + ")";
    }

    @Override
    public String allowed() {
        return "a list separated by " + separator;
    }

    @Override
    public boolean isOff(List<String> value) {
        return value.isEmpty();
    }
}
