package io.trunkline.config.hba;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;

/** How a client proves who it is; PostgreSQL's manual, sections 21.4 to 21.12. */
public enum HbaMethod {
    TRUST,
    REJECT,
    PASSWORD,
    MD5,
    SCRAM_SHA_256,
    CERT,
    PEER,
    LDAP,
    PAM;

    static Optional<HbaMethod> find(String text) {
        return Arrays.stream(values())
                .filter(method -> method.toString().equals(text))
                .findFirst();
    }

    /** All of them, for a message. */
    static String list() {
        return Arrays.stream(values()).map(HbaMethod::toString).collect(Collectors.joining(", "));
    }

    /** As it stands in a file. */
    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
