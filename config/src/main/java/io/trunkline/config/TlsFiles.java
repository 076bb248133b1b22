package io.trunkline.config;

import io.trunkline.config.tls.TlsIdentity;
import io.trunkline.config.tls.TlsTrust;
import java.util.Optional;

/**
 * What the files say that the TLS parameters name, read as one with pgpool.conf. Immutable.
 *
 * @param identity what clients are shown; empty while ssl is off
 * @param clients whose certificates are believed of clients
 * @param backendIdentity what nodes are shown
 * @param backends whose certificates are believed of nodes
 */
public record TlsFiles(
        Optional<TlsIdentity> identity, TlsTrust clients, Optional<TlsIdentity> backendIdentity, TlsTrust backends) {
    public static final TlsFiles NONE = new TlsFiles(Optional.empty(), TlsTrust.NONE, Optional.empty(), TlsTrust.NONE);

    /**
     * What came of reading the files.
     *
     * @param files {@link #NONE} if there are errors
     */
    public record Reading(TlsFiles files, java.util.List<Diagnostic> diagnostics) {}

    /**
     * Reads what the parameters name, relative to pgpool.conf, as far as TLS is in use. Blocks on files and, for an
     * encrypted key, on ssl_passphrase_command.
     *
     * @param pgpoolConf the path of pgpool.conf
     */
    public static Reading read(java.nio.file.Path pgpoolConf, PgpoolConfig config) {
        return new TlsFilesReader(pgpoolConf, config).read();
    }
}
