package io.trunkline.config;

import static io.trunkline.config.DurationType.seconds;
import static io.trunkline.config.SizeType.bytes;
import static io.trunkline.config.Types.MAX;
import static io.trunkline.config.Types.bool;
import static io.trunkline.config.Types.integer;
import static io.trunkline.config.Types.oneOf;
import static io.trunkline.config.Types.patterns;
import static io.trunkline.config.Types.text;

import io.trunkline.config.Declaration.Section;
import java.time.Duration;
import java.util.List;

/** The cache of query results and that of what is known about tables. */
public final class CacheParameters {
    /** {@code memqcache_method}. */
    public enum CacheStorage {
        SHMEM,
        MEMCACHED
    }

    private static final Section CACHE = new Section(Group.CACHE);

    public static final Parameter<Boolean> MEMORY_CACHE_ENABLED = CACHE.startup(
                    "memory_cache_enabled", bool(), "off", "Keeps the results of reads and answers from them.")
            .notBuilt()
            .single();

    public static final Parameter<CacheStorage> MEMQCACHE_METHOD = CACHE.startup(
                    "memqcache_method",
                    oneOf(CacheStorage.class),
                    "shmem",
                    "Where results are kept: in memory of this process, or in memcached.")
            .notBuiltPartOf("memory_cache_enabled")
            .single();

    public static final Parameter<String> MEMQCACHE_MEMCACHED_HOST = CACHE.startup(
                    "memqcache_memcached_host",
                    text(),
                    "localhost",
                    "Host name or address of memcached, or the path of its socket.")
            .notBuiltPartOf("memory_cache_enabled")
            .single();

    public static final Parameter<Integer> MEMQCACHE_MEMCACHED_PORT = CACHE.startup(
                    "memqcache_memcached_port", integer(0, MAX), "11211", "Port of memcached.")
            .notBuiltPartOf("memory_cache_enabled")
            .single();

    public static final Parameter<Long> MEMQCACHE_TOTAL_SIZE = CACHE.startup(
                    "memqcache_total_size", bytes(0, Long.MAX_VALUE), "64MB", "Memory for results in all.")
            .notBuiltPartOf("memory_cache_enabled")
            .single();

    public static final Parameter<Integer> MEMQCACHE_MAX_NUM_CACHE = CACHE.startup(
                    "memqcache_max_num_cache", integer(0, MAX), "1000000", "The most results that are kept.")
            .notBuiltPartOf("memory_cache_enabled")
            .single();

    public static final Parameter<Duration> MEMQCACHE_EXPIRE = CACHE.startup(
                    "memqcache_expire", seconds(0, MAX), "0", "How long a result is kept; 0 is without limit.")
            .notBuiltPartOf("memory_cache_enabled")
            .single();

    public static final Parameter<Boolean> MEMQCACHE_AUTO_CACHE_INVALIDATION = CACHE.reload(
                    "memqcache_auto_cache_invalidation",
                    bool(),
                    "on",
                    "Drops the results that come from a table when it is written.")
            .notBuiltPartOf("memory_cache_enabled")
            .single();

    public static final Parameter<Long> MEMQCACHE_MAXCACHE = CACHE.startup(
                    "memqcache_maxcache", bytes(0, MAX), "400kB", "The largest result that is kept.")
            .notBuiltPartOf("memory_cache_enabled")
            .single();

    public static final Parameter<Long> MEMQCACHE_CACHE_BLOCK_SIZE = CACHE.startup(
                    "memqcache_cache_block_size",
                    bytes(512, MAX),
                    "1MB",
                    "Size of one block of that memory; memqcache_maxcache must fit into it.")
            .notBuiltPartOf("memory_cache_enabled")
            .single();

    public static final Parameter<String> MEMQCACHE_OIDDIR = CACHE.startup(
                    "memqcache_oiddir",
                    text(),
                    "/var/log/pgpool/oiddir",
                    "Directory of the files that say which results come from which table.")
            .notBuiltPartOf("memory_cache_enabled")
            .single();

    public static final Parameter<PatternList> CACHE_SAFE_MEMQCACHE_TABLE_LIST = CACHE.reload(
                    "cache_safe_memqcache_table_list",
                    patterns(','),
                    "",
                    "Regular expressions of views and unlogged tables whose results are kept too.")
            .formerly("white_memqcache_table_list")
            .notBuiltPartOf("memory_cache_enabled")
            .single();

    public static final Parameter<PatternList> CACHE_UNSAFE_MEMQCACHE_TABLE_LIST = CACHE.reload(
                    "cache_unsafe_memqcache_table_list",
                    patterns(','),
                    "",
                    "Regular expressions of tables whose results are never kept; it goes before the other list.")
            .formerly("black_memqcache_table_list")
            .notBuiltPartOf("memory_cache_enabled")
            .single();

    public static final Parameter<Duration> RELCACHE_EXPIRE = CACHE.startup(
                    "relcache_expire",
                    seconds(0, Long.MAX_VALUE),
                    "0",
                    "How long knowledge about a table or function is kept; 0 is without limit.")
            .single();

    public static final Parameter<Integer> RELCACHE_SIZE = CACHE.startup(
                    "relcache_size",
                    integer(0, MAX),
                    "256",
                    "Of how many tables, and of how many functions, knowledge is kept for each database; 0 keeps none, and reads that need it go to the primary.")
            .single();

    public static final Parameter<Boolean> ENABLE_SHARED_RELCACHE = CACHE.startup(
                    "enable_shared_relcache",
                    bool(),
                    "on",
                    "Lets child processes share that knowledge. Trunkline has no child processes.")
            .notNeeded()
            .single();

    private CacheParameters() {}

    static List<List<ParameterDefinition<?>>> sections() {
        return List.of(CACHE.definitions());
    }
}
