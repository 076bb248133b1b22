package io.trunkline.config;

import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** What a value alone cannot tell: contradictions between parameters. */
final class CrossChecks {
    private static final Set<ClusteringMode> BUILT_MODES =
            Set.of(ClusteringMode.STREAMING_REPLICATION, ClusteringMode.LOGICAL_REPLICATION, ClusteringMode.RAW);

    private final PgpoolConfig config;
    private final Set<ParameterDefinition<?>> wrong;
    private final SourceLocation fallback;
    private final List<Diagnostic> diagnostics;

    private CrossChecks(
            PgpoolConfig config,
            Set<ParameterDefinition<?>> wrong,
            SourceLocation fallback,
            List<Diagnostic> diagnostics) {
        this.config = config;
        this.wrong = wrong;
        this.fallback = fallback;
        this.diagnostics = diagnostics;
    }

    /**
     * Adds what it finds to {@code diagnostics}.
     *
     * @param wrong parameters with an error of their own, whose values are not to be compared with others
     * @param fallback the place of findings about lines that are not there
     */
    static void check(
            PgpoolConfig config,
            Set<ParameterDefinition<?>> wrong,
            SourceLocation fallback,
            List<Diagnostic> diagnostics) {
        CrossChecks checks = new CrossChecks(config, wrong, fallback, diagnostics);
        checks.backends();
        checks.mode();
        checks.ports();
        checks.sockets();
        checks.sessions();
        checks.transactionPooling();
    }

    private boolean isReadable(ParameterDefinition<?>... parameters) {
        return Arrays.stream(parameters).noneMatch(wrong::contains);
    }

    private void backends() {
        if (!isReadable(BackendParameters.BACKEND_HOSTNAME, BackendParameters.BACKEND_PORT)) {
            return;
        }
        if (config.nodes().isEmpty()) {
            diagnostics.add(Diagnostic.about(
                    Severity.ERROR,
                    fallback,
                    "backend_hostname0",
                    "there is no backend; needed are backend_hostname0 and backend_port0 at least"));
        }
        for (int id : config.nodesSetting(BackendParameters.BACKEND_HOSTNAME)) {
            if (config.get(BackendParameters.BACKEND_PORT, id) == 0) {
                diagnostics.add(Diagnostic.about(
                        Severity.WARNING,
                        config.origin(BackendParameters.BACKEND_HOSTNAME, id).orElse(fallback),
                        BackendParameters.BACKEND_HOSTNAME.name() + id,
                        "the node is not used, since backend_port" + id + " is not set"));
            }
        }
        Map<String, Integer> seen = new HashMap<>();
        for (NodeSettings node : config.nodes()) {
            int length = node.isUnixSocket() ? SocketPath.lengthIn(node.hostname(), node.port()) : 0;
            if (length > SocketPath.MAX_BYTES) {
                diagnostics.add(Diagnostic.about(
                        Severity.ERROR,
                        config.origin(BackendParameters.BACKEND_HOSTNAME, node.id())
                                .or(() -> config.origin(BackendParameters.BACKEND_PORT, node.id()))
                                .orElse(fallback),
                        BackendParameters.BACKEND_HOSTNAME.name() + node.id(),
                        "the path of the node's Unix socket has " + length + " bytes; allowed are at most "
                                + SocketPath.MAX_BYTES));
            }
            Integer twin = seen.putIfAbsent(node.hostname() + " " + node.port(), node.id());
            if (twin != null) {
                diagnostics.add(Diagnostic.about(
                        Severity.WARNING,
                        config.origin(BackendParameters.BACKEND_PORT, node.id()).orElse(fallback),
                        BackendParameters.BACKEND_PORT.name() + node.id(),
                        "node " + node.id() + " has the same host and port as node " + twin));
            }
        }
    }

    private void mode() {
        ClusteringMode mode = config.get(BackendParameters.BACKEND_CLUSTERING_MODE);
        if (!BUILT_MODES.contains(mode)) {
            error(
                    BackendParameters.BACKEND_CLUSTERING_MODE,
                    BackendParameters.BACKEND_CLUSTERING_MODE.type().show(mode)
                            + " is not built in this version, and nothing else would keep the nodes alike; allowed is one of"
                            + " streaming_replication, logical_replication, raw");
        }
    }

