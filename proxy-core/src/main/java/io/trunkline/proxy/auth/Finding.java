package io.trunkline.proxy.auth;

import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What became of the question for a user's password. Immutable. */
public final class Finding {
    /** The ways in which it can end. */
    public enum Kind {
        /** There is a credential. */
        FOUND,
        /** There is no such user, or none with a password that can be used. */
        UNKNOWN,
        /** Trunkline has no entry and asks nobody: only a server can tell. */
        SERVER_ONLY,
        /** It cannot be told now. */
        UNAVAILABLE
    }

    static final Finding UNKNOWN = new Finding(Kind.UNKNOWN, null, "");

    static final Finding SERVER_ONLY = new Finding(Kind.SERVER_ONLY, null, "");

    private final Kind kind;
    private final @Nullable Credential credential;
    private final String why;

    private Finding(Kind kind, @Nullable Credential credential, String why) {
        this.kind = kind;
        this.credential = credential;
        this.why = why;
    }

    static Finding of(@Nullable Credential credential) {
        return credential == null ? UNKNOWN : new Finding(Kind.FOUND, credential, "");
    }

    static Finding unavailable(String why) {
        return new Finding(Kind.UNAVAILABLE, null, why);
    }

    public Kind kind() {
        return kind;
    }

    public Optional<Credential> credential() {
        return Optional.ofNullable(credential);
    }

    /** For the log, where it is {@link Kind#UNAVAILABLE}. */
    public String why() {
        return why;
    }

    @Override
    public String toString() {
        return kind + (why.isEmpty() ? "" : ": " + why);
    }
}
