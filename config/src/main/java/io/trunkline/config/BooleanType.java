package io.trunkline.config;

import java.util.List;
import java.util.Locale;

/** on/off, true/false, yes/no (any unambiguous beginning, any case), 1/0. Everything else is an error. */
final class BooleanType implements ValueType<Boolean> {
    static final BooleanType INSTANCE = new BooleanType();

    private static final List<String> TRUE_WORDS = List.of("true", "yes", "on");
    private static final List<String> FALSE_WORDS = List.of("false", "no", "off");

    private BooleanType() {}

    @Override
    public Boolean parse(String text) throws InvalidValueException {
        String word = text.strip().toLowerCase(Locale.ROOT);
        boolean yes = word.equals("1") || begins(word, TRUE_WORDS);
        boolean no = word.equals("0") || begins(word, FALSE_WORDS);
        if (yes == no) {
            throw new InvalidValueException("\"" + text + "\" is not a boolean; allowed is " + allowed());
        }
        return yes;
    }

    private static boolean begins(String word, List<String> words) {
        for (String candidate : words) {
            if (!word.isEmpty() && candidate.startsWith(word)) {
                return true;
            }
        }
        return false;
    }

    @Override
    public String show(Boolean value) {
        return value ? "on" : "off";
    }

    @Override
    public String kind() {
        return "boolean";
    }

    @Override
    public String allowed() {
        return "on or off (also true/false, yes/no, 1/0)";
    }

    @Override
    public String bounds() {
        return "on, off";
    }

    @Override
    public boolean isOff(Boolean value) {
        return !value;
    }
}
