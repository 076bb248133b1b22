package io.trunkline.proxy.session;

import java.util.ArrayDeque;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * The sessions that are served at once (num_init_children), over all event loops; who comes when all are taken waits
 * in order of arrival. Touched once at the start and once at the end of a session. Safe for any thread.
 */
public final class SessionSlots {
    /** Clients that may wait; more are refused. */
    private static final int MAX_WAITING = 20_000;

    /** A place taken or waited for. */
    public final class Ticket {
        private final Executor loop;

        /** Forgotten when the place is taken: sessions keep their tickets to the end. */
        private @Nullable Runnable served;

        private boolean servedAtOnce;
        private boolean holds;
        private boolean over;

        private Ticket(Executor loop, Runnable served) {
            this.loop = loop;
            this.served = served;
        }

        /** Whether the place was free when it was asked for; otherwise the callback tells when it is. */
        boolean isServedAtOnce() {
            return servedAtOnce;
        }

        /** Whether the place is taken; any thread. */
        boolean isServed() {
            synchronized (SessionSlots.this) {
                return holds;
            }
        }

        /** Gives the place up, taken or waited for. Doing it twice does nothing. */
        void release() {
            SessionSlots.this.release(this);
        }
    }

    private final ArrayDeque<Ticket> waiting = new ArrayDeque<>();
    private final int limit;
    private final int reserved;
    private int taken;

    /**
     * @param limit num_init_children
     * @param reserved reserved_connections: if above 0, nobody waits, and who would be one of the last {@code reserved}
     *     is refused
     */
    public SessionSlots(int limit, int reserved) {
        this.limit = limit;
        this.reserved = reserved;
    }

    /**
     * Takes a place, or waits for one.
     *
     * @param served called on {@code loop} when a place has come free, unless it is {@link Ticket#isServedAtOnce()}
     * @return null if the client is not even to wait
     */
    synchronized @Nullable Ticket take(Executor loop, Runnable served) {
        if (reserved > 0 ? taken >= limit - reserved : waiting.size() >= MAX_WAITING) {
            return null;
        }
        Ticket ticket = new Ticket(loop, served);
        if (taken < limit && waiting.isEmpty()) {
            taken++;
            ticket.holds = true;
            ticket.servedAtOnce = true;
            ticket.served = null;
        } else {
            waiting.addLast(ticket);
        }
        return ticket;
    }

    private void release(Ticket ticket) {
        @Nullable Ticket next = null;
        @Nullable Runnable served = null;
        synchronized (this) {
            if (ticket.over) {
                return;
            }
            ticket.over = true;
            if (!ticket.holds) {
                waiting.remove(ticket);
                return;
            }
            taken--;
            if (taken < limit) {
                next = waiting.pollFirst();
            }
            if (next != null) {
                taken++;
                next.holds = true;
                served = next.served;
                next.served = null;
            }
        }
        if (next != null && served != null) {
            next.loop.execute(served);
        }
    }

    /** Sessions that are served. */
    public synchronized int taken() {
        return taken;
    }

    /** Clients that wait for a session. */
    public synchronized int waiting() {
        return waiting.size();
    }
}
