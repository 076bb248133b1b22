package io.trunkline.proxy.auth;

import io.trunkline.config.hba.NamePattern;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Whether a database or a user is on a list of a rule. */
enum NameFit {
    YES,
    NO,
    /** It hangs on memberships that are not known. */
    UNKNOWN;

    /**
     * @param name of the database, or the user again for a list of users
     * @param user whose memberships count
     * @param roles of the user; empty if they are not known
     */
    static NameFit of(List<NamePattern> patterns, String name, String user, Optional<Set<String>> roles) {
        NameFit best = NO;
        for (int i = 0; i < patterns.size(); i++) {
            NamePattern pattern = patterns.get(i);
            NameFit fit = switch (pattern.kind()) {
                case ALL -> YES;
                case NAME -> is(name.equals(pattern.text()));
                case EXPRESSION -> is(pattern.isFoundIn(name));
                case SAME_USER -> is(name.equals(user));
                case SAME_ROLE -> membership(user, name, roles);
                case MEMBER_OF -> membership(user, pattern.text(), roles);
                case REPLICATION -> NO;
            };
            if (fit == YES) {
                return YES;
            }
            if (fit == UNKNOWN) {
                best = UNKNOWN;
            }
        }
        return best;
    }

    private static NameFit is(boolean fits) {
        return fits ? YES : NO;
    }

    private static NameFit membership(String user, String role, Optional<Set<String>> roles) {
        if (user.equals(role)) {
            return YES;
        }
        return roles.map(known -> is(known.contains(role))).orElse(UNKNOWN);
    }
}
