package io.trunkline.pool;

/** By what a backend's own login was admitted, and so to whom the backend may be lent on. */
public enum Admission {
    /** The server asked for nothing: whoever comes through us as this user would have been admitted. */
    TRUST,
    /** Trunkline proved the user with credentials of its own: only for clients that it has verified itself. */
    VERIFIED,
    /**
     * Of a wish, never of a backend: the login is to show whether the client's password is right, so no cached backend
     * will do. The one that it opens counts as {@link #VERIFIED}.
     */
    PROVING,
    /** The client's own proof was relayed: for that client alone, never lent on. */
    RELAYED
}
