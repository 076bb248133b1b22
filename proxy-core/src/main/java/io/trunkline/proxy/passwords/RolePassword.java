package io.trunkline.proxy.passwords;

import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What a server stores of a role's password; manual, "pg_authid". Printed without it. */
public final class RolePassword {
    private final String role;
    private final @Nullable String stored;
    private final boolean canLogin;
    private final boolean expired;

    RolePassword(String role, @Nullable String stored, boolean canLogin, boolean expired) {
        this.role = role;
        this.stored = stored;
        this.canLogin = canLogin;
        this.expired = expired;
    }

    public String role() {
        return role;
    }

    /** The SCRAM verifier or md5 hash; empty if the role has no password. */
    public Optional<String> stored() {
        return Optional.ofNullable(stored);
    }

    /** Whether the role could log in with it now. */
    public boolean isUsable() {
        return problem().isEmpty();
    }

    /** Why the role cannot log in with a password, as the end of a sentence; empty if it can. */
    public String problem() {
        if (!canLogin) {
            return "cannot log in";
        }
        if (stored == null) {
            return "has no password";
        }
        return expired ? "has an expired password" : "";
    }

    @Override
    public String toString() {
        return role;
    }
}
