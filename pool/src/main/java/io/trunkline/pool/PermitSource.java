package io.trunkline.pool;

import java.util.concurrent.CompletableFuture;

/**
 * Where a process gets the permits for its backends that another has replaced: from that one, so that the limits hold for
 * both together. Safe for any thread; nothing blocks.
 */
public interface PermitSource {
    /** Asks for a permit; the future tells whether there was one. */
    CompletableFuture<Boolean> acquire(Permits one);

    /** Gives permits back. */
    void release(Permits permits);
}
