package io.trunkline.proxy.session;

import java.util.ArrayDeque;
import java.util.BitSet;
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

        /** The number of the place; -1 while it is waited for. */
        private int number = -1;

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
                return number >= 0;
            }
        }

        /** The number of the place, which nobody else has meanwhile; -1 while it is waited for. */
        int number() {
            synchronized (SessionSlots.this) {
                return number;
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

    /** Those that a process has taken that this one has replaced, and that has not ended yet. */
    private int elsewhere;

    /** Which are taken. */
    private final BitSet places = new BitSet();

    /** How many sessions each has had. */
    private final int[] sessions;

    /**
     * @param limit num_init_children
     * @param reserved reserved_connections: if above 0, nobody waits, and who would be one of the last {@code reserved}
     *     is refused
     */
    public SessionSlots(int limit, int reserved) {
        this.limit = limit;
        this.sessions = new int[limit];
        this.reserved = reserved;
    }

    /**
     * Takes a place, or waits for one.
     *
     * @param served called on {@code loop} when a place has come free, unless it is {@link Ticket#isServedAtOnce()}
     * @return null if the client is not even to wait
     */
    synchronized @Nullable Ticket take(Executor loop, Runnable served) {
        if (reserved > 0 ? taken + elsewhere >= limit - reserved : waiting.size() >= MAX_WAITING) {
            return null;
        }
        Ticket ticket = new Ticket(loop, served);
        if (isFree() && waiting.isEmpty()) {
            occupy(ticket);
            ticket.servedAtOnce = true;
            ticket.served = null;
        } else {
            waiting.addLast(ticket);
        }
        return ticket;
    }

    /** The lowest place that is free. */
    private void occupy(Ticket ticket) {
        taken++;
        ticket.number = places.nextClearBit(0);
        places.set(ticket.number);
        sessions[ticket.number]++;
    }

    private void release(Ticket ticket) {
        synchronized (this) {
            if (ticket.over) {
                return;
            }
            ticket.over = true;
            if (ticket.number < 0) {
                waiting.remove(ticket);
                return;
            }
            taken--;
            places.clear(ticket.number);
        }
        serveNext();
    }

    private boolean isFree() {
        return taken + elsewhere < limit;
    }

    /** A place may have come free: the first who waits gets it. @return whether somebody did */
    private boolean serveNext() {
        Ticket next;
        Runnable served;
        synchronized (this) {
            next = isFree() ? waiting.pollFirst() : null;
            if (next == null) {
                return false;
            }
            occupy(next);
            served = next.served;
            next.served = null;
        }
        if (served != null) {
            next.loop.execute(served);
        }
        return true;
    }

    /** So many places are taken in a process that this one has replaced, and that has not ended yet. */
    public void elsewhere(int number) {
        synchronized (this) {
            elsewhere = number;
        }
        while (serveNext()) {
            // the next one
        }
    }

    /** The places that are taken in such processes. */
    public synchronized int elsewhere() {
        return elsewhere;
    }

    /** How many sessions each place has had, the present one included. */
    public synchronized int[] sessionCounts() {
        return sessions.clone();
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
