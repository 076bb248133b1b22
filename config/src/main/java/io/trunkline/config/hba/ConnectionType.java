package io.trunkline.config.hba;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;

/** Which connections a rule is for. */
public enum ConnectionType {
    /** Over a Unix socket. */
    LOCAL,
    /** Over TCP/IP. */
    HOST,
    /** Over TCP/IP with TLS. */
    HOSTSSL,
    /** Over TCP/IP without TLS. */
    HOSTNOSSL,
    /** Over TCP/IP with GSSAPI encryption, of which there are none here. */
    HOSTGSSENC,
    /** Over TCP/IP without GSSAPI encryption, which all are here. */
    HOSTNOGSSENC;

    static Optional<ConnectionType> find(String text) {
        return Arrays.stream(values())
                .filter(type -> type.toString().equals(text))
                .findFirst();
    }

    /** All of them, for a message. */
    static String list() {
        return Arrays.stream(values()).map(ConnectionType::toString).collect(Collectors.joining(", "));
    }

    /** Whether a rule of this type is for a connection. */
    public boolean isFor(boolean local, boolean tls) {
        return switch (this) {
            case LOCAL -> local;
            case HOST, HOSTNOGSSENC -> !local;
            case HOSTSSL -> !local && tls;
            case HOSTNOSSL -> !local && !tls;
            case HOSTGSSENC -> false;
        };
    }

    /** As it stands in a file. */
    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
