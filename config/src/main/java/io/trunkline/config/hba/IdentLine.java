package io.trunkline.config.hba;

import io.trunkline.config.SourceLocation;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A line of a user name map. */
public final class IdentLine {
    private static final String FIRST_GROUP = "\\1";

    private final SourceLocation at;
    private final String map;
    private final String systemUser;
    private final @Nullable NameExpression systemUsers;
    private final NamePattern databaseUser;

    private IdentLine(
            SourceLocation at,
            String map,
            String systemUser,
            @Nullable NameExpression systemUsers,
            NamePattern databaseUser) {
        this.at = at;
        this.map = map;
        this.systemUser = systemUser;
        this.systemUsers = systemUsers;
        this.databaseUser = databaseUser;
    }

    static IdentLine parse(AuthLine line) throws AuthSyntaxException {
        if (!line.problem().isEmpty()) {
            throw new AuthSyntaxException(line.problem());
        }
        if (line.fields().size() < 3) {
            throw new AuthSyntaxException("there are too few fields; allowed is map system-user database-user");
        }
        for (List<AuthToken> field : line.fields().subList(0, 3)) {
            if (field.size() > 1) {
                throw new AuthSyntaxException(
                        "a field has more than one value; allowed is one, in double quotes if there"
                                + " is a comma in it");
            }
        }
        String map = line.fields().get(0).get(0).text();
        String systemUser = line.fields().get(1).get(0).text();
        NamePattern databaseUser = NamePattern.user(line.fields().get(2).get(0));
        if (!systemUser.startsWith("/")) {
            return new IdentLine(line.at(), map, systemUser, null, databaseUser);
        }
        NameExpression expression = NameExpression.compile(systemUser.substring(1));
        if (hasFirstGroup(databaseUser) && !expression.hasGroup()) {
            throw new AuthSyntaxException("regular expression \"" + expression
                    + "\" has no group in parentheses for the " + FIRST_GROUP + " in " + databaseUser);
        }
        return new IdentLine(line.at(), map, systemUser, expression, databaseUser);
    }

    private static boolean hasFirstGroup(NamePattern user) {
        return user.kind() == NamePattern.Kind.NAME && user.text().contains(FIRST_GROUP);
    }

    /** The line, for messages. */
    public SourceLocation at() {
        return at;
    }

    /** The map that it belongs to. */
    public String map() {
        return map;
    }

    /** Whether it is for the members of a role. */
    public boolean asksForRole() {
        return databaseUser.kind() == NamePattern.Kind.MEMBER_OF;
    }

    /**
     * Which database users somebody may be by this line.
     *
     * @param user what the operating system or the certificate calls the client; compared with its case
     * @return empty if the line is not about this user
     */
    public Optional<NamePattern> databaseUser(String user) {
        NameExpression expression = systemUsers;
        if (expression == null) {
            return systemUser.equals(user) ? Optional.of(databaseUser) : Optional.empty();
        }
        if (!hasFirstGroup(databaseUser)) {
            return expression.isFoundIn(user) ? Optional.of(databaseUser) : Optional.empty();
        }
        return expression.firstGroup(user).map(this::withFirstGroup);
    }

    /** The first \1 is replaced, and what comes of it is a plain name, even if it reads all or +role. */
    private NamePattern withFirstGroup(String group) {
        String text = databaseUser.text();
        int place = text.indexOf(FIRST_GROUP);
        return NamePattern.name(text.substring(0, place) + group + text.substring(place + FIRST_GROUP.length()));
    }

    @Override
    public String toString() {
        return map + " " + systemUser + " " + databaseUser;
    }
}
