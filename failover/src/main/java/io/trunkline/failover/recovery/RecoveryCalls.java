package io.trunkline.failover.recovery;

import io.trunkline.pool.NodeAddress;

/** The calls of the functions of the extension {@code pgpool_recovery} (version 1.4), which run scripts on the primary. */
final class RecoveryCalls {
    private RecoveryCalls() {}

    /** Runs {@code script} of the primary's data directory. */
    static String recovery(String script, RecoveryTarget target, RecoverySource primary) {
        return "SELECT pgpool_recovery(" + literal(script) + ", " + literal(host(target.address())) + ", "
                + literal(target.dataDirectory()) + ", "
                + literal(Integer.toString(primary.address().port())) + ", " + target.id() + ", "
                + literal(Integer.toString(target.address().port())) + ", " + literal(host(primary.address())) + ")";
    }

    /** Starts the recovered server, by the script {@code pgpool_remote_start}. */
    static String remoteStart(RecoveryTarget target) {
        return "SELECT pgpool_remote_start(" + literal(host(target.address())) + ", " + literal(target.dataDirectory())
                + ")";
    }

    /** Scripts hand it to ssh: a socket's directory is no name there. */
    private static String host(NodeAddress address) {
        return address.host().isEmpty() || address.isUnixSocket() ? "localhost" : address.host();
    }

    /** A string constant that means the same whatever {@code standard_conforming_strings} is. */
    static String literal(String value) {
        String doubled = value.replace("'", "''");
        return value.indexOf('\\') < 0 ? "'" + doubled + "'" : "E'" + doubled.replace("\\", "\\\\") + "'";
    }
}
