package io.trunkline.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.trunkline.failover.CheckSettings;
import io.trunkline.failover.HealthOutcome;
import io.trunkline.failover.HealthOutcome.Kind;
import io.trunkline.failover.HealthSettings;
import io.trunkline.failover.NodeReport;
import io.trunkline.failover.Outside.ReportAnswer;
import io.trunkline.failover.probe.NodeProbes;
import io.trunkline.localcluster.FreePorts;
import io.trunkline.localcluster.LocalCluster;
import io.trunkline.localcluster.LocalNode;
import io.trunkline.pool.AddressResolver;
import io.trunkline.pool.BackendLogin;
import io.trunkline.pool.BackendOpener;
import io.trunkline.pool.NodeAddress;
import io.trunkline.pool.Transport;
import io.trunkline.proxy.auth.StoredCredentials;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What probes find out about real servers: a primary, and a standby that streams from it. */
class ProbesTest {
    private static final Transport TRANSPORT = Transport.best();
    private static final String CHECKER = "checker";
    private static final int CONNECTIONS_FOR_ALL = 6;

    private static LocalCluster cluster;

    private final EventLoopGroup loops = TRANSPORT.eventLoops(1, "probes");
    private final EventLoop loop = loops.next();
    private final List<NodeProbes> opened = new ArrayList<>();

    @BeforeAll
    static void start() {
        cluster = Cluster.start(builder -> builder.nodes(2)
                .configure("max_connections = " + (CONNECTIONS_FOR_ALL + 3))
                .configure("superuser_reserved_connections = 3")
                .clientAuthentication("host all " + CHECKER + " 127.0.0.1/32 scram-sha-256"));
        cluster.node(0)
                .query("CREATE ROLE " + CHECKER + " LOGIN PASSWORD '" + Cluster.PASSWORD + "' IN ROLE pg_monitor");
        cluster.awaitStreaming();
    }

    @AfterAll
    static void end() {
        cluster.close();
    }

    @BeforeEach
    void standbyIsThere() {
        cluster.awaitStreaming();
    }

    @AfterEach
    void close() {
        opened.forEach(probes -> loop.execute(probes::close));
        loops.shutdownGracefully(0, 2, TimeUnit.SECONDS).syncUninterruptibly();
    }

    private NodeProbes probes(LocalCluster of, HealthSettings health, CheckSettings check) {
        List<NodeProbes.Target> targets = new ArrayList<>();
        for (LocalNode node : of.nodes()) {
            targets.add(new NodeProbes.Target(new NodeAddress(node.id(), node.address(), node.port(), 10_000), health));
        }
        return probes(targets, check);
    }

    private NodeProbes probes(List<NodeProbes.Target> targets, CheckSettings check) {
        NodeProbes probes =
                new NodeProbes(loop, new BackendOpener(TRANSPORT, new AddressResolver(Runnable::run)), targets, check);
        opened.add(probes);
        return probes;
    }

    private static HealthSettings health(
            String user, String database, String query, long timeoutMillis, Supplier<BackendLogin> logins) {
        return new HealthSettings(timeoutMillis, user, database, query, logins);
    }

    private Supplier<BackendLogin> password(String password) {
        return () -> StoredCredentials.login(CHECKER, password, StoredCredentials.none(), Runnable::run, loop)
                .orElseThrow();
    }

    private HealthSettings checker(String password) {
        return health(CHECKER, "postgres", "", 10_000, password(password));
    }

    private static CheckSettings trusted(String user) {
        return new CheckSettings(user, "postgres", () -> BackendLogin.TRUST, 10_000);
    }

    private HealthOutcome check(int node, HealthSettings health) {
        return check(probes(cluster, health, trusted(Cluster.USER)), node);
    }

    private HealthOutcome check(NodeProbes probes, int node) {
        CompletableFuture<HealthOutcome> outcome = new CompletableFuture<>();
        loop.execute(() -> probes.checkHealth(node, outcome::complete));
        return outcome.orTimeout(30, TimeUnit.SECONDS).join();
    }

    private NodeReport ask(int node, CheckSettings check) {
        return ask(probes(cluster, checker(""), check), node);
    }

    private NodeReport ask(NodeProbes probes, int node) {
        CompletableFuture<NodeReport> answer = new CompletableFuture<>();
        loop.execute(() -> probes.ask(node, new ReportAnswer() {
            @Override
            public void report(NodeReport report) {
                answer.complete(report);
            }

            @Override
            public void failed(String why, boolean serverAnswered) {
                answer.completeExceptionally(new AssertionError(why));
            }
        }));
        return answer.orTimeout(30, TimeUnit.SECONDS).join();
    }

    private CheckSettings monitor() {
        return new CheckSettings(CHECKER, "postgres", password(Cluster.PASSWORD), 10_000);
    }

