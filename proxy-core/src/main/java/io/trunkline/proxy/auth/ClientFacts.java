package io.trunkline.proxy.auth;

import io.trunkline.protocol.auth.ChannelBinding;
import java.security.cert.X509Certificate;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * What a connection itself tells of its client.
 *
 * @param binding what SCRAM-SHA-256-PLUS binds to
 * @param certificate what the client has shown, and our authorities have signed
 * @param systemUser whom the operating system takes the client for, where both are on one machine
 */
public record ClientFacts(
        ChannelBinding binding, Optional<X509Certificate> certificate, Supplier<Optional<String>> systemUser) {
    /** It tells nothing. */
    public static final ClientFacts NONE = new ClientFacts(ChannelBinding.NONE, Optional.empty(), Optional::empty);
}
