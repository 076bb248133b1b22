package io.trunkline.config;

/** Any text. */
final class TextType implements ValueType<String> {
    static final TextType INSTANCE = new TextType();

    private TextType() {}

    @Override
    public String parse(String text) {
        return text;
    }

    @Override
    public String show(String value) {
        return value;
    }

    @Override
    public String kind() {
        return "text";
    }

    @Override
    public String allowed() {
        return "any text";
    }

    @Override
    public String bounds() {
        return "any";
    }

    @Override
    public boolean isOff(String value) {
        return value.isEmpty();
    }
}
