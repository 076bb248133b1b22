package io.trunkline.pool;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The permits that processes hold that this one has replaced; and, once this one has been replaced itself, those that it has
 * got from its successor and not used yet. Guarded by the lock of the {@link BackendLimits}.
 */
final class PermitsElsewhere {
    private record Key(int node, int owner) {}

    private final Map<Key, Integer> held = new HashMap<>();
    private final Map<Integer, Integer> heldOfNode = new HashMap<>();
    private final Map<Key, Integer> granted = new HashMap<>();
    private @Nullable PermitSource source;

    /** From whom permits come; null if they are this process's own to give. */
    @Nullable
    PermitSource source() {
        return source;
    }

    void source(@Nullable PermitSource from) {
        source = from;
    }

    int held(int node) {
        return heldOfNode.getOrDefault(node, 0);
    }

    int held(int node, int owner) {
        return held.getOrDefault(new Key(node, owner), 0);
    }

    /** The processes before this one hold so many more, or fewer if it is negative. */
    void hold(Permits more) {
        add(held, new Key(more.node(), more.owner()), more.number());
        add(heldOfNode, more.node(), more.number());
    }

    List<Permits> allHeld() {
        List<Permits> all = new ArrayList<>();
        held.forEach((key, number) -> all.add(new Permits(key.node(), key.owner(), number)));
        return all;
    }

    void forgetHeld() {
        held.clear();
        heldOfNode.clear();
    }

    void grant(Permits permit) {
        add(granted, new Key(permit.node(), permit.owner()), permit.number());
    }

    int granted(int node, int owner) {
        return granted.getOrDefault(new Key(node, owner), 0);
    }

    /** Takes one that was granted, if there is one. */
    boolean takeGranted(int node, int owner) {
        Key key = new Key(node, owner);
        if (granted.getOrDefault(key, 0) == 0) {
            return false;
        }
        add(granted, key, -1);
        return true;
    }

    private static <K> void add(Map<K, Integer> counts, K key, int change) {
        counts.merge(key, change, (now, more) -> now + more == 0 ? null : now + more);
    }
}
