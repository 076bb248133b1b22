package io.trunkline.protocol.tls;

import io.netty.buffer.ByteBufAllocator;
import io.netty.handler.ssl.ApplicationProtocolConfig;
import io.netty.handler.ssl.ClientAuth;
import io.netty.handler.ssl.OpenSslContextOption;
import io.netty.handler.ssl.OpenSslSessionContext;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SupportedCipherSuiteFilter;
import io.trunkline.protocol.auth.ChannelBinding;
import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.cert.X509CRL;
import java.security.cert.X509Certificate;
import java.util.List;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLParameters;

/** The server's side of TLS, for all clients until the next reload. Safe for any thread. */
public final class ServerTls {
    /**
     * What a server shows, asks for and allows.
     *
     * @param chain its certificate first
     * @param authorities clients are asked for a certificate of one of these; none: they are not asked
     * @param revoked lists of certificates that do not count
     * @param versions of TLS, such as {@code TLSv1.3}
     * @param cipherSuites standard names; those that the provider has not are left out
     * @param ownOrder whether the order of the suites counts, and not that of the client
     * @param curves of the key exchange, by OpenSSL's or standard names; empty leaves them to the provider
     */
    public record Settings(
            List<X509Certificate> chain,
            PrivateKey key,
            List<X509Certificate> authorities,
            List<X509CRL> revoked,
            List<String> versions,
            List<String> cipherSuites,
            boolean ownOrder,
            List<String> curves) {

        /** Without the key. */
        @Override
        public String toString() {
            return "ServerTls.Settings[" + chain.get(0).getSubjectX500Principal() + "]";
        }
    }

    private final SslContext context;
    private final ChannelBinding binding;
    private final boolean ownOrder;

    private ServerTls(SslContext context, ChannelBinding binding, boolean ownOrder) {
        this.context = context;
        this.binding = binding;
        this.ownOrder = ownOrder;
    }

    /** @throws SSLException if the provider cannot work with these settings */
    public static ServerTls create(TlsProvider provider, Settings settings) throws SSLException {
        SslContextBuilder builder = SslContextBuilder.forServer(settings.key(), settings.chain())
                .sslProvider(provider.netty)
                .protocols(settings.versions())
                .ciphers(settings.cipherSuites(), SupportedCipherSuiteFilter.INSTANCE)
                .applicationProtocolConfig(alpn());
        if (!settings.authorities().isEmpty()) {
            builder.trustManager(trust(settings)).clientAuth(ClientAuth.OPTIONAL);
        }
        if (provider == TlsProvider.OPENSSL && !settings.curves().isEmpty()) {
            builder.option(OpenSslContextOption.GROUPS, settings.curves().toArray(String[]::new));
        }
        SslContext context;
        try {
            context = builder.build();
        } catch (IllegalArgumentException e) {
            throw new SSLException(e.getMessage(), e);
        }
        if (context.sessionContext() instanceof OpenSslSessionContext sessions) {
            // as in PostgreSQL: a resumed session would get past what a reload has revoked
            sessions.setSessionCacheEnabled(false);
        }
        return new ServerTls(context, ChannelBindings.of(settings.chain().get(0)), settings.ownOrder());
    }

    private static javax.net.ssl.TrustManagerFactory trust(Settings settings) throws SSLException {
        try {
            return TrustManagers.of(settings.authorities(), settings.revoked());
        } catch (GeneralSecurityException e) {
            throw new SSLException(e);
        }
    }

    static ApplicationProtocolConfig alpn() {
        return new ApplicationProtocolConfig(
                ApplicationProtocolConfig.Protocol.ALPN,
                ApplicationProtocolConfig.SelectorFailureBehavior.NO_ADVERTISE,
                ApplicationProtocolConfig.SelectedListenerFailureBehavior.ACCEPT,
                TlsHandler.ALPN_PROTOCOL);
    }

    /** The encryption of one more client. It has no limit of time of its own. */
    public TlsHandler newHandler(ByteBufAllocator allocator) {
        SSLEngine engine = context.newEngine(allocator);
        SSLParameters parameters = engine.getSSLParameters();
        parameters.setUseCipherSuitesOrder(ownOrder);
        engine.setSSLParameters(parameters);
        TlsHandler handler = new TlsHandler(engine, binding);
        handler.setHandshakeTimeoutMillis(0);
        return handler;
    }
}
