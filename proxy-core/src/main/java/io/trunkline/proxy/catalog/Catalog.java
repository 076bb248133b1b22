package io.trunkline.proxy.catalog;

import io.trunkline.config.RoutingParameters.RelationCacheTarget;
import io.trunkline.config.RoutingParameters.TempTableCheck;
import io.trunkline.pool.StartupKey;
import io.trunkline.proxy.route.Mentions;
import io.trunkline.proxy.route.RoutingRules;
import io.trunkline.sql.QualifiedName;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What is known of one database: which functions and relations a standby may be asked for. Shared by all event loops;
 * all methods may be called by any thread. What is known already is told without a lock and without allocation.
 *
 * <p>A name without a schema stands for all that have it, in whatever schema, as the search_path of a session is not
 * known for sure; if one of them does not belong on a standby, the name does not. Views are followed down to their
 * tables and functions, parents to their children. Not followed are row level security policies, rules other than those
 * that make views, and functions behind the operators and casts of a statement.
 *
 * <p>What is not known is asked for in the background, each name once at a time, with the rights of the session that
 * wants to know. A fact stays until it is evicted, or relcache_expire has passed, or {@link #invalidate}; facts that
 * may end unseen (a relation that does not exist, a temporary table of some session) are asked for anew after seconds,
 * then less and less often.
 */
public final class Catalog {
    private static final Logger log = LoggerFactory.getLogger(Catalog.class);

    /** Names in one query; the others wait for the next. */
    private static final int NAMES_AT_ONCE = 100;

    /** Questions at a time; what is not known meanwhile is asked for later. */
    private static final int QUESTIONS_AT_ONCE = 8;

    private static final int SESSIONS_KEPT = 1_000;

    /** After a failure, how long the same login asks nothing. */
    private static final long PAUSE_NANOS = TimeUnit.SECONDS.toNanos(10);

    /** After DDL, how long a standby's word is only taken for a short while: it may not have seen the change. */
    private static final long SETTLING_NANOS = TimeUnit.SECONDS.toNanos(60);

    private static final long SHORT_LIFE_NANOS = TimeUnit.SECONDS.toNanos(5);
    private static final long LONGEST_SHORT_LIFE_NANOS = TimeUnit.MINUTES.toNanos(10);

    /** How old a suspect fact gets before it is asked for anew. */
    private static final long SUSPECT_NANOS = TimeUnit.SECONDS.toNanos(10);

    /** Beside the bits of verdicts: facts that hold, but should be asked for anew. */
    private static final int SUSPECT = Verdict.YES.bit();

    private final String database;
    private final Supplier<CatalogSettings> settings;
    private final LongSupplier clock;
    private final FactCache tables = new FactCache();
    private final FactCache functions = new FactCache();
    private final Map<StartupKey, Optional<Boolean>> readCommitted = new ConcurrentHashMap<>();
    private volatile boolean retired;
    private volatile int suspicion;

    // ---- below: only while holding the monitor of this

    /** Counts invalidations: an answer to a question of an earlier generation is thrown away. */
    private int generation;

    private boolean settling;
    private long invalidatedAt;
    private Set<String> builtins = Set.of();
    private final Map<QualifiedName, Fill> pendingTables = new HashMap<>();
    private final Map<QualifiedName, Fill> pendingFunctions = new HashMap<>();
    private final Map<StartupKey, Fill> pendingSessions = new HashMap<>();
    private final Map<StartupKey, Long> pauses = new HashMap<>();
    private int underWay;
    private boolean failing;
    private boolean warnedOfSize;

    Catalog(String database, Supplier<CatalogSettings> settings, LongSupplier clock) {
        this.database = database;
        this.settings = settings;
        this.clock = clock;
    }

    // ---- questions

    /**
     * Whether a statement that mentions these names may run on a standby. What is not known is asked for.
     *
     * @param reader how this session would ask; null if it cannot
     */
    public Verdict check(Mentions mentions, RoutingRules rules, @Nullable CatalogReader reader) {
        int bits = look(tables, mentions.tables()) | look(functions, mentions.functions());
        if (retired) {
            return Verdict.COLD;
        }
        int objections = bits & objectionsOf(rules);
        int open = bits & (SUSPECT | Verdict.COLD.bit());
        if (open != 0 && reader != null) {
            ask(mentions, reader);
        }
        return objections != 0 ? Verdict.first(objections) : Verdict.first(open & ~SUSPECT);
    }

    /**
     * Whether a statement that mentions these names may write, by what is known of them or because something is not.
     * Nothing is asked for: it may be on the primary for good.
     */
    public boolean mayWrite(Mentions mentions) {
        int bits = look(tables, mentions.tables()) | look(functions, mentions.functions());
        return retired || (bits & Verdict.WRITING) != 0;
    }

    private static int objectionsOf(RoutingRules rules) {
        int ignored = SUSPECT | Verdict.COLD.bit();
        if (!rules.checkUnlogged()) {
            ignored |= Verdict.UNLOGGED_TABLE.bit();
        }
        if (rules.tempTables() != TempTableCheck.CATALOG) {
            ignored |= Verdict.TEMPORARY_TABLE.bit();
        }
        return ~ignored;
    }

    private int look(FactCache cache, List<QualifiedName> names) {
        int bits = 0;
        for (int i = 0; i < names.size(); i++) {
            QualifiedName name = names.get(i);
            Fact fact = cache.get(name);
            if (fact == null) {
                bits |= unknown(name);
            } else if (fact.canExpire() && fact.isExpired(clock.getAsLong())) {
                bits |= Verdict.COLD.bit();
            } else {
                fact.use();
                bits |= fact.objections();
                if (isSuspect(fact)) {
                    bits |= SUSPECT;
                }
            }
        }
        return bits;
    }

    private static int unknown(QualifiedName name) {
        // pg_temp is another thing in each session, and never on a standby
        return name.isTemporary() ? Verdict.TEMPORARY_TABLE.bit() | Verdict.UNKNOWN_RELATION.bit() : Verdict.COLD.bit();
    }

    private boolean isSuspect(Fact fact) {
        return fact.suspicion() != suspicion && fact.ageNanos(clock.getAsLong()) > SUSPECT_NANOS;
    }

    /**
     * Whether transactions of such a session are READ COMMITTED unless they say otherwise, before it has changed
     * default_transaction_isolation itself. Empty if not known yet; it is asked for.
     */
    public Optional<Boolean> defaultsToReadCommitted(StartupKey key, @Nullable CatalogReader reader) {
        Optional<Boolean> known = readCommitted.get(key);
        if (known != null) {
            return known;
        }
        if (reader != null && reader.key().equals(key)) {
            ask(Mentions.NOTHING, reader);
        }
        return Optional.empty();
    }

    /** Such a session's transactions are READ COMMITTED unless they say otherwise, or are not. */
    synchronized void knowDefault(StartupKey key, boolean isReadCommitted) {
        if (readCommitted.size() >= SESSIONS_KEPT) {
            readCommitted.clear();
        }
        readCommitted.put(key, Optional.of(isReadCommitted));
    }

    /** What is known of each of these names, a line each: {@code function f: volatile}. For EXPLAIN ROUTE. */
    public List<String> facts(Mentions mentions) {
        List<String> lines = new ArrayList<>();
        mentions.tables().forEach(name -> lines.add(describe(tables.get(name), "relation ", name)));
        mentions.functions().forEach(name -> lines.add(describe(functions.get(name), "function ", name)));
        return lines;
    }

    private String describe(@Nullable Fact fact, String noun, QualifiedName name) {
        if (fact == null || fact.isExpired(clock.getAsLong())) {
            return noun + name + (name.isTemporary() ? ": temporary" : ": not known yet");
        }
        return fact.text();
    }

    // ---- changes

    /**
     * Forgets all: DDL has come into effect. Also answers to questions that are under way are not believed. To be called
     * when the server has confirmed the change, before the client hears of it.
     */
    public synchronized void invalidate() {
        generation++;
        settling = true;
        invalidatedAt = clock.getAsLong();
        tables.clear();
        functions.clear();
        readCommitted.clear();
        pendingTables.clear();
        pendingFunctions.clear();
        pendingSessions.clear();
        // another release may have other functions
        builtins = Set.of();
    }

    /**
     * Forgets what is known of relations of this name, in whatever schema: a temporary table with it has been made or
     * dropped, which concerns nothing else.
     */
    public synchronized void forget(String name) {
        List<QualifiedName> concerned = new ArrayList<>();
        tables.forEachName(known -> {
            if (known.name().equals(name)) {
                concerned.add(known);
            }
        });
        concerned.forEach(tables::remove);
        pendingTables.forEach((pending, fill) -> {
            if (pending.name().equals(name)) {
                fill.outdated.add(pending);
            }
        });
    }

    /**
     * Something has run that may have changed anything, but most likely has not: DO or CALL. What is known still counts,
     * and is asked for anew in the background when it is used again, each fact at most every ten seconds.
     */
    public synchronized void suspect() {
        suspicion++;
    }

    /** Nothing is known, and nothing will be: the catalogs have made room. */
    synchronized void retire() {
        retired = true;
        invalidate();
    }

    // ---- filling

    private void ask(Mentions mentions, CatalogReader reader) {
        Fill fill;
        CatalogSettings now = settings.get();
        synchronized (this) {
            if (retired || underWay >= QUESTIONS_AT_ONCE || isPaused(reader.key())) {
                return;
            }
            List<QualifiedName> askedTables =
                    now.size() == 0 ? List.of() : open(tables, mentions.tables(), pendingTables);
            List<QualifiedName> askedFunctions =
                    now.size() == 0 ? List.of() : open(functions, mentions.functions(), pendingFunctions);
            boolean session = !readCommitted.containsKey(reader.key()) && !pendingSessions.containsKey(reader.key());
            if (askedTables.isEmpty() && askedFunctions.isEmpty() && !session) {
                return;
            }
            fill = new Fill(reader.key(), askedTables, askedFunctions);
            underWay++;
            askedTables.forEach(name -> pendingTables.put(name, fill));
            askedFunctions.forEach(name -> pendingFunctions.put(name, fill));
            pendingSessions.putIfAbsent(reader.key(), fill);
        }
        // a standby may lag behind what has just changed
        RelationCacheTarget first = fill.whileSettling ? RelationCacheTarget.PRIMARY : now.target();
        reader.ask(
                CatalogQuestion.sql(fill.askedTables, fill.askedFunctions, fill.knownBuiltins.isEmpty()), first, fill);
    }

    private boolean isPaused(StartupKey key) {
        Long since = pauses.get(key);
        if (since != null && clock.getAsLong() - since < PAUSE_NANOS) {
            return true;
        }
        pauses.remove(key);
        return false;
    }

    /** The names that are not known for good, and not being asked for. */
    private List<QualifiedName> open(FactCache cache, List<QualifiedName> names, Map<QualifiedName, Fill> pending) {
        List<QualifiedName> open = new ArrayList<>();
        long now = clock.getAsLong();
        for (QualifiedName name : names) {
            Fact fact = cache.get(name);
            boolean known = fact != null && !fact.isExpired(now) && !isSuspect(fact);
            if (!known && !name.isTemporary() && !pending.containsKey(name) && !open.contains(name)) {
                open.add(name);
                if (open.size() == NAMES_AT_ONCE) {
                    break;
                }
            }
        }
        return open;
    }

    /** One question under way. */
    private final class Fill implements CatalogReader.Answer {
        private final StartupKey key;
        private final List<QualifiedName> askedTables;
        private final List<QualifiedName> askedFunctions;
        private final int askedGeneration = Catalog.this.generation;
        private final int askedSuspicion = Catalog.this.suspicion;
        private final boolean whileSettling = isSettling();
        private final Set<String> knownBuiltins = Catalog.this.builtins;

        /** Relations about which something has changed since it was asked. */
        private final Set<QualifiedName> outdated = new HashSet<>();

        Fill(StartupKey key, List<QualifiedName> tables, List<QualifiedName> functions) {
            this.key = key;
            this.askedTables = tables;
            this.askedFunctions = functions;
        }

        @Override
        public void rows(List<List<@Nullable String>> rows) {
            CatalogAnswer answer;
            try {
                answer = CatalogAnswer.read(askedTables, askedFunctions, knownBuiltins, rows);
            } catch (IllegalArgumentException wrong) {
                failed("the answer is not understood: " + wrong.getMessage());
                return;
            }
            answered(this, answer);
        }

        @Override
        public void failed(String why) {
            Catalog.this.failed(this, why);
        }
    }

    private boolean isSettling() {
        settling = settling && clock.getAsLong() - invalidatedAt < SETTLING_NANOS;
        return settling;
    }

    private synchronized void answered(Fill fill, CatalogAnswer answer) {
        end(fill);
        if (fill.askedGeneration != generation || retired) {
            return;
        }
        if (failing) {
            failing = false;
            log.info("database \"{}\": functions and relations can be looked up again", database);
        }
        builtins = answer.builtins();
        knowDefault(fill.key, answer.readCommitted());
        boolean provisional = fill.whileSettling && answer.inRecovery();
        for (int i = 0; i < fill.askedTables.size(); i++) {
            if (!fill.outdated.contains(fill.askedTables.get(i))) {
                put(tables, fill.askedTables.get(i), answer.table(i), fill, provisional);
            }
        }
        for (int i = 0; i < fill.askedFunctions.size(); i++) {
            put(functions, fill.askedFunctions.get(i), answer.function(i), fill, provisional);
        }
    }

    private void put(FactCache cache, QualifiedName name, Finding finding, Fill fill, boolean provisional) {
        CatalogSettings now = settings.get();
        long life = now.expire().isZero() ? Long.MAX_VALUE : now.expire().toNanos();
        if (finding.isPassing()) {
            Fact before = cache.get(name);
            long longer = before == null || !Finding.isPassing(before.objections()) ? 0 : 2 * before.lifeNanos();
            life = Math.min(life, Math.min(Math.max(longer, SHORT_LIFE_NANOS), LONGEST_SHORT_LIFE_NANOS));
        } else if (provisional) {
            life = Math.min(life, SHORT_LIFE_NANOS);
        }
        Fact fact = Fact.of(finding, life == Long.MAX_VALUE ? 0 : life, clock.getAsLong(), fill.askedSuspicion);
        if (cache.put(name, fact, now.size()) && !warnedOfSize) {
            warnedOfSize = true;
            log.warn(
                    "database \"{}\": its statements use more than {} functions or relations; what is looked up again and"
                            + " again goes to the primary meanwhile. A larger relcache_size helps",
                    database,
                    now.size());
        }
    }

    private synchronized void failed(Fill fill, String why) {
        end(fill);
        if (fill.askedGeneration != generation || retired) {
            return;
        }
        if (pauses.size() >= SESSIONS_KEPT) {
            pauses.clear();
        }
        pauses.put(fill.key, clock.getAsLong());
        if (!failing) {
            failing = true;
            log.warn(
                    "database \"{}\": functions and relations cannot be looked up as user \"{}\", so statements that use"
                            + " them go to the primary; tried again every {} s: {}",
                    database,
                    fill.key.user(),
                    TimeUnit.NANOSECONDS.toSeconds(PAUSE_NANOS),
                    why);
        }
    }

    private void end(Fill fill) {
        underWay--;
        fill.askedTables.forEach(name -> pendingTables.remove(name, fill));
        fill.askedFunctions.forEach(name -> pendingFunctions.remove(name, fill));
        pendingSessions.remove(fill.key, fill);
    }

    /** Names that something is known about. Any thread, approximate. */
    synchronized int size() {
        return tables.size() + functions.size();
    }
}
