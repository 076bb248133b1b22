package io.trunkline.proxy.catalog;

import io.trunkline.proxy.route.CatalogChange;
import io.trunkline.proxy.route.CatalogChange.Extent;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;

/**
 * The {@link Catalog}s of all databases. Safe for any thread; bounded: beyond {@link #LIMIT} databases all begin anew.
 */
public final class Catalogs {
    /** Databases at a time. */
    static final int LIMIT = 1_000;

    private final Map<String, Catalog> catalogs = new ConcurrentHashMap<>();
    private final LongSupplier clock;
    private volatile CatalogSettings settings;

    public Catalogs(CatalogSettings settings) {
        this(settings, System::nanoTime);
    }

    /** @param clock nanoseconds, as {@link System#nanoTime} */
    Catalogs(CatalogSettings settings, LongSupplier clock) {
        this.settings = settings;
        this.clock = clock;
    }

    /**
     * The catalog of a database. To be asked for again with each statement: one that had to make room for others knows
     * nothing for ever.
     */
    public Catalog of(String database) {
        Catalog catalog = catalogs.get(database);
        return catalog != null ? catalog : make(database);
    }

    private synchronized Catalog make(String database) {
        if (catalogs.size() >= LIMIT) {
            // of() may have given one away: it must not answer any more, as it will not hear of changes
            retireAll();
            catalogs.clear();
        }
        return catalogs.computeIfAbsent(database, name -> new Catalog(name, () -> settings, clock));
    }

    /** DDL has come into effect in a database: {@link Catalog#invalidate}. */
    public void invalidate(String database) {
        Catalog catalog = catalogs.get(database);
        if (catalog != null) {
            catalog.invalidate();
        }
    }

    /** Something has changed that concerns all databases, such as a role's settings. */
    public void invalidateAll() {
        catalogs.values().forEach(Catalog::invalidate);
    }

    /**
     * A statement or transaction has come into effect in a database. To be told when the server has confirmed it, before
     * the client hears of that.
     */
    public void apply(String database, CatalogChange change) {
        if (change.extent() == Extent.EVERYWHERE) {
            invalidateAll();
            return;
        }
        Catalog catalog = catalogs.get(database);
        if (catalog == null) {
            return;
        }
        change.names().forEach(name -> catalog.forget(name.name()));
        switch (change.extent()) {
            case DATABASE -> catalog.invalidate();
            case SUSPECT -> catalog.suspect();
            case NAMES, EVERYWHERE -> {}
        }
    }

    /** Applies new settings to what is asked for from now on. */
    public void reload(CatalogSettings fresh) {
        settings = fresh;
    }

    /** What is being looked up in any of them is not wanted any more: nobody hears of it, not even that it fails. */
    public void retireAll() {
        catalogs.values().forEach(Catalog::retire);
    }
}
