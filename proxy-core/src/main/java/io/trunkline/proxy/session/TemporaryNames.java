package io.trunkline.proxy.session;

import io.trunkline.sql.QualifiedName;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Names that stand for temporary objects of the session, and so for something on the primary only. A name stays until
 * DISCARD, also where its object has been dropped: that costs balancing, not correctness. Bounded. Event loop only.
 */
final class TemporaryNames {
    static final int LIMIT = 200;

    private @Nullable Set<String> names;

    /** @return false if there are more names than are kept */
    boolean add(List<QualifiedName> created) {
        if (names == null) {
            names = new HashSet<>();
        }
        for (QualifiedName name : created) {
            names.add(name.name());
        }
        return names.size() <= LIMIT;
    }

    boolean containsAny(List<QualifiedName> tables) {
        if (names != null) {
            for (QualifiedName table : tables) {
                if (names.contains(table.name())) {
                    return true;
                }
            }
        }
        return false;
    }

    boolean isEmpty() {
        return names == null;
    }

    void clear() {
        names = null;
    }
}
