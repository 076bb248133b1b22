package io.trunkline.pool;

/**
 * What those who use a backend one after the other know of the server's session: kept with the backend, so that the next
 * one finds it. Event loop only.
 */
public interface BackendMemory {
    /** The backend has been reset: nothing of what was known is there any more. */
    void forget();
}
