package io.trunkline.proxy.catalog;

import io.trunkline.pool.StartupKey;

/** Facts that a test's catalogs know without having asked. */
public final class KnownFacts {
    private KnownFacts() {}

    /** Sessions that start with this key have transactions that are READ COMMITTED. */
    public static void readCommitted(Catalogs catalogs, StartupKey key) {
        catalogs.of(key.database()).knowDefault(key, true);
    }
}
