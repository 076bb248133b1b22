package io.trunkline.proxy.auth;

import io.trunkline.config.hba.HbaOptions.ClientName;
import io.trunkline.protocol.tls.TlsNames;
import java.security.cert.X509Certificate;
import java.util.Optional;

/** Whom a certificate names, as pool_hba.conf compares it with the user. */
final class CertificateName {
    private CertificateName() {}

    /** Empty if there is no such name, or one that nobody should be taken for (a NUL in it). */
    static Optional<String> of(X509Certificate certificate, ClientName which) {
        Optional<String> name = which == ClientName.DN
                ? Optional.of(TlsNames.distinguishedName(certificate))
                : TlsNames.commonName(certificate);
        return name.filter(text -> !text.isEmpty());
    }
}
