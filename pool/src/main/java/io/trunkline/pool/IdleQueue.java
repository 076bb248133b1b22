package io.trunkline.pool;

import java.util.ArrayDeque;
import java.util.Iterator;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The idle backends of one event loop with the same key, in the order in which they are lent.
 *
 * <p>As many as the last second needed are lent in turn, the one first that has rested longest: the server's process
 * behind the one that has just come back is often still busy with going to sleep, and to wake it then costs the server
 * a tenth of a short statement. The others rest, so that few stay warm in the processor's caches and the pool shrinks
 * by idle time: they are lent when nothing else is there, the one first that was used last. Event loop only.
 */
final class IdleQueue implements Iterable<BackendConnection> {
    /** What the load needs, longest idle first. */
    private final ArrayDeque<BackendConnection> inTurn = new ArrayDeque<>(2);

    /** What it does not, last used first. */
    private final ArrayDeque<BackendConnection> resting = new ArrayDeque<>(2);

    /** So many of {@link #inTurn} were there at least, at any time of this second. */
    private int spare;

    /** The one to lend next; null if there is none. */
    @Nullable
    BackendConnection next() {
        BackendConnection next = inTurn.peekFirst();
        return next == null ? resting.peekFirst() : next;
    }

    /** The one that has been idle for longest; null if there is none. */
    @Nullable
    BackendConnection oldest() {
        BackendConnection oldest = resting.peekLast();
        return oldest == null ? inTurn.peekFirst() : oldest;
    }

    void add(BackendConnection backend) {
        inTurn.addLast(backend);
    }

    /** @return whether it was there */
    boolean remove(BackendConnection backend) {
        boolean removed = inTurn.remove(backend) || resting.remove(backend);
        spare = Math.min(spare, inTurn.size());
        return removed;
    }

    boolean isEmpty() {
        return inTurn.isEmpty() && resting.isEmpty();
    }

    /** Lets those rest that the last second has not needed. To be called every second. */
    void secondPassed() {
        for (int i = 0; i < spare; i++) {
            resting.addFirst(inTurn.removeFirst());
        }
        spare = inTurn.size();
    }

    Stream<BackendConnection> stream() {
        return Stream.concat(inTurn.stream(), resting.stream());
    }

    @Override
    public Iterator<BackendConnection> iterator() {
        return stream().iterator();
    }
}
