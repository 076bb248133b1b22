package io.trunkline.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.trunkline.config.RoutingParameters.RelationCacheTarget;
import io.trunkline.failover.ClusterView;
import io.trunkline.failover.NodeEvents;
import io.trunkline.failover.NodeRole;
import io.trunkline.failover.NodeStatus;
import io.trunkline.failover.NodeView;
import io.trunkline.localcluster.LocalNode;
import io.trunkline.pool.AddressResolver;
import io.trunkline.pool.Admission;
import io.trunkline.pool.BackendConnection;
import io.trunkline.pool.BackendLogin;
import io.trunkline.pool.BackendOpener;
import io.trunkline.pool.BackendPool;
import io.trunkline.pool.NodeAddress;
import io.trunkline.pool.PoolSettings;
import io.trunkline.pool.StartupKey;
import io.trunkline.pool.Transport;
import io.trunkline.proxy.catalog.Catalog;
import io.trunkline.proxy.catalog.CatalogReader;
import io.trunkline.proxy.catalog.CatalogReaders;
import io.trunkline.proxy.catalog.CatalogSettings;
import io.trunkline.proxy.catalog.Catalogs;
import io.trunkline.proxy.catalog.Verdict;
import io.trunkline.proxy.metrics.LoopMetrics;
import io.trunkline.proxy.route.Mentions;
import io.trunkline.proxy.route.RoutingRules;
import io.trunkline.sql.BuiltinFunctions;
import io.trunkline.sql.Statement;
import io.trunkline.sql.StatementAnalyzer;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArraySet;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What the catalog learns from real servers, over a pool of its own. */
class CatalogFactsTest {
    private static final String SCHEMA = """
            CREATE SCHEMA cat; CREATE SCHEMA cat2; SET search_path = cat;
            CREATE FUNCTION cat_immutable(int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT $1';
            CREATE FUNCTION cat_stable(int) RETURNS int LANGUAGE sql STABLE AS 'SELECT $1';
            CREATE FUNCTION cat_volatile(int) RETURNS int LANGUAGE sql AS 'SELECT $1';
            CREATE FUNCTION cat_overloaded(int) RETURNS int LANGUAGE sql STABLE AS 'SELECT $1';
            CREATE FUNCTION cat_overloaded(text) RETURNS int LANGUAGE sql AS 'SELECT 1';
            CREATE FUNCTION cat_elsewhere(int) RETURNS int LANGUAGE sql STABLE AS 'SELECT $1';
            CREATE FUNCTION cat2.cat_elsewhere(int) RETURNS int LANGUAGE sql AS 'SELECT $1';
            CREATE FUNCTION cat_add(int, int) RETURNS int LANGUAGE sql AS 'SELECT $1 + $2';
            CREATE AGGREGATE cat_good_sum(int) (SFUNC = int4pl, STYPE = int);
            CREATE AGGREGATE cat_bad_sum(int) (SFUNC = cat_add, STYPE = int);
            CREATE OPERATOR #+ (FUNCTION = cat_add, LEFTARG = int, RIGHTARG = int);
            CREATE FUNCTION "Cat Function"() RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT 1';

            CREATE TABLE cat_plain (x int PRIMARY KEY, y text);
            CREATE TABLE cat_twin (x int); CREATE UNLOGGED TABLE cat_unlogged (x int);
            CREATE TABLE "Cat ""Quoted"" \\ 'Table' \u00fc" (x int);
            CREATE UNLOGGED TABLE "Cat_Plain" (x int);
            CREATE TABLE cat_twice (x int); CREATE UNLOGGED TABLE cat2.cat_twice (x int);
            CREATE TABLE cat_parted (x int) PARTITION BY RANGE (x);
            CREATE TABLE cat_parted_1 PARTITION OF cat_parted FOR VALUES FROM (0) TO (1);
            CREATE TABLE cat_half (x int) PARTITION BY RANGE (x);
            CREATE TABLE cat_half_1 PARTITION OF cat_half FOR VALUES FROM (0) TO (10) PARTITION BY RANGE (x);
            CREATE UNLOGGED TABLE cat_half_2 PARTITION OF cat_half_1 FOR VALUES FROM (1) TO (2);
            CREATE TABLE cat_parent (x int); CREATE UNLOGGED TABLE cat_child () INHERITS (cat_parent);
            CREATE SEQUENCE cat_sequence;
            CREATE FOREIGN DATA WRAPPER cat_wrapper; CREATE SERVER cat_server FOREIGN DATA WRAPPER cat_wrapper;
            CREATE FOREIGN TABLE cat_foreign (x int) SERVER cat_server;

            CREATE VIEW cat_v1 AS SELECT x, lower(y) AS y, now() AS n, current_setting('work_mem') AS w FROM cat_plain;
            CREATE VIEW cat_v2 AS SELECT v.x, p.x AS z FROM cat_v1 v JOIN cat_parted p USING (x);
            CREATE VIEW cat_v3 AS WITH c AS (SELECT * FROM cat_v2) SELECT * FROM c UNION ALL SELECT 1, 2;
            CREATE VIEW cat_bad1 AS SELECT (SELECT max(x) FROM cat_unlogged) AS x FROM cat_plain;
            CREATE VIEW cat_bad2 AS SELECT * FROM cat_v1 WHERE x IN (SELECT x FROM cat_bad1);
            CREATE VIEW cat_nextval AS SELECT nextval('cat_sequence') AS n;
            CREATE VIEW cat_random AS SELECT x FROM cat_plain WHERE random() < 0.5;
            CREATE VIEW cat_calls AS SELECT cat_volatile(x) AS x FROM cat_plain;
            CREATE VIEW cat_calls_stable AS SELECT cat_stable(x) AS x FROM cat_plain;
            CREATE VIEW cat_operator AS SELECT x #+ x AS x FROM cat_plain;
            CREATE VIEW cat_class AS SELECT c.relname FROM pg_class c JOIN cat_plain p ON true;
            CREATE VIEW cat_activity AS SELECT pid FROM pg_stat_activity;
            CREATE VIEW cat_information AS SELECT table_name FROM information_schema.tables;
            CREATE VIEW cat_lock AS SELECT x FROM cat_plain FOR UPDATE;
            CREATE VIEW cat_sequenced AS SELECT last_value FROM cat_sequence;
            CREATE MATERIALIZED VIEW cat_kept AS SELECT random() AS r FROM cat_unlogged;
            CREATE VIEW cat_over_kept AS SELECT r FROM cat_kept;
            GRANT USAGE ON SCHEMA cat, cat2 TO PUBLIC
            """;

