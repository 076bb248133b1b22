package io.trunkline.pool;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The idle backends of one event loop with the same key, and the order in which they are lent: the one first that came
 * back last, so that few stay warm in the processor's caches and the others grow old and can be closed.
 *
 * <p>Not at once, though: the server's process behind the one that has just come back is often still busy with going to
 * sleep, and to wake it then costs the server a tenth of a short statement. So it rests a moment, unless all do. Event
 * loop only.
 */
final class IdleQueue {
    /** How long a server's process may take from its answer to its sleep, on a machine that has other things to do. */
    static final long REST_NANOS = TimeUnit.MICROSECONDS.toNanos(300);

    /** In the order in which they have come back. */
    private final List<BackendConnection> backends = new ArrayList<>(2);

    /** The one to lend next; null if there is none. */
    @Nullable
    BackendConnection next() {
        int last = backends.size() - 1;
        if (last <= 0) {
            return last < 0 ? null : backends.get(0);
        }
        long rested = System.nanoTime() - REST_NANOS;
        for (int i = last; i > 0; i--) {
            BackendConnection backend = backends.get(i);
            if (backend.idleSinceNanos() - rested <= 0) {
                return backend;
            }
        }
        return backends.get(0);
    }

    /** The one that has been idle for longest; null if there is none. */
    @Nullable
    BackendConnection oldest() {
        return backends.isEmpty() ? null : backends.get(0);
    }

    /** It is idle since now. */
    void add(BackendConnection backend) {
        backends.add(backend);
    }

    /** @return whether it was there */
    boolean remove(BackendConnection backend) {
        // most often near the end
        for (int i = backends.size() - 1; i >= 0; i--) {
            if (backends.get(i) == backend) {
                backends.remove(i);
                return true;
            }
        }
        return false;
    }

    boolean isEmpty() {
        return backends.isEmpty();
    }

    int size() {
        return backends.size();
    }

    /** @param back how many have come back since that one did */
    BackendConnection get(int back) {
        return backends.get(backends.size() - 1 - back);
    }

    /** Those that have been idle for longest come first. */
    Stream<BackendConnection> stream() {
        return backends.stream();
    }
}
