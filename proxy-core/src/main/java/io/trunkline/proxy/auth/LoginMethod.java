package io.trunkline.proxy.auth;

/** How a client proves who it is: the methods of pool_hba.conf, and what there is without one. */
public enum LoginMethod {
    TRUST("trust"),
    REJECT("reject"),
    PASSWORD("password"),
    MD5("md5"),
    SCRAM_SHA_256("scram-sha-256"),
    CERT("cert"),
    PEER("peer"),
    LDAP("ldap"),
    PAM("pam"),
    /** The server decides: the client answers it itself. */
    RELAY("relay"),
    /** It has not come to a method. */
    NONE("none");

    private final String label;

    LoginMethod(String label) {
        this.label = label;
    }

    /** As logs and meters name it. */
    public String label() {
        return label;
    }

    @Override
    public String toString() {
        return label;
    }
}
