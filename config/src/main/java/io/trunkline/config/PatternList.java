package io.trunkline.config;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/**
 * The compiled items of a parameter that lists regular expressions, such as {@code write_function_list}. Immutable; two
 * lists are equal when their items are written alike.
 */
public final class PatternList {
    private final List<String> sources;
    private final List<Pattern> patterns;

    private PatternList(List<String> sources, List<Pattern> patterns) {
        this.sources = sources;
        this.patterns = patterns;
    }

    static PatternList compile(List<String> sources) throws InvalidValueException {
        List<Pattern> patterns = new ArrayList<>(sources.size());
        for (String source : sources) {
            patterns.add(PosixPattern.compileAnchored(source));
        }
        return new PatternList(List.copyOf(sources), List.copyOf(patterns));
    }

    /** Whether one of the items matches. */
    public boolean matches(CharSequence text) {
        for (Pattern pattern : patterns) {
            if (pattern.matcher(text).find()) {
                return true;
            }
        }
        return false;
    }

    public boolean isEmpty() {
        return sources.isEmpty();
    }

    /** The items as they were written. */
    public List<String> sources() {
        return sources;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof PatternList && sources.equals(((PatternList) other).sources);
    }

    @Override
    public int hashCode() {
        return sources.hashCode();
    }

    @Override
    public String toString() {
        return sources.toString();
    }
}
