package io.trunkline.pool;

import io.trunkline.protocol.tls.ClientTls;

/**
 * How connections to a node are encrypted.
 *
 * @param required whether a node that does not offer encryption is refused
 * @param direct whether TLS begins at once, without asking by SSLRequest
 */
public record NodeTls(ClientTls tls, boolean required, boolean direct) {}
