package io.trunkline.config.hba;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * One item of a list of databases or of users, such as {@code all}, {@code +admins} or {@code /^app_}. Which form an item
 * has depends on the list that it stands in, and quotes make a plain name of most. Immutable.
 */
public final class NamePattern {
    /** What an item stands for. */
    public enum Kind {
        /** Any name. */
        ALL,
        /** The name in {@link NamePattern#text}, with its case. */
        NAME,
        /** Names in which the regular expression in {@link NamePattern#text} is found. */
        EXPRESSION,
        /** The database that is called as the user. */
        SAME_USER,
        /** A database that is called as a role of which the user is a member; also written samegroup. */
        SAME_ROLE,
        /** Users that are members of the role in {@link NamePattern#text}, directly or not. */
        MEMBER_OF,
        /** Physical replication, which is not served here: no connection. */
        REPLICATION
    }

    static final NamePattern ALL = new NamePattern(Kind.ALL, "", null);

    private final Kind kind;
    private final String text;
    private final @Nullable NameExpression expression;

    private NamePattern(Kind kind, String text, @Nullable NameExpression expression) {
        this.kind = kind;
        this.text = text;
        this.expression = expression;
    }

    static NamePattern name(String name) {
        return new NamePattern(Kind.NAME, name, null);
    }

    static NamePattern database(AuthToken token) throws AuthSyntaxException {
        if (!token.quoted()) {
            switch (token.text()) {
                case "sameuser" -> {
                    return new NamePattern(Kind.SAME_USER, "", null);
                }
                case "samerole", "samegroup" -> {
                    return new NamePattern(Kind.SAME_ROLE, "", null);
                }
                case "replication" -> {
                    return new NamePattern(Kind.REPLICATION, "", null);
                }
                default -> {}
            }
        }
        return allOrExpressionOrName(token);
    }

    static NamePattern user(AuthToken token) throws AuthSyntaxException {
        if (!token.quoted() && token.text().startsWith("+")) {
            return new NamePattern(Kind.MEMBER_OF, token.text().substring(1), null);
        }
        return allOrExpressionOrName(token);
    }

    private static NamePattern allOrExpressionOrName(AuthToken token) throws AuthSyntaxException {
        if (token.isKeyword("all")) {
            return ALL;
        }
        // also in quotes, which an expression with a comma or a blank needs
        if (token.text().startsWith("/")) {
            String source = token.text().substring(1);
            return new NamePattern(Kind.EXPRESSION, source, NameExpression.compile(source));
        }
        return name(token.text());
    }

    public Kind kind() {
        return kind;
    }

    /** The name, role or expression of those kinds that have one, else empty. */
    public String text() {
        return text;
    }

    /** Whether the expression is found in a name; false for every other kind. */
    public boolean isFoundIn(String name) {
        return expression != null && expression.isFoundIn(name);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof NamePattern that && kind == that.kind && text.equals(that.text);
    }

    @Override
    public int hashCode() {
        return Objects.hash(kind, text);
    }

    /** As it can stand in a file. */
    @Override
    public String toString() {
        return switch (kind) {
            case ALL -> "all";
            case NAME -> quoted(text);
            case EXPRESSION -> quoted("/" + text);
            case SAME_USER -> "sameuser";
            case SAME_ROLE -> "samerole";
            case MEMBER_OF -> "+" + quoted(text);
            case REPLICATION -> "replication";
        };
    }

    private static String quoted(String text) {
        return "\"" + text.replace("\"", "\"\"") + "\"";
    }
}