    @Test
    void aPrimaryTellsItsTimelineItsPositionAndItsStandbys() {
        cluster.node(0).query("ALTER SYSTEM SET synchronous_standby_names = 'ANY 1 (node1, \"other\")'");
        cluster.node(0).query("SELECT pg_reload_conf()");
        try {
            Eventually.holds(() -> {
                NodeReport report = ask(0, monitor());
                assertThat(report.inRecovery()).isFalse();
                assertThat(report.timeline()).hasValue(1);
                assertThat(report.systemIdentifier())
                        .hasValue(Long.parseLong(Cluster.ask(
                                cluster.node(0), "SELECT system_identifier FROM pg_catalog.pg_control_system()")));
                assertThat(report.received().orElseThrow()).isPositive();
                assertThat(report.replayed()).isEqualTo(report.received());
                assertThat(report.synchronousStandbyNames()).isEqualTo("ANY 1 (node1, \"other\")");
                assertThat(report.upstream()).isEmpty();
                assertThat(report.downstreams()).singleElement().satisfies(standby -> {
                    assertThat(standby.applicationName()).isEqualTo("node1");
                    assertThat(standby.isStreaming()).isTrue();
                    assertThat(standby.syncState()).isEqualTo("quorum");
                });
            });
        } finally {
            cluster.node(0).query("ALTER SYSTEM RESET synchronous_standby_names");
            cluster.node(0).query("SELECT pg_reload_conf()");
        }
    }

    @Test
    void aStandbyTellsWhereItReceivesFrom() {
        NodeReport primary = ask(0, monitor());
        cluster.awaitStreaming();
        NodeReport standby = ask(1, monitor());
        assertThat(standby.inRecovery()).isTrue();
        assertThat(standby.timeline()).hasValue(1);
        assertThat(standby.systemIdentifier()).isEqualTo(primary.systemIdentifier());
        assertThat(standby.received().orElseThrow())
                .isGreaterThanOrEqualTo(primary.received().orElseThrow());
        assertThat(standby.replayed().orElseThrow())
                .isBetween(primary.received().orElseThrow(), standby.received().orElseThrow());
        assertThat(standby.upstream().orElseThrow())
                .isEqualTo(new NodeReport.Upstream(
                        "streaming", cluster.node(0).address(), cluster.node(0).port()));
        assertThat(standby.downstreams()).isEmpty();
    }

    @Test
    void aUserWithoutPrivilegesLearnsRoleTimelineAndPosition() {
        NodeReport primary = ask(0, trusted(Cluster.USER));
        assertThat(primary.inRecovery()).isFalse();
        assertThat(primary.timeline()).hasValue(1);
        assertThat(primary.received()).isPresent();
        assertThat(primary.downstreams()).isEmpty();
        NodeReport standby = ask(1, trusted(Cluster.USER));
        assertThat(standby.inRecovery()).isTrue();
        assertThat(standby.timeline()).hasValue(1);
        assertThat(standby.replayed()).isPresent();
        assertThat(standby.upstream()).isEmpty();
    }

    @Test
    void whereFunctionsAreForbiddenRoleAndPositionAreToldAllTheSame() {
        cluster.node(0).query("REVOKE EXECUTE ON FUNCTION pg_catalog.pg_control_system() FROM PUBLIC");
        try {
            NodeReport primary = ask(0, trusted(Cluster.USER));
            assertThat(primary.inRecovery()).isFalse();
            assertThat(primary.received()).isPresent();
            assertThat(primary.systemIdentifier()).isEmpty();
        } finally {
            cluster.node(0).query("GRANT EXECUTE ON FUNCTION pg_catalog.pg_control_system() TO PUBLIC");
        }
    }

    @Test
    void aPromotionIsToldOverTheSameConnectionWithTheNewTimeline() {
        try (LocalCluster own = Cluster.start(builder -> builder.nodes(2))) {
            own.awaitStreaming();
            NodeProbes probes = probes(own, checker(""), trusted(own.superuser()));
            assertThat(ask(probes, 1).timeline()).hasValue(1);
            own.node(0).kill();
            Eventually.holds(() -> assertThat(ask(probes, 1).upstream()).isEmpty());
            assertThat(ask(probes, 1).timeline()).hasValue(1);
            own.node(1).promote();
            NodeReport promoted = ask(probes, 1);
            assertThat(promoted.inRecovery()).isFalse();
            assertThat(promoted.timeline()).hasValue(2);
            assertThat(Cluster.ask(
                            own.node(1),
                            "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'trunkline check'"))
                    .isEqualTo("1");
        }
    }

    @Test
    void aUserWhoGetsInFindsTheServerAlive() {
        assertThat(check(0, checker(Cluster.PASSWORD))).isEqualTo(HealthOutcome.ALIVE);
        assertThat(check(1, checker(Cluster.PASSWORD))).isEqualTo(HealthOutcome.ALIVE);
    }

    @Test
    void aWrongPasswordIsAnAlarm() {
        HealthOutcome outcome = check(0, checker("not " + Cluster.PASSWORD));
        assertThat(outcome.kind()).isEqualTo(Kind.ALARM);
        assertThat(outcome.detail()).contains("28P01").doesNotContain(Cluster.PASSWORD);
    }

