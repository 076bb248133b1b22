package io.trunkline.proxy.auth;

import io.trunkline.config.hba.HbaOptions.ClientName;
import java.security.cert.X509Certificate;
import java.util.Optional;
import javax.naming.InvalidNameException;
import javax.naming.ldap.LdapName;
import javax.naming.ldap.Rdn;
import javax.security.auth.x500.X500Principal;

/** Whom a certificate names, as pool_hba.conf compares it with the user. */
final class CertificateName {
    private CertificateName() {}

    /** Empty if there is no such name, or one that nobody should be taken for (a NUL in it). */
    static Optional<String> of(X509Certificate certificate, ClientName which) {
        String subject = certificate.getSubjectX500Principal().getName(X500Principal.RFC2253);
        Optional<String> name = which == ClientName.DN ? Optional.of(subject) : commonName(subject);
        return name.filter(text -> !text.isEmpty() && text.indexOf('\0') < 0);
    }

    /** The first one of the subject, as PostgreSQL takes it; the text has the parts from last to first. */
    private static Optional<String> commonName(String subject) {
        try {
            for (Rdn part : new LdapName(subject).getRdns()) {
                if (part.getType().equalsIgnoreCase("CN") && part.getValue() instanceof String name) {
                    return Optional.of(name);
                }
            }
            return Optional.empty();
        } catch (InvalidNameException e) {
            return Optional.empty();
        }
    }
}
