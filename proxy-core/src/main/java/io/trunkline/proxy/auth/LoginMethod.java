package io.trunkline.proxy.auth;

import io.trunkline.config.hba.HbaMethod;

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

    /** The method of a rule. */
    public static LoginMethod of(HbaMethod method) {
        return switch (method) {
            case TRUST -> TRUST;
            case REJECT -> REJECT;
            case PASSWORD -> PASSWORD;
            case MD5 -> MD5;
            case SCRAM_SHA_256 -> SCRAM_SHA_256;
            case CERT -> CERT;
            case PEER -> PEER;
            case LDAP -> LDAP;
            case PAM -> PAM;
        };
    }

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
