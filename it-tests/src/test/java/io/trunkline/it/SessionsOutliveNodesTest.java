package io.trunkline.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.trunkline.localcluster.LocalCluster;
import io.trunkline.localcluster.StopMode;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Clients that work while a node is lost, through a driver that people use; each test breaks a cluster of its own. */
class SessionsOutliveNodesTest {
    private static final int CLIENTS = 4;

    private final ExecutorService threads = Executors.newFixedThreadPool(CLIENTS);
    private final AtomicBoolean over = new AtomicBoolean();
    private final AtomicInteger served = new AtomicInteger();
    private LocalCluster cluster;
    private TestProxy proxy;

    /** What a client does again and again. */
    private interface Work {
        void run(Connection connection) throws SQLException;
    }

    @BeforeEach
    void start() {
        cluster = Cluster.start(builder -> builder.nodes(3));
        cluster.node(0)
                .query(
                        Cluster.USER,
                        "CREATE TABLE lines (id int); INSERT INTO lines VALUES (1); GRANT ALL ON lines TO app");
        cluster.awaitStreaming();
        proxy = TestProxy.start(cluster, List.of("sr_check_period = 1", "backend_weight2 = 1"), List.of())
                .knowing("lines");
    }

    @AfterEach
    void stop() {
        over.set(true);
        threads.shutdownNow();
        proxy.close();
        cluster.close();
    }

    private List<Future<?>> working(String options, Work work) {
        List<Future<?>> clients = new ArrayList<>();
        AtomicInteger begun = new AtomicInteger();
        for (int i = 0; i < CLIENTS; i++) {
            clients.add(threads.submit(() -> {
                try (Connection connection = proxy.connect(options)) {
                    work.run(connection);
                    begun.incrementAndGet();
                    while (!over.get()) {
                        work.run(connection);
                        served.incrementAndGet();
                    }
                }
                return null;
            }));
        }
        // a driver sets something first, which is not tried again where the node is lost that it has gone to
        Eventually.isTrue("every client is at work", () -> begun.get() == CLIENTS);
        awaitServed(100);
        return clients;
    }

    private void awaitServed(int more) {
        int wanted = served.get() + more;
        Eventually.isTrue(more + " more requests are served", () -> served.get() >= wanted);
    }

    /** No client has seen an error. */
    private void allHaveEndedWell(List<Future<?>> clients) throws InterruptedException, ExecutionException {
        over.set(true);
        for (Future<?> client : clients) {
            client.get();
        }
    }

    private static void read(Connection connection) throws SQLException {
        try (PreparedStatement select = connection.prepareStatement("SELECT id FROM lines WHERE id = ?")) {
            select.setInt(1, 1);
            try (ResultSet rows = select.executeQuery()) {
                assertThat(rows.next()).isTrue();
            }
        }
    }

    @Test
    void readersSeeNoErrorWhenAStandbyIsKilled() throws Exception {
        List<Future<?>> clients = working("prepareThreshold=2", SessionsOutliveNodesTest::read);
        cluster.node(1).kill();
        awaitServed(200);
        cluster.node(2).kill();
        awaitServed(200);
        allHaveEndedWell(clients);
    }

    @Test
    void readersSeeNoErrorWhenAStandbyIsStopped() throws Exception {
        List<Future<?>> clients = working("preferQueryMode=simple", SessionsOutliveNodesTest::read);
        cluster.node(1).stop(StopMode.FAST);
        awaitServed(200);
        allHaveEndedWell(clients);
    }

    @Test
    void transactionsThatReadSeeNoErrorWhenAStandbyIsKilled() throws Exception {
        List<Future<?>> clients = working("prepareThreshold=2", connection -> {
            connection.setAutoCommit(false);
            read(connection);
            read(connection);
            connection.commit();
        });
        cluster.node(1).kill();
        awaitServed(100);
        allHaveEndedWell(clients);
    }

    @Test
    void readersSeeNoErrorWhenThePrimaryIsKilled() throws Exception {
        List<Future<?>> clients = working("prepareThreshold=2", SessionsOutliveNodesTest::read);
        cluster.node(0).kill();
        awaitServed(200);
        allHaveEndedWell(clients);
    }

    @Test
    void aSessionWithSettingsAndPreparedStatementsFollowsThePrimary() throws Exception {
        try (Connection connection = proxy.connect("prepareThreshold=1");
                PreparedStatement insert = connection.prepareStatement("INSERT INTO lines VALUES (?)")) {
            connection.createStatement().execute("SET statement_timeout TO '77s'");
            insert.setInt(1, 2);
            insert.executeUpdate();
            cluster.node(0).stop(StopMode.FAST);
            cluster.node(1).promote();
            insert.setInt(1, 3);
            assertThat(insert.executeUpdate()).isOne();
            try (ResultSet rows = connection.createStatement().executeQuery("SHOW statement_timeout")) {
                assertThat(rows.next()).isTrue();
                assertThat(rows.getString(1)).isEqualTo("77s");
            }
        }
    }
}