    @Test
    void aDatabaseThatIsMissingIsAnAlarm() {
        HealthOutcome outcome = check(0, health(Cluster.USER, "nowhere", "", 10_000, () -> BackendLogin.TRUST));
        assertThat(outcome.kind()).isEqualTo(Kind.ALARM);
        assertThat(outcome.detail()).contains("3D000");
    }

    @Test
    void aFullServerIsAnAlarm() throws SQLException {
        List<Connection> connections = new ArrayList<>();
        try {
            for (int i = 0; i < CONNECTIONS_FOR_ALL; i++) {
                connections.add(DriverManager.getConnection("jdbc:postgresql://" + LocalCluster.ADDRESS + ":"
                        + cluster.node(1).port() + "/" + Cluster.USER + "?user=" + Cluster.USER));
            }
            HealthOutcome outcome = check(1, checker(Cluster.PASSWORD));
            assertThat(outcome.kind()).isEqualTo(Kind.ALARM);
            assertThat(outcome.detail()).contains("53300");
        } finally {
            for (Connection connection : connections) {
                connection.close();
            }
        }
        Eventually.holds(() -> assertThat(check(1, checker(Cluster.PASSWORD))).isEqualTo(HealthOutcome.ALIVE));
    }

    @Test
    void withoutAUserAServerThatAnswersIsAlive() {
        assertThat(check(0, health("", "", "", 10_000, () -> BackendLogin.TRUST)))
                .isEqualTo(HealthOutcome.ALIVE);
    }

    @Test
    void aQueryThatIsGivenUpDoesNotGoOnOnTheServer() {
        HealthSettings sleeping = health(Cluster.USER, "", "SELECT pg_sleep(300)", 1_000, () -> BackendLogin.TRUST);
        HealthOutcome outcome = check(0, sleeping);
        assertThat(outcome.kind()).isEqualTo(Kind.DEAD);
        assertThat(outcome.timedOut()).isTrue();
        Eventually.holds(() -> assertThat(Cluster.ask(
                        cluster.node(0),
                        "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'trunkline health check'"))
                .isEqualTo("0"));
    }

    @Test
    void theQueryMaySucceedAndFail() {
        assertThat(check(1, health(Cluster.USER, "", "SELECT 1; SELECT 2", 10_000, () -> BackendLogin.TRUST)))
                .isEqualTo(HealthOutcome.ALIVE);
        HealthOutcome failed = check(1, health(Cluster.USER, "", "SELECT 1/0", 10_000, () -> BackendLogin.TRUST));
        assertThat(failed.kind()).isEqualTo(Kind.ALARM);
        assertThat(failed.detail()).contains("22012");
    }

    @Test
    void aFrozenServerIsDeadOnceTheTimeIsOver() {
        HealthSettings quick = health(CHECKER, "postgres", "", 500, password(Cluster.PASSWORD));
        LocalNode standby = cluster.node(1);
        standby.freeze();
        try {
            HealthOutcome outcome = check(1, quick);
            assertThat(outcome.kind()).isEqualTo(Kind.DEAD);
            assertThat(outcome.timedOut()).isTrue();
        } finally {
            standby.thaw();
        }
        Eventually.holds(() -> assertThat(check(1, quick)).isEqualTo(HealthOutcome.ALIVE));
    }

    @Test
    void aSocketThatAcceptsAndNeverAnswersIsDeadAndLetGoOf() throws IOException {
        try (ServerSocket mute = new ServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
            HealthSettings quick = health(Cluster.USER, "", "", 300, () -> BackendLogin.TRUST);
            NodeAddress address = new NodeAddress(0, LocalCluster.ADDRESS, mute.getLocalPort(), 10_000);
            NodeProbes probes = probes(List.of(new NodeProbes.Target(address, quick)), trusted(Cluster.USER));
            assertThat(check(probes, 0)).isEqualTo(new HealthOutcome(Kind.DEAD, "no answer within 300 ms", true));
            mute.setSoTimeout(20_000);
            try (var accepted = mute.accept()) {
                accepted.setSoTimeout(20_000);
                assertThat(accepted.getInputStream().readAllBytes())
                        .as("a startup message, and the end")
                        .isNotEmpty();
            }
        }
    }

    @Test
    void aClosedPortIsDeadAtOnce() {
        NodeAddress nobody =
                new NodeAddress(0, LocalCluster.ADDRESS, FreePorts.find(1).get(0), 10_000);
        NodeProbes probes =
                probes(List.of(new NodeProbes.Target(nobody, checker(Cluster.PASSWORD))), trusted(Cluster.USER));
        HealthOutcome outcome = check(probes, 0);
        assertThat(outcome.kind()).isEqualTo(Kind.DEAD);
        assertThat(outcome.timedOut()).isFalse();
        assertThat(outcome.detail()).containsIgnoringCase("refused");
    }
}
