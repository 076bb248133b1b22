package io.trunkline.proxy.session;

import io.trunkline.pool.StartupKey;
import java.util.Map;

/**
 * What a client asked for in its StartupMessage, after negotiation.
 *
 * @param protocol the version spoken with the client
 */
record ClientStart(int protocol, Map<String, String> parameters) {
    String applicationName() {
        return parameters.getOrDefault(StartupKey.APPLICATION_NAME, "");
    }
}
