package io.trunkline.proxy.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.trunkline.config.UnrestorableState;
import io.trunkline.failover.CommandCall;
import io.trunkline.proxy.auth.LoginFailure;
import io.trunkline.proxy.auth.LoginMethod;
import io.trunkline.proxy.route.Destination;
import io.trunkline.proxy.route.Rule;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

final class MetricsEndpointTest {
    private static final String ADDRESS = "127.0.0.1";

    private final LoopMetrics first = new LoopMetrics(3);
    private final LoopMetrics second = new LoopMetrics(3);
    private final CommandCounts commands = new CommandCounts();

    @Test
    void servesTheSumOfTheEventLoopsAsTheyAreWhenItIsAsked() throws Exception {
        try (MetricsEndpoint endpoint = start()) {
            first.statement(MetricsSources.STANDBY, Destination.READ, Rule.READ_ONLY);
            second.statement(MetricsSources.STANDBY, Destination.READ, Rule.READ_ONLY);
            second.statement(MetricsSources.PRIMARY, Destination.PRIMARY, Rule.NOT_READ_ONLY);
            first.error(MetricsSources.PRIMARY, ErrorSeverity.ERROR);
            first.fromClient(100);
            second.fromClient(23);
            second.toClient(5);
            second.loginFailed(LoginMethod.MD5, LoginFailure.WRONG_PROOF);

            second.count(LoopMetrics.Counter.SESSIONS_KEPT);
            first.holds(UnrestorableState.ADVISORY_LOCK);
            second.holds(UnrestorableState.ADVISORY_LOCK);
            first.waited(500_000_000);
            second.waited(1_000_000_000);
            commands.ended(CommandCall.Kind.FAILOVER, new CommandCall.Outcome(0, false), Duration.ZERO);
            commands.ended(CommandCall.Kind.FAILOVER, new CommandCall.Outcome(1, false), Duration.ZERO);
            commands.ended(CommandCall.Kind.FAILBACK, new CommandCall.Outcome(137, true), Duration.ZERO);

            HttpResponse<String> response = get(endpoint, "/metrics", "");

            assertThat(response.statusCode()).isEqualTo(200);
            assertThat(response.headers().firstValue("Content-Type"))
                    .hasValue("text/plain; version=0.0.4; charset=utf-8");
            assertThat(response.body().lines())
                    .contains(
                            "# TYPE trunkline_statements_total counter",
                            "trunkline_statements_total{node=\"0\",route=\"primary\"} 1.0",
                            "trunkline_statements_total{node=\"0\",route=\"read\"} 0.0",
                            "trunkline_statements_total{node=\"2\",route=\"read\"} 2.0",
                            "trunkline_errors_total{node=\"0\"} 1.0",
                            "trunkline_client_bytes_total{direction=\"received\"} 123.0",
                            "trunkline_client_bytes_total{direction=\"sent\"} 5.0",
                            "trunkline_logins_failed_total{method=\"md5\",reason=\"wrong_proof\"} 1.0",
                            "trunkline_sessions{state=\"active\"} 7.0",
                            "trunkline_sessions_holding_total{what=\"advisory_lock\"} 2.0",
                            "trunkline_sessions_holding_total{what=\"listen\"} 0.0",
                            "trunkline_backend_waits_total 2.0",
                            "trunkline_backend_wait_time_seconds_total 1.5",
                            "trunkline_sessions{state=\"waiting\"} 3.0",
                            "trunkline_node_up{node=\"0\"} 1.0",
                            "trunkline_node_up{node=\"2\"} 0.0",
                            "trunkline_node_primary{node=\"0\"} 1.0",
                            "trunkline_node_primary{node=\"2\"} 0.0",
                            "trunkline_node_lag_bytes{node=\"0\"} 0.0",
                            "trunkline_node_lag_bytes{node=\"2\"} 1234.0",
                            "trunkline_node_status{node=\"0\"} 2.0",
                            "trunkline_node_status{node=\"2\"} 3.0",
                            "trunkline_node_readable{node=\"2\"} 0.0",
                            "trunkline_node_lag_time_seconds{node=\"2\"} NaN",
                            "trunkline_cluster_epoch 1.0",
                            "trunkline_writes{state=\"served\"} 1.0",
                            "trunkline_writes{state=\"not_served\"} 0.0",
                            "trunkline_promotion_held 0.0",
                            "trunkline_failovers_begun_total 0.0",
                            "trunkline_health_checks_total{node=\"2\",outcome=\"dead\"} 0.0",
                            "trunkline_backends_lost_total{session=\"kept\"} 1.0",
                            "trunkline_commands_total{command=\"failover\",result=\"succeeded\"} 1.0",
                            "trunkline_commands_total{command=\"failover\",result=\"failed\"} 1.0",
                            "trunkline_commands_total{command=\"failback\",result=\"timed_out\"} 1.0",
                            "trunkline_version{version=\"1.2\"} 1.0")
                    .noneMatch(line -> line.contains("node=\"1\""));
        }
    }

    @Test
    void speaksOpenMetricsToWhoAsksForIt() throws Exception {
        try (MetricsEndpoint endpoint = start()) {
            HttpResponse<String> response =
                    get(endpoint, "/metrics", "application/openmetrics-text;version=1.0.0;q=0.8");

            assertThat(response.headers().firstValue("Content-Type"))
                    .hasValueSatisfying(type -> assertThat(type).startsWith("application/openmetrics-text"));
            assertThat(response.body()).endsWith("# EOF\n");
        }
    }

    @Test
    void otherPathsAndMethodsAreRefused() throws Exception {
        try (MetricsEndpoint endpoint = start()) {
            assertThat(get(endpoint, "/", "").statusCode()).isEqualTo(404);
            assertThat(get(endpoint, "/metrics/x", "").body()).contains("/metrics");
            HttpResponse<String> posted = client().send(
                            request(endpoint, "/metrics")
                                    .POST(BodyPublishers.ofString("x"))
                                    .build(),
                            BodyHandlers.ofString());
            assertThat(posted.statusCode()).isEqualTo(405);
        }
    }

    @Test
    void aPortThatIsTakenIsNamed() throws Exception {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getByName(ADDRESS))) {
            int port = taken.getLocalPort();

            assertThatThrownBy(() -> MetricsEndpoint.start(MetricsSources.idleProxy(), List.of(ADDRESS), port))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("metrics cannot be served on \"127.0.0.1\", port " + port);
        }
    }

    private MetricsEndpoint start() throws IOException {
        return MetricsEndpoint.start(MetricsSources.source(List.of(first, second), commands), List.of(ADDRESS), 0);
    }

    private static HttpResponse<String> get(MetricsEndpoint endpoint, String path, String accept) throws Exception {
        HttpRequest.Builder request = request(endpoint, path);
        if (!accept.isEmpty()) {
            request.header("Accept", accept);
        }
        return client().send(request.build(), BodyHandlers.ofString());
    }

    private static HttpRequest.Builder request(MetricsEndpoint endpoint, String path) {
        return HttpRequest.newBuilder(
                        URI.create("http://" + ADDRESS + ":" + endpoint.ports().get(0) + path))
                .timeout(Duration.ofSeconds(10));
    }

    private static HttpClient client() {
        return HttpClient.newHttpClient();
    }
}