    private void ports() {
        Map<Integer, Parameter<Integer>> taken = new HashMap<>();
        for (Parameter<Integer> parameter :
                List.of(ConnectionParameters.PORT, ConnectionParameters.PCP_PORT, RuntimeParameters.METRICS_PORT)) {
            int port = config.get(parameter);
            Parameter<Integer> other = port == 0 || !isReadable(parameter) ? null : taken.putIfAbsent(port, parameter);
            if (other != null) {
                error(parameter, "port " + port + " is already that of " + other + "; allowed is another port");
            }
        }
    }

    private void sockets() {
        List<String> directories = config.get(ConnectionParameters.UNIX_SOCKET_DIRECTORIES);
        int port = config.get(ConnectionParameters.PORT);
        for (String directory : directories) {
            int length = SocketPath.lengthIn(directory, port);
            if (!directory.startsWith("/")) {
                error(
                        ConnectionParameters.UNIX_SOCKET_DIRECTORIES,
                        "\"" + directory + "\" is a relative path; allowed are absolute ones");
            } else if (length > SocketPath.MAX_BYTES && isReadable(ConnectionParameters.PORT)) {
                error(
                        ConnectionParameters.UNIX_SOCKET_DIRECTORIES,
                        "the path of the socket in \"" + directory + "\" has " + length + " bytes; allowed are at most "
                                + SocketPath.MAX_BYTES);
            }
        }
        if (directories.isEmpty()
                && config.get(ConnectionParameters.LISTEN_ADDRESSES).isEmpty()
                && isReadable(ConnectionParameters.LISTEN_ADDRESSES, ConnectionParameters.UNIX_SOCKET_DIRECTORIES)) {
            error(
                    ConnectionParameters.LISTEN_ADDRESSES,
                    "no client could connect, as unix_socket_directories is empty too; allowed is that one of them is");
        }
    }

    private void sessions() {
        int children = config.get(PoolParameters.NUM_INIT_CHILDREN);
        int reserved = config.get(PoolParameters.RESERVED_CONNECTIONS);
        if (reserved >= children && isReadable(PoolParameters.NUM_INIT_CHILDREN, PoolParameters.RESERVED_CONNECTIONS)) {
            error(
                    PoolParameters.RESERVED_CONNECTIONS,
                    reserved + " leaves no session to serve; allowed is less than num_init_children, which is "
                            + children);
        }
        if (config.get(PoolParameters.PROCESS_MANAGEMENT_MODE) == PoolParameters.ProcessManagementMode.DYNAMIC) {
            spareChildren(children);
        }
    }

    private void transactionPooling() {
        boolean some = config.get(PoolParameters.POOL_MODE) == PoolMode.TRANSACTION
                || givesBack(config.get(PoolParameters.DATABASE_POOL_MODE_LIST))
                || givesBack(config.get(PoolParameters.USER_POOL_MODE_LIST));
        if (some && !config.get(PoolParameters.CONNECTION_CACHE)) {
            warning(
                    PoolParameters.CONNECTION_CACHE,
                    "it does not count for sessions whose pool_mode is transaction: their connections are kept for the next");
        }
        if (some && config.get(PoolParameters.RESET_QUERY_LIST).isEmpty()) {
            warning(
                    PoolParameters.RESET_QUERY_LIST,
                    "nothing cleans a connection that has served sessions whose pool_mode is transaction before one gets it"
                            + " whose pool_mode is session");
        }
    }

    private static boolean givesBack(List<NamedPoolMode> list) {
        return list.stream().anyMatch(item -> item.mode() == PoolMode.TRANSACTION);
    }

    private void spareChildren(int children) {
        int min = config.get(PoolParameters.MIN_SPARE_CHILDREN);
        int max = config.get(PoolParameters.MAX_SPARE_CHILDREN);
        boolean readable = isReadable(
                PoolParameters.NUM_INIT_CHILDREN, PoolParameters.MIN_SPARE_CHILDREN, PoolParameters.MAX_SPARE_CHILDREN);
        if (readable && (max <= min || max > children)) {
            error(
                    PoolParameters.MAX_SPARE_CHILDREN,
                    max + " does not fit; allowed is more than min_spare_children, which is " + min
                            + ", and at most num_init_children, which is " + children);
        }
    }

    private void error(Parameter<?> parameter, String text) {
        add(Severity.ERROR, parameter, text);
    }

    private void warning(Parameter<?> parameter, String text) {
        add(Severity.WARNING, parameter, text);
    }

    private void add(Severity severity, Parameter<?> parameter, String text) {
        diagnostics.add(Diagnostic.about(severity, config.origin(parameter).orElse(fallback), parameter.name(), text));
    }
}
