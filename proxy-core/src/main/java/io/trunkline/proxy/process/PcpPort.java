package io.trunkline.proxy.process;

import io.trunkline.config.ConfigCheck;
import io.trunkline.pcp.AdminOperations;
import io.trunkline.pcp.server.PcpServer;
import io.trunkline.pcp.server.PcpSettings;
import io.trunkline.proxy.ProxyServer;
import io.trunkline.proxy.listen.InheritedSockets;
import io.trunkline.proxy.listen.Listeners;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Where administrators reach the server by PCP. */
final class PcpPort implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(PcpPort.class);

    private final PcpServer server;
    private final Listeners listeners;

    private PcpPort(PcpServer server, Listeners listeners) {
        this.server = server;
        this.listeners = listeners;
    }

    /**
     * Listens as the configuration of the proxy says. Blocks.
     *
     * @param files where pcp.conf is
     * @param inherited used where there is one for a place
     * @throws IOException if an address or a socket cannot be listened on; nothing listens then
     */
    static PcpPort open(ProxyServer proxy, ConfigCheck files, AdminOperations operations, InheritedSockets inherited)
            throws IOException {
        Path pcpConf = files.pcpConf().toAbsolutePath();
        if (!Files.exists(pcpConf)) {
            log.warn("{} does not exist: nobody can log in for PCP commands", pcpConf);
        }
        PcpServer server = new PcpServer(operations, () -> PcpSettings.of(proxy.config(), pcpConf));
        try {
            return new PcpPort(server, proxy.listenForAdministrators(server.newConnection(), inherited));
        } catch (IOException e) {
            server.close();
            throw new IOException("PCP: " + e.getMessage(), e);
        }
    }

    Listeners listeners() {
        return listeners;
    }

    @Override
    public void close() {
        listeners.close();
        server.close();
    }
}
