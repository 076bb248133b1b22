package io.trunkline.proxy.session;

import java.util.LinkedHashMap;
import java.util.Map;

/** Remembers which shapes of statement have been reported: the {@value #LIMIT} that came up last. Any thread. */
public final class SeenShapes {
    static final int LIMIT = 1000;

    private final Map<String, Boolean> seen = new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Boolean> eldest) {
            return size() > LIMIT;
        }
    };

    /** @return whether it was not remembered; it is now */
    synchronized boolean isFirst(String shape) {
        return seen.put(shape, Boolean.TRUE) == null;
    }
}
