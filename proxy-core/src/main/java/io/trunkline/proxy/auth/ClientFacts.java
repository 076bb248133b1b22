package io.trunkline.proxy.auth;

import io.trunkline.protocol.auth.ChannelBinding;
import java.net.InetAddress;
import java.security.cert.X509Certificate;
import java.util.Optional;
import java.util.function.Consumer;

/** What a connection itself tells of its client. Event loop only, but for {@link #isThere}. */
public interface ClientFacts {
    /** What SCRAM-SHA-256-PLUS binds to. */
    ChannelBinding channelBinding();

    /** What the client has shown, and our authorities have signed. */
    Optional<X509Certificate> clientCertificate();

    /** From where; empty for a Unix-domain socket. */
    Optional<InetAddress> address();

    /** Whom the operating system takes the client for, where both are on one machine; told later, on the event loop. */
    void findSystemUser(Consumer<PeerUsers.PeerUser> found);

    /** Whether the client has not gone yet. Any thread. */
    boolean isThere();
}
