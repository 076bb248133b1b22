package io.trunkline.config.tls;

import static org.assertj.core.api.Assertions.assertThat;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.StringLength;
import org.junit.jupiter.api.Test;

class CipherSuitesTest {
    @Test
    void defaultListIsUnderstoodAndPrefersForwardSecrecy() {
        CipherSuites ciphers = CipherSuites.parse("HIGH:MEDIUM:+3DES:!aNULL");

        assertThat(ciphers.unknown()).isEmpty();
        assertThat(ciphers.suites())
                .startsWith("TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384", "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384")
                .contains("TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256")
                .endsWith("TLS_RSA_WITH_AES_128_CBC_SHA");
    }

    @Test
    void explicitNamesKeepTheirOrder() {
        assertThat(CipherSuites.parse("ECDHE-RSA-AES128-GCM-SHA256:ECDHE-RSA-AES256-GCM-SHA384")
                        .suites())
                .containsExactly("TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384");
    }

    @Test
    void wordsJoinedByPlusMustAllHold() {
        assertThat(CipherSuites.parse("ECDHE+AESGCM:!ECDSA").suites())
                .containsExactly("TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384", "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256");
    }

    @Test
    void exclamationMarkBansForGood() {
        assertThat(CipherSuites.parse("!kRSA:ALL:AES128-SHA").suites()).noneMatch(suite -> suite.startsWith("TLS_RSA"));
    }

    @Test
    void minusOnlyRemovesWhatWasThere() {
        assertThat(CipherSuites.parse("AES256-SHA:-kRSA:AES128-SHA").suites())
                .containsExactly("TLS_RSA_WITH_AES_128_CBC_SHA");
    }

    @Test
    void plusMovesToTheEnd() {
        assertThat(CipherSuites.parse("AES256-SHA:ECDHE-RSA-AES256-SHA:+kRSA:AES128-SHA")
                        .suites())
                .containsExactly(
                        "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA",
                        "TLS_RSA_WITH_AES_256_CBC_SHA",
                        "TLS_RSA_WITH_AES_128_CBC_SHA");
    }

    @Test
    void strengthSortsByLengthOfKey() {
        assertThat(CipherSuites.parse("AES128-SHA AES256-SHA,@STRENGTH").suites())
                .containsExactly("TLS_RSA_WITH_AES_256_CBC_SHA", "TLS_RSA_WITH_AES_128_CBC_SHA");
    }

    @Test
    void unknownWordsAreToldAsWritten() {
        assertThat(CipherSuites.parse("HIGH:!NOTHING:aes-of-sorts").unknown())
                .containsExactly("!NOTHING", "aes-of-sorts");
    }

    @Test
    void weakCiphersSelectNothing() {
        CipherSuites ciphers = CipherSuites.parse("RC4:3DES:aNULL:DES-CBC3-SHA");

        assertThat(ciphers.suites()).isEmpty();
        assertThat(ciphers.unknown()).isEmpty();
    }

    @Property
    void anyTextIsWorkedOutWithoutDuplicates(@ForAll @StringLength(max = 60) String text) {
        assertThat(CipherSuites.parse(text).suites()).doesNotHaveDuplicates();
    }
}
