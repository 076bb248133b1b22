package io.trunkline.proxy.catalog;

import io.trunkline.sql.QualifiedName;
import java.util.ArrayDeque;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Facts by name, at most a number of them. {@link #get} may be called by any thread and neither locks nor allocates; all
 * else is for one thread at a time. When it is full, the oldest fact that has not been used since it was last considered
 * makes room (second chance).
 */
final class FactCache {
    private final ConcurrentHashMap<QualifiedName, Fact> facts = new ConcurrentHashMap<>();
    private final ArrayDeque<QualifiedName> order = new ArrayDeque<>();

    @Nullable
    Fact get(QualifiedName name) {
        return facts.get(name);
    }

    /**
     * Puts a fact in the place of what was known.
     *
     * @param limit how many facts may be kept, at least 1
     * @return whether a fact had to go that was in use
     */
    boolean put(QualifiedName name, Fact fact, int limit) {
        boolean inUse = false;
        if (!facts.containsKey(name)) {
            while (order.size() >= limit) {
                inUse |= evictOne();
            }
            order.addLast(name);
        }
        facts.put(name, fact);
        return inUse;
    }

    private boolean evictOne() {
        for (int i = order.size(); i > 0; i--) {
            QualifiedName oldest = order.removeFirst();
            Fact fact = facts.get(oldest);
            if (fact == null || !fact.takeUse()) {
                facts.remove(oldest);
                return false;
            }
            order.addLast(oldest);
        }
        facts.remove(order.removeFirst());
        return true;
    }

    void remove(QualifiedName name) {
        if (facts.remove(name) != null) {
            order.remove(name);
        }
    }

    void clear() {
        facts.clear();
        order.clear();
    }

    void forEachName(Consumer<QualifiedName> action) {
        order.forEach(action);
    }

    int size() {
        return order.size();
    }
}
