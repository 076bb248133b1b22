package io.trunkline.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.trunkline.localcluster.LocalNode;
import io.trunkline.proxy.route.Destination;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.lifecycle.AfterContainer;
import net.jqwik.api.lifecycle.BeforeContainer;

/**
 * Pipelines of reads, writes, transaction control and errors get the same answers through Trunkline, with its two nodes, as
 * from a server. Each of the two sides has a role with a table {@code items} of its own. Commits wait until the standby
 * shows them, so that a read there sees what it would see on the primary.
 */
class SameAnswersPropertyTest {
    private static final String DIRECT = "same_direct";
    private static final String PROXIED = "same_proxied";
    private static final int IDS = 6;
    private static final int TRIES = 250;

    @SuppressWarnings("NullAway.Init") // before the first try
    private static TestProxy proxy;

    /** What a client does. */
    enum Action {
        READ("SELECT id, word FROM items ORDER BY id"),
        READ_WITH_PARAMETER("SELECT count(*), %1$d FROM items WHERE id <> %1$d"),
        INSERT("INSERT INTO items VALUES (%d, 'new') RETURNING id"),
        UPDATE("UPDATE items SET word = word || '+' WHERE id <= %d"),
        DELETE("DELETE FROM items WHERE id = %d"),
        BEGIN("BEGIN"),
        BEGIN_READ_ONLY("BEGIN READ ONLY"),
        REPEATABLE_READ("BEGIN ISOLATION LEVEL REPEATABLE READ"),
        SET_TRANSACTION("SET TRANSACTION READ ONLY"),
        COMMIT("COMMIT"),
        ROLLBACK("ROLLBACK"),
        COMMIT_AND_CHAIN("COMMIT AND CHAIN"),
        SAVEPOINT("SAVEPOINT s"),
        ROLLBACK_TO("ROLLBACK TO s"),
        RELEASE("RELEASE s"),
        SET("SET work_mem = '%dMB'"),
        SET_LOCAL("SET LOCAL work_mem = '1%dMB'"),
        SHOW("SELECT current_setting('work_mem') FROM items"),
        DIVISION_BY_ZERO("SELECT 1 / (id - id) FROM items"),
        NO_SUCH_COLUMN("SELECT nothing FROM items"),
        NO_SQL("SELEC"),
        EMPTY("");

        final String sql;

        Action(String sql) {
            this.sql = sql;
        }
    }

    /** How it says so. */
    enum Form {
        /** Query, with a Sync before it. */
        SIMPLE,
        /** Parse, Bind, Describe, Execute of what has no name. */
        UNNAMED,
        /** Parse under a name, Describe of the statement, Bind, Execute, Close. */
        NAMED,
        /** As unnamed, without a description. */
        UNDESCRIBED,
        /** Two rows, one at a time, from a named portal; what has no rows cannot be executed twice. */
        ROW_BY_ROW
    }

    record Step(Action action, int id, Form form, boolean sync) {
        @Override
        public String toString() {
            return form + " " + sql() + (sync ? " / Sync" : "");
        }

        String sql() {
            return String.format(action.sql, id);
        }

        /** @return the ReadyForQuery that will come */
        int sendTo(RawClient client, int number) throws IOException {
            int ready = sync ? 1 : 0;
            if (action.sql.startsWith("BEGIN")) {
                // behind a query of the same batch a server takes that for the transaction's first, and so it is too
                // late
                // for an isolation level
                client.sync();
                ready++;
            }
            switch (form) {
                case SIMPLE -> {
                    client.sync().query(sql());
                    ready += 2;
                }
                case UNNAMED -> client.extended(sql());
                case NAMED -> {
                    String name = "n" + number;
                    client.parse(name, sql()).describeStatement(name).bind("", name);
                    client.execute("", 0).closeStatement(name);
                }
                case UNDESCRIBED -> client.parse("", sql()).bind("", "").execute("", 0);
                case ROW_BY_ROW -> {
                    String portal = "p" + number;
                    client.parse("", sql()).bind(portal, "").describePortal(portal);
                    client.execute(portal, 1);
                    if (action.sql.startsWith("SELECT")) {
                        client.execute(portal, 1);
                    }
                    client.closePortal(portal);
                }
            }
            if (sync) {
                client.sync();
            }
            return ready;
        }
    }

