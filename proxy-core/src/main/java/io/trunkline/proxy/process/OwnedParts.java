package io.trunkline.proxy.process;

import io.trunkline.config.ConfigCheck;
import io.trunkline.config.RuntimeParameters;
import io.trunkline.proxy.ProxyServer;
import io.trunkline.proxy.Version;
import io.trunkline.proxy.listen.InheritedSockets;
import io.trunkline.proxy.listen.Listeners;
import io.trunkline.proxy.metrics.Metrics;
import io.trunkline.proxy.metrics.MetricsEndpoint;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What exactly one process has, also during a restart: the owner's lock, and with it the pid file, the control socket, the
 * ports of PCP and of the metrics. Methods block; they are for one thread at a time.
 */
final class OwnedParts implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(OwnedParts.class);

    private final Optional<Path> pidPath;
    private final ServerProcess server;
    private final ProxyServer proxy;
    private final ConfigCheck files;
    private final Instant startedAt;
    private @Nullable PidFile pidFile;
    private @Nullable OwnerLock lock;
    private @Nullable ControlSocket control;
    private @Nullable AutoCloseable metrics;
    private @Nullable PcpPort pcp;

    OwnedParts(Optional<Path> pidPath, ServerProcess server, ProxyServer proxy, ConfigCheck files, Instant startedAt) {
        this.pidPath = pidPath;
        this.server = server;
        this.proxy = proxy;
        this.files = files;
        this.startedAt = startedAt;
    }

    Optional<Path> pidPath() {
        return pidPath;
    }

    /** Of a first start; {@code claimed} and {@code taken} are this object's from now on. */
    void claimed(@Nullable PidFile claimed, @Nullable OwnerLock taken) {
        pidFile = claimed;
        lock = taken;
    }

    /** Takes the lock from a process that has released it, or has ended; does nothing while it is here. */
    void lock() throws StartFailure {
        if (lock == null && pidPath.isPresent()) {
            lock = OwnerLock.take(pidPath.get());
        }
    }

    /** Opens the ports for administrators; at that of PCP nobody is accepted before {@link #resume}. */
    void openPorts(InheritedSockets inherited) throws IOException {
        openMetrics();
        pcp = PcpPort.open(proxy, files, server, inherited);
    }

    /** Without a port none of the classes for it are loaded, which would cost time and memory. */
    void openMetrics() throws IOException {
        int port = proxy.config().get(RuntimeParameters.METRICS_PORT);
        if (port > 0 && metrics == null) {
            List<String> addresses = proxy.config().get(RuntimeParameters.METRICS_LISTEN_ADDRESSES);
            metrics = MetricsEndpoint.start(
                    new Metrics.Source(
                            Version.TRUNKLINE,
                            startedAt,
                            proxy.loopMetrics(),
                            proxy.slots()::taken,
                            proxy.slots()::waiting,
                            proxy.pool(),
                            proxy.sharedListeners()::backends,
                            proxy.sharedListeners()::channels,
                            proxy::cluster,
                            proxy.clusterServices().counters(),
                            proxy.clusterServices().commandCounts()),
                    addresses,
                    port);
            log.info("metrics are served on port {} of {}, path /metrics", port, String.join(", ", addresses));
        }
    }

    void openControl() throws StartFailure {
        if (pidPath.isPresent()) {
            control = ControlSocket.open(ControlSocket.beside(pidPath.get()), server, server::restart);
        }
    }

    // ---- the process that takes over

    /** Puts pid file, control socket and the files of sockets in the place of those of the process before. */
    void settle() {
        listeners().forEach(Listeners::own);
        if (pidPath.isPresent()) {
            Path path = pidPath.get();
            // it serves, and nobody else does
            try {
                pidFile = PidFile.takeOver(path);
            } catch (StartFailure e) {
                log.error("{}", e.getMessage());
            }
            try {
                control = ControlSocket.replace(ControlSocket.beside(path), server, server::restart);
            } catch (StartFailure e) {
                log.error("{}", e.getMessage());
            }
        }
    }

    // ---- the process that goes

    /** The descriptors of all sockets that listen, by their places. */
    Map<String, Integer> descriptors() {
        Map<String, Integer> all = new LinkedHashMap<>();
        listeners().forEach(listeners -> all.putAll(listeners.descriptors()));
        return all;
    }

    private List<Listeners> listeners() {
        return pcp == null ? List.of(proxy.listeners()) : List.of(proxy.listeners(), pcp.listeners());
    }

    void pause() {
        listeners().forEach(Listeners::pause);
    }

    void resume() {
        listeners().forEach(Listeners::resume);
    }

    /** Lets another process take the lock; {@link #lock} and {@link #openMetrics}, or {@link #leave}, follow. */
    void release() throws IOException {
        close(metrics);
        metrics = null;
        if (lock != null) {
            lock.release();
            lock = null;
        }
    }

    /** All of this is another process's now, but for the control socket until {@link #leaveControl}. */
    void leave() {
        listeners().forEach(Listeners::leave);
        close(pcp);
        pcp = null;
        pidFile = null;
    }

    void leaveControl() {
        if (control != null) {
            control.leave();
        }
    }

    // ---- the end

    /** The ports for administrators; what else there is stays until {@link #close}, so that nobody starts too early. */
    void closePorts() {
        close(metrics);
        close(pcp);
        metrics = null;
        pcp = null;
    }

    void closeControl() {
        close(control);
        control = null;
    }

    @Override
    public void close() {
        closePorts();
        closeControl();
        close(pidFile);
        close(lock);
    }

    private static void close(@Nullable AutoCloseable part) {
        if (part != null) {
            try {
                part.close();
            } catch (Exception e) {
                log.warn("{}", e.toString());
            }
        }
    }
}
