package io.trunkline.proxy.process;

import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;

/** Puts another process in the place of this one, without an interruption for clients. */
interface RestartRequest {
    /**
     * Begins; the future completes when the other process serves, or this one goes on as before. Does not block.
     *
     * @param home the installation whose programs are run
     */
    CompletableFuture<ControlAnswer> restart(Path home);
}
