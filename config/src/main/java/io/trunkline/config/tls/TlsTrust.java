package io.trunkline.config.tls;

import java.security.cert.X509CRL;
import java.security.cert.X509Certificate;
import java.util.List;

/**
 * Whose certificates are believed.
 *
 * @param authorities the roots; where there are none, no certificate is checked
 * @param revoked lists of revoked certificates; where there are any, each certificate below a root needs one of its
 *     issuer, as in PostgreSQL
 */
public record TlsTrust(List<X509Certificate> authorities, List<X509CRL> revoked) {
    public static final TlsTrust NONE = new TlsTrust(List.of(), List.of());

    public TlsTrust {
        authorities = List.copyOf(authorities);
        revoked = List.copyOf(revoked);
    }

    public boolean isEmpty() {
        return authorities.isEmpty();
    }
}
