package io.trunkline.proxy.auth;

/**
 * Who is a member of which role, as far as the servers have told. Asked on event loops: answers come at once, from what is
 * known already. Safe for any thread.
 */
@FunctionalInterface
public interface RoleMembership {
    /** An answer. */
    enum Answer {
        MEMBER,
        /** Also if there is no such user, or no such role. */
        NO_MEMBER,
        /** Nobody has told us yet, or what we were told is too old. */
        UNKNOWN
    }

    /** For as long as nobody tells us. */
    RoleMembership NOT_KNOWN = (user, role) -> Answer.UNKNOWN;

    /**
     * Whether a user is a member of a role, directly or through other roles; that the user is a superuser does not count
     * (PostgreSQL's manual, section 21.1). Not asked about a user's own role, whose member everybody is.
     */
    Answer ask(String user, String role);
}