    private static final StatementAnalyzer ANALYZER = new StatementAnalyzer();
    private static final RoutingRules RULES = rules("");

    private static EventLoopGroup group;
    private static BackendPool pool;

    private final LoopMetrics metrics = new LoopMetrics(3);
    private final Set<Integer> asked = new CopyOnWriteArraySet<>();
    private final Catalogs catalogs =
            new Catalogs(new CatalogSettings(256, Duration.ZERO, RelationCacheTarget.PRIMARY));
    private final Catalog catalog = catalogs.of(Cluster.USER);
    private volatile ClusterView cluster = view(Cluster.PRIMARY);
    private CatalogReader reader = reader(Map.of());

    @BeforeAll
    static void start() {
        Transport transport = Transport.best();
        group = transport.eventLoops(1, "catalog-test");
        pool = new BackendPool(
                new BackendOpener(transport, new AddressResolver(Runnable::run)),
                new PoolSettings(true, 4, 0, 0, 0, 0, 0, List.of("ABORT", "DISCARD ALL")));
        LocalNode primary = Cluster.shared().node(Cluster.PRIMARY);
        primary.query(Cluster.USER, SCHEMA);
        Cluster.awaitStandbys();
    }

    @AfterAll
    static void stop() {
        group.shutdownGracefully(0, 2, TimeUnit.SECONDS).syncUninterruptibly();
        LocalNode primary = Cluster.shared().node(Cluster.PRIMARY);
        primary.query(
                Cluster.USER,
                "DROP SCHEMA cat CASCADE; DROP SCHEMA cat2 CASCADE; DROP FOREIGN DATA WRAPPER cat_wrapper CASCADE");
    }

