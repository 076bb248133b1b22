package io.trunkline.proxy.session;

import io.netty.channel.EventLoop;
import java.util.concurrent.TimeUnit;

/**
 * How long a session's requests are taken one after the other before the other sessions of the event loop have theirs. A
 * client may send thousands at once, and Trunkline answers some of them itself. Event loop only.
 */
final class Turn {
    /** So many are taken before the clock is looked at, which costs something. */
    private static final int UNTIMED = 32;

    private static final long LIMIT_NANOS = TimeUnit.MICROSECONDS.toNanos(250);

    private final EventLoop loop;
    private final Runnable next;
    private int taken;
    private long sinceNanos;
    private boolean over;

    /** @param next called when it is the session's turn again */
    Turn(EventLoop loop, Runnable next) {
        this.loop = loop;
        this.next = next;
    }

    /** The next request is there. @return whether it has to wait */
    boolean isOver() {
        if (!over && ++taken % UNTIMED == 0) {
            long now = System.nanoTime();
            if (taken == UNTIMED) {
                sinceNanos = now;
            } else if (now - sinceNanos > LIMIT_NANOS) {
                over = true;
                // not as a mere task: those are all run before anything else is read
                loop.schedule(this::again, 0, TimeUnit.NANOSECONDS);
            }
        }
        return over;
    }

    private void again() {
        over = false;
        taken = 0;
        next.run();
    }

    /** What had come has been looked at. */
    void ends() {
        if (!over) {
            taken = 0;
        }
    }
}
