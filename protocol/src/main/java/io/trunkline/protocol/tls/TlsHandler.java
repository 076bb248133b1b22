package io.trunkline.protocol.tls;

import io.netty.channel.Channel;
import io.netty.handler.ssl.SslHandler;
import io.trunkline.protocol.auth.ChannelBinding;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.util.Optional;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLPeerUnverifiedException;
import org.jspecify.annotations.Nullable;

/** The encryption of one channel: the first handler of its pipeline. Event loop only. */
public final class TlsHandler extends SslHandler {
    /** The protocol that clients and servers of PostgreSQL agree on by ALPN (manual, "SSL Session Encryption"). */
    public static final String ALPN_PROTOCOL = "postgresql";

    /** The binding to our own certificate; null on the client's side, where it is that of the peer. */
    private final @Nullable ChannelBinding own;

    TlsHandler(SSLEngine engine, @Nullable ChannelBinding own) {
        super(engine);
        this.own = own;
    }

    /** The encryption of a channel; null if there is none. */
    public static @Nullable TlsHandler of(Channel channel) {
        return channel.pipeline().get(TlsHandler.class);
    }

    /** Such as {@code TLSv1.3}. */
    public String protocol() {
        return engine().getSession().getProtocol();
    }

    /** The cipher suite by its standard name. */
    public String cipher() {
        return engine().getSession().getCipherSuite();
    }

    /** Whether both sides have agreed by ALPN to speak PostgreSQL's protocol. */
    public boolean hasAgreedOnProtocol() {
        return ALPN_PROTOCOL.equals(applicationProtocol());
    }

    /** What the other side has shown and proved; checked if there were authorities to check it against. */
    public Optional<X509Certificate> peerCertificate() {
        try {
            Certificate[] chain = engine().getSession().getPeerCertificates();
            return chain.length > 0 && chain[0] instanceof X509Certificate first
                    ? Optional.of(first)
                    : Optional.empty();
        } catch (SSLPeerUnverifiedException e) {
            return Optional.empty();
        }
    }

    /** What SCRAM-SHA-256-PLUS binds to on this channel. */
    public ChannelBinding binding() {
        return own != null ? own : peerCertificate().map(ChannelBindings::of).orElse(ChannelBinding.NONE);
    }
}
