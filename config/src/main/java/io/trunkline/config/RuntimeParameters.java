package io.trunkline.config;

import static io.trunkline.config.DurationType.seconds;
import static io.trunkline.config.SizeType.bytes;
import static io.trunkline.config.Types.integer;
import static io.trunkline.config.Types.list;

import io.trunkline.config.Declaration.Section;
import java.time.Duration;
import java.util.List;

/** Trunkline's own parameters of its runtime and its metrics. */
public final class RuntimeParameters {
    private static final Section METRICS = new Section(Group.METRICS);

    public static final Parameter<Integer> METRICS_PORT = METRICS.startup(
                    "metrics_port",
                    integer(0, 65535),
                    "0",
                    "Port of the HTTP endpoint /metrics, in the format of Prometheus; 0 switches it off.")
            .own()
            .single();

    public static final Parameter<List<String>> METRICS_LISTEN_ADDRESSES = METRICS.startup(
                    "metrics_listen_addresses",
                    list(','),
                    "127.0.0.1",
                    "Host names or addresses of the metrics endpoint; * is all. It asks for no password.")
            .own()
            .single();

    public static final Parameter<Integer> WORKER_THREADS = METRICS.startup(
                    "worker_threads",
                    integer(0, 1024),
                    "0",
                    "Event loops that carry the traffic; 0 is half the number of processors and at least one.")
            .own()
            .single();

    public static final Parameter<Long> QUERY_INSPECTION_LIMIT = METRICS.reload(
                    "query_inspection_limit",
                    bytes(1 << 10, 16 << 20),
                    "64kB",
                    "The longest statement that is read before it is routed; longer ones go to the primary as they stream in.")
            .own()
            .single();

    public static final Parameter<Long> MAX_BUFFER_MEMORY = METRICS.reload(
                    "max_buffer_memory",
                    bytes(0, Long.MAX_VALUE),
                    "0",
                    "What all buffers may take together; near it, connections are read more slowly and new clients refused."
                            + " 0 is three quarters of what the JVM may take outside of the heap.")
            .own()
            .single();

    public static final Parameter<Duration> RESTART_DRAIN_TIMEOUT = METRICS.reload(
                    "restart_drain_timeout",
                    seconds(0, Types.MAX),
                    "1h",
                    "How long sessions that were there before trunkline restart may go on in the old process before they are"
                            + " ended; 0 is as long as they like.")
            .own()
            .single();

    private RuntimeParameters() {}

    static List<List<ParameterDefinition<?>>> sections() {
        return List.of(METRICS.definitions());
    }
}
