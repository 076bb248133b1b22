package io.trunkline.config.hba;

import java.util.Optional;

/**
 * What follows the method of a rule. Never prints a password.
 *
 * @param clientCertificate what is asked of the client's certificate beside the method; with the method cert it is
 *     {@link ClientCertificate#VERIFY_FULL}
 * @param clientName which name of the certificate is compared
 * @param map the user name map, for the methods peer and cert; empty if names have to be equal
 * @param ldap if and only if the method is ldap
 * @param pamService the service that PAM is asked for, for the method pam
 * @param pamUseHostName whether PAM is told the client's host name, and not its address
 * @param passwordForNodes whether the password that LDAP has found right is used for the nodes too
 *     (backend_use_passwd of Pgpool-II)
 */
public record HbaOptions(
        ClientCertificate clientCertificate,
        ClientName clientName,
        Optional<String> map,
        Optional<LdapOptions> ldap,
        String pamService,
        boolean pamUseHostName,
        boolean passwordForNodes) {

    /** Pgpool-II's own, as its manual says in the section "PAM Authentication". */
    static final String DEFAULT_PAM_SERVICE = "pgpool";

    /** The option clientcert. */
    public enum ClientCertificate {
        /** None is needed. */
        NONE,
        /** One that our authorities have signed. */
        VERIFY_CA,
        /** One that also names the user, directly or by the map. */
        VERIFY_FULL
    }

    /** The option clientname. */
    public enum ClientName {
        /** The common name of the subject. */
        CN,
        /** The whole distinguished name of the subject, in the form of RFC 2253. */
        DN
    }
}
