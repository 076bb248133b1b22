package io.trunkline.proxy.process;

import io.trunkline.config.ConfigCheck;
import io.trunkline.config.PgpoolConfig;
import io.trunkline.failover.state.StatusFile;
import io.trunkline.protocol.auth.MockScramSecret;
import io.trunkline.proxy.ProxyServer;
import io.trunkline.proxy.auth.StoredCredentials;
import io.trunkline.proxy.cluster.StateKeeper;
import io.trunkline.proxy.listen.InheritedSockets;
import io.trunkline.proxy.log.LogSettings;
import io.trunkline.proxy.log.ServerLog;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** How a server comes to serve: from nothing, or in the place of another. Blocks until it does. */
public final class ServerStart {
    private static final Logger log = LoggerFactory.getLogger(ServerStart.class);

    private ServerStart() {}

    /**
     * Starts a server that listens when this returns, and takes over the signals of this process.
     *
     * @param files read again at each reload
     * @param config what they say now
     * @param launch how the process was started
     * @param discardStatus whether what was kept of the nodes' state is forgotten first
     * @throws StartFailure if it cannot start; nothing of it is left then
     */
    public static ServerProcess first(
            ConfigCheck files, ConfigCheck.Outcome read, PgpoolConfig config, Launch launch, boolean discardStatus)
            throws StartFailure {
        beginLog(files, read, config);
        Optional<Path> pidPath = ServerProcess.pidFile(files.pgpoolConf(), config);
        PidFile pidFile = null;
        OwnerLock lock = null;
        try {
            if (pidPath.isPresent()) {
                PidFile.requireNoServer(pidPath.get());
                // of two that find a file left behind, the one with the lock replaces it
                lock = OwnerLock.take(pidPath.get());
                pidFile = PidFile.claim(pidPath.get());
            }
            StatusFile status = ServerProcess.statusFile(files.pgpoolConf(), config);
            if (discardStatus) {
                // not before the pid file is ours: another server may go by what is kept
                status.discard();
            }
            ProxyServer proxy = ProxyServer.start(
                    config,
                    StoredCredentials.of(read.passwords()),
                    ServerProcess.access(read),
                    read.tls(),
                    secret(pidPath),
                    StateKeeper.in(status));
            ServerProcess server = new ServerProcess(files, launch, proxy, pidPath, null);
            try {
                server.parts().openPorts(InheritedSockets.none());
                server.parts().openControl();
                server.parts().resume();
                Signals.handle(server);
            } catch (StartFailure | IOException e) {
                server.parts().close();
                proxy.close();
                throw e;
            }
            server.parts().claimed(pidFile, lock);
            server.logStart();
            return server;
        } catch (IOException | StartFailure e) {
            close(pidFile);
            close(lock);
            throw failure(e);
        }
    }

    /**
     * The same in the place of a server that runs and has started this process for that, without an interruption for its
     * clients. It goes on if this fails.
     */
    public static ServerProcess takingOver(
            ConfigCheck files, ConfigCheck.Outcome read, PgpoolConfig config, Launch launch) throws StartFailure {
        beginLog(files, read, config);
        Path pidPath = ServerProcess.pidFile(files.pgpoolConf(), config)
                .orElseThrow(() -> new StartFailure("without a pid file no other server can be found"));
        ProxyServer proxy = null;
        ServerProcess server = null;
        TakeOver takeOver = null;
        try {
            proxy = ProxyServer.prepare(
                    config,
                    StoredCredentials.of(read.passwords()),
                    ServerProcess.access(read),
                    read.tls(),
                    secret(Optional.of(pidPath)));
            takeOver = TakeOver.begin(pidPath, proxy);
            try (InheritedSockets inherited = takeOver.sockets()) {
                server = new ServerProcess(files, launch, proxy, Optional.of(pidPath), takeOver.predecessor());
                takeOver.predecessor().stopsWith(server::stop);
                takeOver.release();
                server.parts().lock();
                proxy.lead(StateKeeper.in(ServerProcess.statusFile(files.pgpoolConf(), config)));
                server.parts().openPorts(inherited);
                proxy.listen(inherited);
                Signals.handle(server);
                takeOver.serving();
                server.parts().resume();
                inherited.discard();
            }
        } catch (IOException | StartFailure | InterruptedException e) {
            // the other process goes on as soon as it hears of it: sockets first, which it has too, or which are new
            if (server != null) {
                server.parts().closePorts();
            }
            if (proxy != null) {
                proxy.stopAccepting();
            }
            if (takeOver != null) {
                takeOver.giveUp(String.valueOf(e.getMessage()));
            }
            if (proxy != null) {
                proxy.close();
            }
            if (server != null) {
                server.parts().close();
            }
            throw failure(e);
        }
        server.parts().settle();
        takeOver.settled();
        server.logStart();
        return server;
    }

    private static StartFailure failure(Exception e) {
        return e instanceof StartFailure known ? known : new StartFailure(String.valueOf(e.getMessage()), e);
    }

    private static void beginLog(ConfigCheck files, ConfigCheck.Outcome read, PgpoolConfig config) {
        ServerLog.apply(LogSettings.of(files.pgpoolConf(), config));
        read.diagnostics().forEach(ServerProcess::logDiagnostic);
        log.info("configuration is read from {}", files.pgpoolConf().toAbsolutePath());
    }

    private static MockScramSecret secret(Optional<Path> pidPath) {
        return pidPath.map(MockSecretFile::beside).map(MockSecretFile::load).orElseGet(MockScramSecret::random);
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
