package io.trunkline.pcp.layout;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** SHOW POOL_CACHE. */
public final class CacheLayout {
    private static final List<String> COLUMNS = List.of(
            "num_cache_hits",
            "num_selects",
            "cache_hit_ratio",
            "num_hash_entries",
            "used_hash_entries",
            "num_cache_entries",
            "used_cache_entries_size",
            "free_cache_entries_size",
            "fragment_cache_entries_size");

    private static final int RATIO = 2;

    private CacheLayout() {}

    /** As it is while the query cache is off. */
    public static Table off() {
        List<String> row = new ArrayList<>(Collections.nCopies(COLUMNS.size(), "0"));
        row.set(RATIO, "0.00");
        return new Table(COLUMNS, List.of(List.copyOf(row)));
    }
}
