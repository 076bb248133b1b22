package io.trunkline.proxy.auth;

import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;

/** Which roles a user is a member of, as far as the servers tell. Safe for any thread. */
@FunctionalInterface
public interface RoleMembership {
    /** Where there is nobody to ask. */
    RoleMembership NOT_KNOWN = user -> CompletableFuture.completedFuture(Optional.empty());

    /**
     * The roles that a user is a member of, directly or through other roles; that the user is a superuser makes it a
     * member of none (PostgreSQL's manual, section 21.1). Whether the user itself is among them does not matter: everybody
     * is a member of the own role.
     *
     * @return none if there is no such user, empty if it is not known; completed on any thread, never exceptionally
     */
    CompletableFuture<Optional<Set<String>>> find(String user);
}
