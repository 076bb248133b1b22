package io.trunkline.pool;

import io.netty.channel.Channel;
import java.util.concurrent.ScheduledFuture;
import org.jspecify.annotations.Nullable;

/**
 * A connection that {@link BackendOpener} is about to open, for who may not want to wait for it to the end. Event loop
 * only.
 */
public final class BackendOpening {
    private @Nullable BackendStartup startup;
    private @Nullable ScheduledFuture<?> limit;
    private boolean givenUp;

    BackendOpening() {}

    /**
     * Gives it up: nobody is told how it ends, and what there is of the connection is closed. An attempt to connect that
     * is under way is not broken off; what comes of it within the connect timeout is closed at once. Does nothing once
     * the opening has ended.
     */
    public void giveUp() {
        givenUp = true;
        if (startup != null) {
            startup.giveUp();
        }
        if (limit != null) {
            limit.cancel(false);
        }
    }

    /** Whether there is still somebody who waits for it; closes {@code channel} if not. */
    boolean wants(Channel channel) {
        if (givenUp) {
            channel.close();
        }
        return !givenUp;
    }

    boolean isGivenUp() {
        return givenUp;
    }

    void started(BackendStartup start, ScheduledFuture<?> timeout) {
        startup = start;
        limit = timeout;
    }
}
