package io.trunkline.pool;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The idle backends of one event loop with the same key. The one that came back last is lent first, so that as few
 * server processes as the load needs stay warm in the processor's caches, and the others grow old and can be closed.
 * Event loop only.
 */
final class IdleStack {
    /** In the order in which they have come back. */
    private final List<BackendConnection> backends = new ArrayList<>(2);

    /** The one that came back last; null if there is none. */
    @Nullable
    BackendConnection last() {
        return backends.isEmpty() ? null : get(0);
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
        // most often the last one
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
