package io.trunkline.config;

/** When a session gives back the backends that it has used. */
public enum PoolMode {
    /** At its end. */
    SESSION,
    /** After each transaction, unless something of the session is on them that cannot be made elsewhere. */
    TRANSACTION
}