    private static ClusterView view(int primary) {
        List<NodeView> nodes = new ArrayList<>();
        for (LocalNode node : Cluster.shared().nodes()) {
            boolean isPrimary = node.id() == primary;
            boolean up = primary >= 0 || node.id() != Cluster.PRIMARY;
            nodes.add(new NodeView(
                    new NodeAddress(node.id(), node.address(), node.port(), 10_000),
                    1,
                    up ? NodeStatus.UP : NodeStatus.DOWN,
                    isPrimary ? NodeRole.PRIMARY : NodeRole.STANDBY,
                    OptionalLong.empty(),
                    Optional.empty(),
                    up,
                    Instant.EPOCH));
        }
        return new ClusterView(1, nodes, primary);
    }

    private CatalogReader reader(Map<String, String> more) {
        Map<String, String> parameters = new HashMap<>(Map.of("user", Cluster.USER, "database", Cluster.USER));
        parameters.putAll(more);
        EventLoop loop = group.next();
        NodeEvents events = new NodeEvents() {
            @Override
            public void connected(BackendConnection backend) {
                asked.add(backend.node());
            }

            @Override
            public void unreachable(int node, String why) {}

            @Override
            public void shutDown(int node) {}
        };
        CatalogReader real = new CatalogReaders(loop, pool.shard(loop), () -> cluster, events, metrics)
                .reader(StartupKey.of(parameters), "catalog test", () -> BackendLogin.TRUST, Admission.TRUST, () -> 1);
        return new CatalogReader() {
            @Override
            public StartupKey key() {
                return real.key();
            }

            @Override
            public void ask(String sql, RelationCacheTarget first, Answer answer) {
                loop.execute(() -> real.ask(sql, first, answer));
            }
        };
    }

    private static Mentions mentions(String sql) {
        Statement statement = ANALYZER.analyze(sql).only().orElseThrow();
        return new Mentions(
                statement.tables(),
                statement.functions().stream()
                        .filter(function -> BuiltinFunctions.of(function) != BuiltinFunctions.Nature.STABLE)
                        .toList());
    }

    /** The verdict on a query, once it is known. */
    private Verdict verdict(String sql) {
        return verdict(sql, RULES);
    }

    private Verdict verdict(String sql, RoutingRules rules) {
        Mentions mentions = mentions(sql);
        Eventually.isTrue("the answer about " + sql, () -> catalog.check(mentions, rules, reader) != Verdict.COLD);
        return catalog.check(mentions, rules, reader);
    }

    private String fact(String sql) {
        verdict(sql);
        return catalog.facts(mentions(sql)).get(0);
    }

