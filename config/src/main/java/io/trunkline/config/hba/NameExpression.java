package io.trunkline.config.hba;

import com.google.re2j.Matcher;
import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;
import java.util.Optional;

/**
 * A regular expression for names, in PostgreSQL's syntax (manual, section 9.7.3), as far as RE2 has it: there are no back
 * references, no look-around, and no {@code \m} and {@code \M}. Names come from clients that nobody knows yet, so an engine
 * is used whose time grows with the length of the name only. It looks for the expression anywhere in the name, and takes
 * the longest match, as PostgreSQL does. Two are equal if they are written alike.
 */
final class NameExpression {
    private final String source;
    private final Pattern pattern;

    private NameExpression(String source, Pattern pattern) {
        this.source = source;
        this.pattern = pattern;
    }

    static NameExpression compile(String source) throws AuthSyntaxException {
        try {
            return new NameExpression(source, Pattern.compile(toRe2(source), Pattern.DOTALL | Pattern.LONGEST_MATCH));
        } catch (PatternSyntaxException e) {
            throw new AuthSyntaxException(
                    "\"" + source + "\" is no regular expression that can be used: " + e.getDescription());
        } catch (StackOverflowError e) {
            throw new AuthSyntaxException("a regular expression is nested too deeply");
        }
    }

    /** Where the two engines give a letter after a backslash another meaning. */
    private static String toRe2(String source) {
        StringBuilder re2 = new StringBuilder(source.length() + 8);
        for (int i = 0; i < source.length(); i++) {
            char c = source.charAt(i);
            if (c != '\\' || i + 1 == source.length()) {
                re2.append(c);
                continue;
            }
            char escaped = source.charAt(++i);
            switch (escaped) {
                case 'b' -> re2.append("\\x08");
                case 'B' -> re2.append("\\\\");
                case 'e' -> re2.append("\\x1b");
                case 'y' -> re2.append("\\b");
                case 'Y' -> re2.append("\\B");
                case 'Z' -> re2.append("\\z");
                case 'x', 'u', 'U' -> {
                    int end = i + 1;
                    int limit = escaped == 'x' ? source.length() : i + (escaped == 'u' ? 5 : 9);
                    while (end < Math.min(limit, source.length()) && Character.digit(source.charAt(end), 16) >= 0) {
                        end++;
                    }
                    re2.append("\\x{").append(source, i + 1, end).append('}');
                    i = end - 1;
                }
                default -> re2.append(c).append(escaped);
            }
        }
        return re2.toString();
    }

    boolean isFoundIn(String name) {
        return pattern.matcher(name).find();
    }

    /**
     * What the first group has found; empty if the expression is not found. A group that took no part has found an empty
     * text.
     */
    Optional<String> firstGroup(String name) {
        Matcher matcher = pattern.matcher(name);
        if (!matcher.find()) {
            return Optional.empty();
        }
        String group = matcher.group(1);
        return Optional.of(group == null ? "" : group);
    }

    boolean hasGroup() {
        return pattern.groupCount() > 0;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof NameExpression that && source.equals(that.source);
    }

    @Override
    public int hashCode() {
        return source.hashCode();
    }

    @Override
    public String toString() {
        return source;
    }
}
