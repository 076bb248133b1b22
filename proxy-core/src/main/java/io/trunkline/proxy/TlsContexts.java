package io.trunkline.proxy;

import io.trunkline.config.NodeSettings;
import io.trunkline.config.PgpoolConfig;
import io.trunkline.config.TlsFiles;
import io.trunkline.config.TlsParameters;
import io.trunkline.config.TlsParameters.BackendSslMode;
import io.trunkline.config.TlsParameters.BackendSslNegotiation;
import io.trunkline.config.TlsParameters.TlsVersion;
import io.trunkline.config.tls.CipherSuites;
import io.trunkline.config.tls.TlsIdentity;
import io.trunkline.pool.NodeTls;
import io.trunkline.protocol.tls.ClientTls;
import io.trunkline.protocol.tls.ServerTls;
import io.trunkline.protocol.tls.TlsProvider;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import javax.net.ssl.SSLException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * TLS as the configuration wants it, to clients and to nodes. Nothing of TLS is loaded where neither wants any.
 *
 * @param clients what clients are offered; empty while ssl is off
 * @param nodes by id; those that are missing are connected to in clear
 */
public record TlsContexts(Optional<ServerTls> clients, Map<Integer, NodeTls> nodes) {
    private static final Logger log = LoggerFactory.getLogger(TlsContexts.class);

    private static final String DEFAULT_CURVES = "X25519:prime256v1:secp384r1";

    public TlsContexts {
        nodes = Map.copyOf(nodes);
    }

    /**
     * Makes the contexts, for a start or a reload.
     *
     * @throws SSLException if the provider refuses something, such as a curve that it does not know
     */
    public static TlsContexts create(PgpoolConfig config, TlsFiles files) throws SSLException {
        Optional<ServerTls> clients = Optional.empty();
        if (config.get(TlsParameters.SSL) && files.identity().isPresent()) {
            TlsProvider provider = TlsProvider.best();
            clients = Optional.of(ServerTls.create(provider, settings(config, files, provider)));
            log.info("TLS is offered to clients, by {}", provider.description());
        }
        return new TlsContexts(clients, nodes(config, files));
    }

    private static ServerTls.Settings settings(PgpoolConfig config, TlsFiles files, TlsProvider provider) {
        TlsIdentity identity = files.identity().orElseThrow();
        List<String> versions = new ArrayList<>();
        List<String> ciphers = new ArrayList<>();
        for (TlsVersion version : TlsVersion.values()) {
            if (version.compareTo(config.get(TlsParameters.SSL_MIN_PROTOCOL_VERSION)) >= 0
                    && version.compareTo(config.get(TlsParameters.SSL_MAX_PROTOCOL_VERSION)) <= 0) {
                List<String> suites = version == TlsVersion.TLS_1_3
                        ? CipherSuites.TLS_1_3
                        : CipherSuites.parse(config.get(TlsParameters.SSL_CIPHERS))
                                .suites();
                if (!suites.isEmpty()) {
                    versions.add(version.text());
                    ciphers.addAll(suites);
                }
            }
        }
        boolean curvesAreSet = config.origin(TlsParameters.SSL_ECDH_CURVE).isPresent();
        if (curvesAreSet && provider == TlsProvider.JDK) {
            log.warn("ssl_ecdh_curve is without effect where Java itself does TLS; its curves are set by the system"
                    + " property jdk.tls.namedGroups");
        }
        String curves = curvesAreSet ? config.get(TlsParameters.SSL_ECDH_CURVE) : DEFAULT_CURVES;
        return new ServerTls.Settings(
                identity.chain(),
                identity.key(),
                files.clients().authorities(),
                files.clients().revoked(),
                versions,
                ciphers,
                config.get(TlsParameters.SSL_PREFER_SERVER_CIPHERS),
                curves.isBlank() ? List.of() : List.of(curves.split("[:,]")));
    }

    /**
     * Makes those to nodes alone, for a command.
     *
     * @throws SSLException if the provider refuses something
     */
    public static Map<Integer, NodeTls> nodes(PgpoolConfig config, TlsFiles files) throws SSLException {
        Map<Integer, NodeTls> nodes = new HashMap<>();
        Map<Boolean, ClientTls> byNameCheck = new HashMap<>();
        for (NodeSettings node : config.nodes()) {
            BackendSslMode mode = config.backendSslMode(node.id());
            if (mode == BackendSslMode.DISABLE || node.isUnixSocket()) {
                continue;
            }
            boolean checksName = mode == BackendSslMode.VERIFY_FULL;
            ClientTls tls = byNameCheck.get(checksName);
            if (tls == null) {
                tls = ClientTls.create(
                        TlsProvider.best(),
                        new ClientTls.Settings(
                                files.backendIdentity().map(TlsIdentity::chain).orElse(List.of()),
                                files.backendIdentity().map(TlsIdentity::key).orElse(null),
                                files.backends().authorities(),
                                files.backends().revoked(),
                                checksName));
                byNameCheck.put(checksName, tls);
            }
            nodes.put(
                    node.id(),
                    new NodeTls(
                            tls,
                            mode != BackendSslMode.PREFER,
                            config.get(TlsParameters.BACKEND_SSLNEGOTIATION, node.id())
                                    == BackendSslNegotiation.DIRECT));
        }
        return nodes;
    }

    Optional<NodeTls> node(int id) {
        return Optional.ofNullable(nodes.get(id));
    }
}