    private long queries() {
        return metrics.value(LoopMetrics.Counter.CATALOG_QUERIES);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "cat_immutable(1) | YES | function cat_immutable: immutable",
                "cat_stable(1) | YES | function cat_stable: stable",
                "cat_volatile(1) | VOLATILE_FUNCTION | function cat_volatile: volatile",
                "cat.cat_stable(1) | YES | function cat.cat_stable: stable",
                "cat2.cat_stable(1) | UNKNOWN_FUNCTION | function cat2.cat_stable: does not exist",
                "cat_overloaded(1) | VOLATILE_FUNCTION | function cat_overloaded: volatile",
                "cat_elsewhere(1) | VOLATILE_FUNCTION | function cat_elsewhere: volatile",
                "cat.cat_elsewhere(1) | YES | function cat.cat_elsewhere: stable",
                "cat_good_sum(1) | YES | function cat_good_sum: immutable",
                "cat_bad_sum(1) | VOLATILE_FUNCTION | function cat_bad_sum: volatile",
                "\"Cat Function\"() | YES | function Cat Function: immutable",
                "nextval('cat.cat_sequence') | VOLATILE_FUNCTION | function nextval: volatile",
                "pg_catalog.random() | VOLATILE_FUNCTION | function pg_catalog.random: volatile",
                "current_setting('work_mem') | YES | function current_setting: stable",
                "cat_nowhere() | UNKNOWN_FUNCTION | function cat_nowhere: does not exist"
            })
    void functionsAreAsVolatileAsTheServerSays(String call, Verdict expected, String fact) {
        assertThat(verdict("SELECT " + call)).isEqualTo(expected);
        assertThat(fact("SELECT " + call)).isEqualTo(fact);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "cat_plain | YES | table cat_plain: permanent",
                "cat.cat_plain | YES | table cat.cat_plain: permanent",
                "cat2.cat_plain | UNKNOWN_RELATION | relation cat2.cat_plain: does not exist",
                "CAT_PLAIN | YES | table cat_plain: permanent",
                "\"Cat_Plain\" | UNLOGGED_TABLE | table Cat_Plain: unlogged",
                "\"Cat \"\"Quoted\"\" \\ 'Table' \u00fc\" | YES | table Cat \"Quoted\" \\ 'Table' \u00fc: permanent",
                "cat_unlogged | UNLOGGED_TABLE | table cat_unlogged: unlogged",
                "cat_twice | UNLOGGED_TABLE | table cat_twice in 2 schemas: unlogged table cat2.cat_twice",
                "cat.cat_twice | YES | table cat.cat_twice: permanent",
                "cat_parted | YES | partitioned table cat_parted: permanent",
                "cat_half | UNLOGGED_TABLE | partitioned table cat_half: unlogged table cat.cat_half_2",
                "cat_parent | UNLOGGED_TABLE | table cat_parent over cat.cat_child: unlogged table cat.cat_child",
                "cat_foreign | YES | foreign table cat_foreign: permanent",
                "cat_sequence | SEQUENCE | sequence cat_sequence: sequence cat.cat_sequence",
                "cat_kept | YES | materialized view cat_kept: permanent",
                "cat_nowhere | UNKNOWN_RELATION | relation cat_nowhere: does not exist"
            })
    void tablesAreJudgedByTheirPersistence(String table, Verdict expected, String fact) {
        assertThat(verdict("SELECT * FROM " + table)).isEqualTo(expected);
        assertThat(fact("SELECT * FROM " + table)).isEqualTo(fact);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "cat_v1 | YES | view cat_v1 over cat.cat_plain: permanent",
                "cat_v3 | YES | view cat_v3 over cat.cat_parted, cat.cat_plain, cat.cat_v1, cat.cat_v2: permanent",
                "cat_bad1 | UNLOGGED_TABLE |",
                "cat_bad2 | UNLOGGED_TABLE |",
                "cat_nextval | VOLATILE_FUNCTION | view cat_nextval over cat.cat_sequence: volatile function nextval,"
                        + " sequence cat.cat_sequence",
                "cat_random | VOLATILE_FUNCTION | view cat_random over cat.cat_plain: volatile function random",
                "cat_calls | VOLATILE_FUNCTION | view cat_calls over cat.cat_plain: volatile function cat.cat_volatile",
                "cat_calls_stable | YES |",
                "cat_operator | VOLATILE_FUNCTION | view cat_operator over cat.cat_plain: volatile function cat.cat_add",
                "cat_class | SYSTEM_CATALOG | view cat_class over cat.cat_plain: system catalog pg_class",
                "cat_activity | SYSTEM_CATALOG |",
                "cat_information | SYSTEM_CATALOG |",
                "cat_lock | UNCLEAR_VIEW | view cat_lock over cat.cat_plain: not certainly read-only",
                "cat_sequenced | SEQUENCE |",
                "cat_over_kept | YES | view cat_over_kept over cat.cat_kept: permanent"
            })
    void viewsAreFollowedToWhatIsBehindThem(String view, Verdict expected, String fact) {
        assertThat(verdict("SELECT * FROM " + view)).isEqualTo(expected);
        if (fact != null) {
            assertThat(fact("SELECT * FROM " + view)).isEqualTo(fact);
        }
    }

    @Test
    void manyNamesAreLearntWithOneQuestionAndThenNoneIsSent() {
        String sql = "SELECT cat_stable(p.x), cat_immutable(q.x) FROM cat_plain p, cat_v3 q, cat_parted";

        assertThat(verdict(sql)).isEqualTo(Verdict.YES);
        for (int i = 0; i < 1_000; i++) {
            assertThat(catalog.check(mentions(sql), RULES, reader)).isEqualTo(Verdict.YES);
        }
        assertThat(queries()).isEqualTo(1);
        assertThat(asked).containsExactly(Cluster.PRIMARY);
        assertThat(catalog.defaultsToReadCommitted(reader.key(), reader)).isEqualTo(Optional.of(true));
        assertThat(queries()).isEqualTo(1);
    }

    @Test
    void namesakeInAnotherSessionsTemporarySchemaGoesToThePrimary() throws SQLException {
        try (Connection other = DriverManager.getConnection("jdbc:postgresql://127.0.0.1:"
                + Cluster.port(Cluster.PRIMARY) + "/" + Cluster.USER + "?user=" + Cluster.USER)) {
            other.createStatement().execute("CREATE TEMPORARY TABLE cat_twin (x int)");

            assertThat(verdict("SELECT * FROM cat_twin")).isEqualTo(Verdict.TEMPORARY_TABLE);
            assertThat(fact("SELECT * FROM cat_twin")).isEqualTo("table cat_twin: temporary in a session");
            assertThat(verdict("SELECT * FROM cat.cat_twin")).isEqualTo(Verdict.YES);
            assertThat(catalog.check(mentions("SELECT * FROM cat_twin"), rules("check_temp_table = none"), reader))
                    .isEqualTo(Verdict.YES);
        }
    }

    private static RoutingRules rules(String line) {
        return RoutingRules.of(TestProxy.config(TestProxy.configText(Cluster.shared(), 9999, List.of(line))));
    }

    @Test
    void unloggedTablesAreReadAnywhereWhereTheyAreNotChecked() {
        assertThat(verdict("SELECT * FROM cat_bad2", rules("check_unlogged_table = off")))
                .isEqualTo(Verdict.YES);
    }

    @Test
    void standbyAnswersWhileThereIsNoPrimary() {
        cluster = view(ClusterView.NO_PRIMARY);

        assertThat(verdict("SELECT cat_volatile(1) FROM cat_v2")).isEqualTo(Verdict.VOLATILE_FUNCTION);
        assertThat(asked).containsExactly(TestProxy.READ_NODE);
    }

    @Test
    void nodeThatTheSettingNamesIsAskedFirst() {
        catalogs.reload(new CatalogSettings(256, Duration.ZERO, RelationCacheTarget.LOAD_BALANCE_NODE));

        assertThat(verdict("SELECT * FROM cat_v2")).isEqualTo(Verdict.YES);
        assertThat(asked).containsExactly(TestProxy.READ_NODE);
    }

    @Test
    void changeIsSeenAfterAnInvalidation() {
        LocalNode primary = Cluster.shared().node(Cluster.PRIMARY);
        primary.query(
                Cluster.USER,
                "CREATE UNLOGGED TABLE cat.cat_changed (x int); CREATE VIEW cat.cat_changing AS SELECT * FROM cat.cat_changed");
        assertThat(verdict("SELECT * FROM cat_changing")).isEqualTo(Verdict.UNLOGGED_TABLE);
        primary.query(Cluster.USER, "ALTER TABLE cat.cat_changed SET LOGGED");
        assertThat(verdict("SELECT * FROM cat_changing")).isEqualTo(Verdict.UNLOGGED_TABLE);
        catalogs.invalidate(Cluster.USER);

        assertThat(catalog.check(mentions("SELECT * FROM cat_changing"), RULES, reader))
                .isEqualTo(Verdict.COLD);
        assertThat(verdict("SELECT * FROM cat_changing")).isEqualTo(Verdict.YES);
    }

    @ParameterizedTest
    @CsvSource({
        "options, -c standard_conforming_strings=off -c quote_all_identifiers=on -c search_path=cat2",
        "client_encoding, LATIN1",
        "options, -c default_transaction_isolation=serializable -c bytea_output=escape"
    })
    void settingsOfTheSessionDoNotChangeWhatIsLearnt(String name, String value) {
        reader = reader(Map.of(name, value));

        assertThat(verdict("SELECT * FROM \"Cat \"\"Quoted\"\" \\ 'Table' \u00fc\""))
                .isEqualTo(Verdict.YES);
        assertThat(verdict("SELECT * FROM cat_v3")).isEqualTo(Verdict.YES);
        assertThat(verdict("SELECT * FROM cat_random")).isEqualTo(Verdict.VOLATILE_FUNCTION);
        assertThat(verdict("SELECT * FROM cat_class")).isEqualTo(Verdict.SYSTEM_CATALOG);
        assertThat(catalog.defaultsToReadCommitted(reader.key(), reader))
                .isEqualTo(Optional.of(!value.contains("serializable")));
    }
}
