package io.trunkline.pool;

import java.util.concurrent.CompletableFuture;

/**
 * Where a process gets the permits for its backends that another has replaced: from that one, so that the limits hold for
 * both together. Safe for any thread; nothing blocks.
 */
public interface PermitSource {
    /**
     * Asks for a permit; the future tells whether there was one.
     *
     * @param shared whether it is for somebody who gives backends back between transactions, as other limits hold then
     */
    CompletableFuture<Boolean> acquire(Permits one, boolean shared);

    /** Gives permits back. */
    void release(Permits permits);
}
