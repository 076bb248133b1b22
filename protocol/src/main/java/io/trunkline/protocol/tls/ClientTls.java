package io.trunkline.protocol.tls;

import io.netty.buffer.ByteBufAllocator;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.util.InsecureTrustManagerFactory;
import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.cert.X509CRL;
import java.security.cert.X509Certificate;
import java.util.List;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/** The client's side of TLS, for connections to servers. Safe for any thread. */
public final class ClientTls {
    /**
     * What a client shows and asks for.
     *
     * @param chain its certificate first; empty shows none
     * @param key the key of that certificate
     * @param authorities one of which must have issued the server's certificate; none: it is not checked
     * @param revoked lists of certificates that do not count
     * @param checksName whether the certificate must be for the name of the server
     */
    public record Settings(
            List<X509Certificate> chain,
            @Nullable PrivateKey key,
            List<X509Certificate> authorities,
            List<X509CRL> revoked,
            boolean checksName) {

        /** Without the key. */
        @Override
        public String toString() {
            return "ClientTls.Settings[" + authorities.size() + " authorities, checksName=" + checksName + "]";
        }
    }

    private final SslContext context;

    private ClientTls(SslContext context) {
        this.context = context;
    }

    /** @throws SSLException if the provider cannot work with these settings */
    public static ClientTls create(TlsProvider provider, Settings settings) throws SSLException {
        SslContextBuilder builder = SslContextBuilder.forClient()
                .sslProvider(provider.netty)
                .protocols("TLSv1.2", "TLSv1.3")
                .applicationProtocolConfig(ServerTls.alpn())
                .endpointIdentificationAlgorithm(settings.checksName() ? "HTTPS" : "");
        try {
            builder.trustManager(
                    settings.authorities().isEmpty()
                            ? InsecureTrustManagerFactory.INSTANCE
                            : TrustManagers.of(settings.authorities(), settings.revoked()));
        } catch (GeneralSecurityException e) {
            throw new SSLException(e);
        }
        if (settings.key() != null) {
            builder.keyManager(settings.key(), settings.chain());
        }
        return new ClientTls(builder.build());
    }

    /**
     * The encryption of one more connection.
     *
     * @param host the name of the server: told to it (SNI) unless it is an address, and compared with its certificate
     * @param handshakeTimeoutMillis 0 for none
     */
    public TlsHandler newHandler(ByteBufAllocator allocator, String host, int port, long handshakeTimeoutMillis) {
        TlsHandler handler = new TlsHandler(context.newEngine(allocator, host, port), null);
        handler.setHandshakeTimeoutMillis(handshakeTimeoutMillis);
        return handler;
    }
}