    @BeforeContainer
    static void create() {
        LocalNode primary = Cluster.shared().node(Cluster.PRIMARY);
        String standby = Cluster.shared().node(TestProxy.READ_NODE).applicationName();
        primary.query("ALTER SYSTEM SET synchronous_standby_names = '" + standby + "'");
        primary.query("SELECT pg_reload_conf()");
        for (String role : List.of(DIRECT, PROXIED)) {
            primary.query(
                    "CREATE ROLE " + role + " LOGIN; ALTER ROLE " + role + " SET synchronous_commit = 'remote_apply'");
            primary.query(
                    Cluster.USER,
                    "CREATE SCHEMA AUTHORIZATION " + role + "; SET ROLE " + role + "; CREATE TABLE " + role
                            + ".items (id int PRIMARY KEY, word text)");
        }
        Cluster.awaitStandbys();
        proxy = TestProxy.start();
        Eventually.holds(() -> {
            try (RawClient client = session(proxy.port(), PROXIED)) {
                client.run("BEGIN");
                client.run("SELECT 1 FROM items");
                client.run("ROLLBACK");
                assertThat(client.run("EXPLAIN ROUTE SELECT 1 FROM items"))
                        .extracting(message -> new String(message.body(), StandardCharsets.UTF_8))
                        .anySatisfy(text -> assertThat(text).contains("standby"));
            }
        });
    }

    @AfterContainer
    static void drop() {
        assertThat(readsOnTheStandby()).as("reads on the standby").isGreaterThan(TRIES / 2);
        proxy.close();
        LocalNode primary = Cluster.shared().node(Cluster.PRIMARY);
        for (String role : List.of(DIRECT, PROXIED)) {
            primary.query(Cluster.USER, "DROP OWNED BY " + role + " CASCADE");
            primary.query("DROP ROLE " + role);
        }
        primary.query("ALTER SYSTEM RESET synchronous_standby_names");
        primary.query("SELECT pg_reload_conf()");
    }

    @Property(tries = TRIES, seed = "20")
    void aPipelineGetsTheAnswersOfAServer(@ForAll("pipelines") List<Step> steps) throws IOException {
        fill(DIRECT);
        fill(PROXIED);
        List<String> expected = answers(Cluster.shared().node(Cluster.PRIMARY).port(), DIRECT, steps);

        assertThat(answers(proxy.port(), PROXIED, steps)).isEqualTo(expected);
        assertThat(rows(PROXIED)).isEqualTo(rows(DIRECT));
    }

    @Provide
    Arbitrary<List<Step>> pipelines() {
        Arbitrary<Boolean> sync = Arbitraries.of(true, false);
        return Combinators.combine(
                        Arbitraries.of(Action.class),
                        Arbitraries.integers().between(1, IDS),
                        Arbitraries.of(Form.class),
                        sync)
                .as(Step::new)
                .list()
                .ofMinSize(1)
                .ofMaxSize(15);
    }

    private static void fill(String role) {
        Cluster.shared()
                .node(Cluster.PRIMARY)
                .query(
                        Cluster.USER,
                        "SET synchronous_commit = 'remote_apply'; DELETE FROM " + role + ".items; INSERT INTO " + role
                                + ".items VALUES (1, 'one'), (2, 'two'), (3, 'three')");
    }

    private static Object rows(String role) {
        return Cluster.shared()
                .node(Cluster.PRIMARY)
                .query(Cluster.USER, "SELECT * FROM " + role + ".items ORDER BY id");
    }

    private static long readsOnTheStandby() {
        return proxy.server().loopMetrics().stream()
                .mapToLong(loop -> loop.statements(TestProxy.READ_NODE, Destination.READ))
                .sum();
    }

    private static RawClient session(int port, String role) {
        try {
            RawClient client = new RawClient(port);
            client.startUp(RawClient.V3_0, Map.of("user", role, "database", Cluster.USER));
            return client;
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    /** Sends the steps without waiting for any answer, then the end of what may be open, and a read. */
    private static List<String> answers(int port, String role, List<Step> steps) throws IOException {
        List<String> answers = new ArrayList<>();
        try (RawClient client = session(port, role)) {
            int ready = 1;
            for (int i = 0; i < steps.size(); i++) {
                ready += steps.get(i).sendTo(client, i);
            }
            client.sync().send();
            for (; ready > 0; ready--) {
                client.untilReady().forEach(message -> answers.add(described(message)));
            }
            client.run("ROLLBACK").forEach(message -> answers.add(described(message)));
            client.run(Action.READ.sql).forEach(message -> answers.add(described(message)));
        }
        return answers;
    }

    /** What has to be the same of a message. */
    private static String described(RawMessage message) {
        return switch (message.tag()) {
            case 'E', 'N' -> message.tag() + " " + message.sqlState();
            case 'T' -> "T " + columns(message);
            default -> message.toString();
        };
    }

    /** Names and types; the oid of the table is not the same. */
    private static List<String> columns(RawMessage message) {
        ByteBuffer in = ByteBuffer.wrap(message.body());
        List<String> columns = new ArrayList<>();
        for (int count = in.getShort(); count > 0; count--) {
            String name = RawMessage.text(in);
            in.getInt();
            in.getShort();
            columns.add(name + " " + in.getInt());
            in.position(in.position() + 8);
        }
        return columns;
    }
}
