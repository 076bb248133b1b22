package io.trunkline.proxy.passwords;

import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.trunkline.config.BackendParameters;
import io.trunkline.config.Diagnostic;
import io.trunkline.config.NodeSettings;
import io.trunkline.config.PgpoolConfig;
import io.trunkline.config.PoolPasswd;
import io.trunkline.config.ReplicationParameters;
import io.trunkline.config.Severity;
import io.trunkline.config.SourceLocation;
import io.trunkline.config.TlsFiles;
import io.trunkline.pool.AddressResolver;
import io.trunkline.pool.Admission;
import io.trunkline.pool.BackendOpener;
import io.trunkline.pool.NodeAddress;
import io.trunkline.pool.NodeTls;
import io.trunkline.pool.OpenFailure;
import io.trunkline.pool.QueryConnection;
import io.trunkline.pool.StartupKey;
import io.trunkline.pool.Transport;
import io.trunkline.protocol.auth.ScramVerifier;
import io.trunkline.proxy.TlsContexts;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLException;

/**
 * Tells whether the SCRAM verifiers of pool_passwd are those of the nodes, without which they let clients in and do not
 * log in to the nodes. Begins a login as each user on each node, over the same kind of connection that a session would
 * use, and gives it up when the node has said salt and iteration count: that takes no password and no rights, and makes
 * no failed login in the server's log. Keys are not compared, as whoever sets a password anew gets a new salt.
 */
public final class VerifierComparison {
    /** All of it takes no longer. */
    static final int LIMIT_MILLIS = 5_000;

    /** Logins at a time on one node. */
    private static final int AT_A_TIME = 4;

    private static final String APPLICATION_NAME = "trunkline check";
    private static final String DEFAULT_DATABASE = "postgres";

    /**
     * What came of it.
     *
     * @param misfits warnings about lines of pool_passwd
     * @param notCompared one sentence for each node on which something could not be compared
     */
    public record Result(List<Diagnostic> misfits, List<String> notCompared) {}

    private final List<PoolPasswd.Entry> entries;

    public VerifierComparison(PoolPasswd passwords) {
        entries = passwords.entries().stream()
                .filter(entry -> entry.form() == PoolPasswd.Form.SCRAM_SHA_256)
                .toList();
    }

    /** How many verifiers there are to compare. */
    public int size() {
        return entries.size();
    }

