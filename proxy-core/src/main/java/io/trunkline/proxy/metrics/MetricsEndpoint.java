package io.trunkline.proxy.metrics;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The meters over HTTP, for Prometheus: {@code GET /metrics} in the text format or in OpenMetrics, as the Accept header
 * asks for. It asks for no password and shows no names of users, databases or statements.
 *
 * <p>Has threads of its own and a bounded queue before them, so that no client of it can slow the proxy down.
 */
public final class MetricsEndpoint implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(MetricsEndpoint.class);

    private static final String PATH = "/metrics";
    private static final String PLAIN = "text/plain; charset=utf-8";
    private static final int THREADS = 2;
    private static final int QUEUE = 32;

    /** Limits of the JDK's HTTP server, which takes them from system properties: seconds, and a number. */
    private static final List<List<String>> LIMITS = List.of(
            List.of("sun.net.httpserver.maxReqTime", "10"),
            List.of("sun.net.httpserver.maxRspTime", "10"),
            List.of("sun.net.httpserver.idleInterval", "90"),
            List.of("jdk.httpserver.maxConnections", "64"));

    private final PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    private final Metrics metrics;
    private final ThreadPoolExecutor executor;
    private final List<HttpServer> servers = new ArrayList<>();

    private MetricsEndpoint(Metrics.Source source) {
        this.metrics = Metrics.register(source, registry);
        this.executor = new ThreadPoolExecutor(
                THREADS, THREADS, 60, TimeUnit.SECONDS, new ArrayBlockingQueue<>(QUEUE), task -> {
                    Thread thread = new Thread(task, "metrics");
                    thread.setDaemon(true);
                    return thread;
                });
        executor.allowCoreThreadTimeOut(true);
    }

    /**
     * Begins to serve.
     *
     * @param addresses host names or addresses; {@code *} is all
     * @param port 0 takes any free one
     * @throws IOException if one of them cannot be listened on; none is then
     */
    public static MetricsEndpoint start(Metrics.Source source, List<String> addresses, int port) throws IOException {
        for (List<String> limit : LIMITS) {
            if (System.getProperty(limit.get(0)) == null) {
                System.setProperty(limit.get(0), limit.get(1));
            }
        }
        MetricsEndpoint endpoint = new MetricsEndpoint(source);
        for (String address : addresses) {
            try {
                endpoint.listen(
                        address.equals("*") ? new InetSocketAddress(port) : new InetSocketAddress(address, port));
            } catch (IOException e) {
                endpoint.close();
                throw new IOException(
                        "metrics cannot be served on \"" + address + "\", port " + port + ": " + e.getMessage(), e);
            }
        }
        return endpoint;
    }

    private void listen(InetSocketAddress address) throws IOException {
        if (address.isUnresolved()) {
            throw new IOException("the name does not resolve");
        }
        HttpServer server = HttpServer.create(address, 0);
        server.setExecutor(executor);
        server.createContext("/", this::answer);
        server.start();
        servers.add(server);
    }

    /** The ports that it listens on, in the order of the addresses. */
    List<Integer> ports() {
        return servers.stream().map(server -> server.getAddress().getPort()).toList();
    }

    private void answer(HttpExchange exchange) throws IOException {
        try (exchange) {
            String method = exchange.getRequestMethod();
            if (!exchange.getRequestURI().getPath().equals(PATH)) {
                send(exchange, 404, PLAIN, "Trunkline's metrics are at " + PATH + "\n");
            } else if (!method.equals("GET") && !method.equals("HEAD")) {
                exchange.getResponseHeaders().set("Allow", "GET, HEAD");
                send(exchange, 405, PLAIN, "");
            } else {
                String accept =
                        Objects.requireNonNullElse(exchange.getRequestHeaders().getFirst("Accept"), "");
                boolean openMetrics = accept.toLowerCase(Locale.ROOT).contains("application/openmetrics-text");
                String type = openMetrics
                        ? "application/openmetrics-text; version=1.0.0; charset=utf-8"
                        : "text/plain; version=0.0.4; charset=utf-8";
                metrics.nodes();
                send(exchange, 200, type, registry.scrape(type));
            }
        } catch (RuntimeException e) {
            log.error("internal error in the metrics", e);
            throw e;
        }
    }

    private static void send(HttpExchange exchange, int status, String type, String text) throws IOException {
        byte[] body = text.getBytes(StandardCharsets.UTF_8);
        exchange.getResponseHeaders().set("Content-Type", type);
        boolean withBody = body.length > 0 && !exchange.getRequestMethod().equals("HEAD");
        exchange.sendResponseHeaders(status, withBody ? body.length : -1);
        if (withBody) {
            try (OutputStream out = exchange.getResponseBody()) {
                out.write(body);
            }
        }
    }

    @Override
    public void close() {
        servers.forEach(server -> server.stop(0));
        executor.shutdownNow();
        metrics.close();
    }
}
