package io.trunkline.proxy.catalog;

import io.trunkline.config.CacheParameters;
import io.trunkline.config.PgpoolConfig;
import io.trunkline.config.RoutingParameters;
import io.trunkline.config.RoutingParameters.RelationCacheTarget;
import java.time.Duration;

/**
 * What the configuration says about the catalogs.
 *
 * @param size relcache_size: how many relations, and how many functions, are kept of each database
 * @param expire relcache_expire; zero = never
 * @param target relcache_query_target: which node is asked first
 */
public record CatalogSettings(int size, Duration expire, RelationCacheTarget target) {
    public static CatalogSettings of(PgpoolConfig config) {
        return new CatalogSettings(
                config.get(CacheParameters.RELCACHE_SIZE),
                config.get(CacheParameters.RELCACHE_EXPIRE),
                config.get(RoutingParameters.RELCACHE_QUERY_TARGET));
    }
}