    /** Asks all nodes at once; blocks for a few seconds at most. */
    public Result run(PgpoolConfig config, TlsFiles files) {
        Map<Integer, NodeTls> tls;
        try {
            tls = TlsContexts.nodes(config, files);
        } catch (SSLException e) {
            return new Result(List.of(), List.of("SCRAM verifiers were not compared: " + e.getMessage()));
        }
        Transport transport = Transport.best();
        EventLoopGroup loops = transport.eventLoops(1, "trunkline-check");
        ExecutorService blocking = Executors.newSingleThreadExecutor(task -> {
            Thread thread = new Thread(task, "trunkline-check-blocking");
            thread.setDaemon(true);
            return thread;
        });
        try {
            EventLoop loop = loops.next();
            BackendOpener opener =
                    new BackendOpener(transport, new AddressResolver(blocking), id -> Optional.ofNullable(tls.get(id)));
            return loop.submit(() -> begin(config, loop, opener)).get().get();
        } catch (ExecutionException e) {
            throw new IllegalStateException(e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return new Result(List.of(), List.of("SCRAM verifiers were not compared: interrupted"));
        } finally {
            loops.shutdownGracefully(0, 1, TimeUnit.SECONDS);
            blocking.shutdownNow();
        }
    }

    private CompletableFuture<Result> begin(PgpoolConfig config, EventLoop loop, BackendOpener opener) {
        String named = config.get(ReplicationParameters.SR_CHECK_DATABASE);
        String database = named.isEmpty() ? DEFAULT_DATABASE : named;
        List<NodeComparison> nodes = new ArrayList<>();
        List<CompletableFuture<Void>> ends = new ArrayList<>();
        for (NodeSettings settings : config.nodes()) {
            long timeout =
                    config.get(BackendParameters.CONNECT_TIMEOUT, settings.id()).toMillis();
            NodeAddress address = new NodeAddress(settings.id(), settings.hostname(), settings.port(), (int)
                    (timeout == 0 ? LIMIT_MILLIS : Math.min(timeout, LIMIT_MILLIS)));
            NodeComparison node = new NodeComparison(loop, opener, address, database);
            nodes.add(node);
            ends.add(node.done);
        }
        CompletableFuture<Result> result =
                CompletableFuture.allOf(ends.toArray(CompletableFuture[]::new)).thenApply(all -> result(nodes));
        nodes.forEach(NodeComparison::begin);
        loop.schedule(
                () -> nodes.forEach(node -> node.end("no answer within " + LIMIT_MILLIS / 1000 + " s")),
                LIMIT_MILLIS,
                TimeUnit.MILLISECONDS);
        return result;
    }

    private Result result(List<NodeComparison> nodes) {
        List<Diagnostic> misfits = new ArrayList<>();
        for (PoolPasswd.Entry entry : entries) {
            Map<VerifierProbe.Told, List<String>> told = new LinkedHashMap<>();
            for (NodeComparison node : nodes) {
                VerifierProbe.Told answer = node.told.get(entry);
                if (answer != null && !answer.isFit()) {
                    told.computeIfAbsent(answer, first -> new ArrayList<>()).add(node.address.toString());
                }
            }
            told.forEach((answer, where) -> misfits.add(Diagnostic.of(
                    Severity.WARNING,
                    entry.location().orElse(new SourceLocation("pool_passwd", 0)),
                    "user \"" + entry.user() + "\": " + answer.text(String.join(", ", where))
                            + ": the entry lets clients in, and does not log in to the node")));
        }
        return new Result(
                misfits,
                nodes.stream().flatMap(node -> node.notCompared().stream()).toList());
    }

    /** The logins on one node. Event loop only. */
    private final class NodeComparison {
        private final EventLoop loop;
        private final BackendOpener opener;
        private final NodeAddress address;
        private final String database;
        private final Queue<PoolPasswd.Entry> waiting = new ArrayDeque<>(entries);
        private final Map<PoolPasswd.Entry, VerifierProbe.Told> told = new LinkedHashMap<>();
        private final CompletableFuture<Void> done = new CompletableFuture<>();
        private int open;
        private String trouble = "";

        NodeComparison(EventLoop loop, BackendOpener opener, NodeAddress address, String database) {
            this.loop = loop;
            this.opener = opener;
            this.address = address;
            this.database = database;
        }

        void begin() {
            // alone, so that a node that is down is tried once
            next();
        }

        /** Nothing is waited for any longer. */
        void end(String why) {
            waiting.clear();
            if (!done.isDone() && trouble.isEmpty()) {
                trouble = address + ": " + why;
            }
            done.complete(null);
        }

        /** A sentence about those that are missing, if there are any. */
        List<String> notCompared() {
            int missing = entries.size() - told.size();
            if (missing == 0) {
                return List.of();
            }
            return List.of((missing == 1 ? "1 SCRAM verifier was" : missing + " SCRAM verifiers were")
                    + " not compared: " + trouble);
        }

        private void next() {
            PoolPasswd.Entry entry = waiting.poll();
            if (entry != null) {
                open++;
                ask(entry);
            } else if (open == 0) {
                done.complete(null);
            }
        }

        private void ask(PoolPasswd.Entry entry) {
            VerifierProbe probe =
                    new VerifierProbe(ScramVerifier.parse(entry.secret()).parameters());
            QueryConnection connection = new QueryConnection(loop);
            opener.open(
                    loop,
                    address,
                    StartupKey.of(Map.of("user", entry.user(), "database", database)),
                    APPLICATION_NAME,
                    probe,
                    Admission.VERIFIED,
                    connection,
                    backend -> {
                        connection.use(backend);
                        connection.close();
                        answered(entry, VerifierProbe.Told.NOT_ASKED);
                    },
                    failure -> probe.told().ifPresentOrElse(answer -> answered(entry, answer), () -> failed(failure)));
        }

        private void answered(PoolPasswd.Entry entry, VerifierProbe.Told answer) {
            if (!done.isDone()) {
                told.put(entry, answer);
                goOn();
            }
        }

        private void failed(OpenFailure failure) {
            if (trouble.isEmpty()) {
                String said = failure.message().message();
                trouble = failure.answered() && !said.contains(address.toString()) ? address + " says: " + said : said;
            }
            if (!failure.answered()) {
                waiting.clear();
            }
            goOn();
        }

        private void goOn() {
            open--;
            int free = AT_A_TIME - open;
            for (int i = 0; i < free; i++) {
                next();
            }
        }
    }
}
