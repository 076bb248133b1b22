package io.trunkline.protocol.tls;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import org.junit.jupiter.api.Test;

class TlsNamesTest {
    /** Its subject by openssl x509 -nameopt RFC2253 is in the test. */
    private static final String CERTIFICATE = """
            -----BEGIN CERTIFICATE-----
            MIICSjCCAfGgAwIBAgIUEE64JD2FyTJe3YpV/I5p+28uTl4wCgYIKoZIzj0EAwIw
            ejELMAkGA1UEBhMCREUxHjAcBgNVBAoMFULDpGNrZXIsICJ1bmQiIFPDtmhuZTEL
            MAkGA1UECwwCSVQxETAPBgNVBAMMCGFwcCB1c2VyMRowGAYJKoZIhvcNAQkBFgth
            QGIuZXhhbXBsZTEPMA0GA1UEAwwGc2Vjb25kMCAXDTI2MTEyMTE2MzQ1OFoYDzIx
            MjYxMDI4MTYzNDU4WjB6MQswCQYDVQQGEwJERTEeMBwGA1UECgwVQsOkY2tlciwg
            InVuZCIgU8O2aG5lMQswCQYDVQQLDAJJVDERMA8GA1UEAwwIYXBwIHVzZXIxGjAY
            BgkqhkiG9w0BCQEWC2FAYi5leGFtcGxlMQ8wDQYDVQQDDAZzZWNvbmQwWTATBgcq
            hkjOPQIBBggqhkjOPQMBBwNCAATnY5ZEglVjsKZlVCMxYnKrswdYWjNiup6sWR/L
            qyTnrHBv9w/0ceoSA9wZJJhlvl3yH4+BVT1MWkP6e3johdF+o1MwUTAdBgNVHQ4E
            FgQU8XQuzXlkogBDwM0XlpLQ6R9CdvgwHwYDVR0jBBgwFoAU8XQuzXlkogBDwM0X
            lpLQ6R9CdvgwDwYDVR0TAQH/BAUwAwEB/zAKBggqhkjOPQQDAgNHADBEAiAWIxBC
            F1Zj882xImXkEZtyVar59wrnActNhaozTOHrxAIgeJvwDa0E4NI/wU6kTWiOqnmA
            D8F3//CA51/tC+A1vJc=
            -----END CERTIFICATE-----
            """;

    private static X509Certificate certificate() throws CertificateException {
        return (X509Certificate) CertificateFactory.getInstance("X.509")
                .generateCertificate(new ByteArrayInputStream(CERTIFICATE.getBytes(StandardCharsets.US_ASCII)));
    }

    @Test
    void distinguishedNameIsWrittenAsOpenSslWritesIt() throws CertificateException {
        assertThat(TlsNames.distinguishedName(certificate()))
                .isEqualTo("CN=second,emailAddress=a@b.example,CN=app user,OU=IT,"
                        + "O=B\\C3\\A4cker\\, \\\"und\\\" S\\C3\\B6hne,C=DE");
    }

    @Test
    void commonNameIsTheFirst() throws CertificateException {
        assertThat(TlsNames.commonName(certificate())).contains("app user");
    }

    @Test
    void bindingTakesTheHashOfTheSignature() throws Exception {
        byte[] hash = java.security.MessageDigest.getInstance("SHA-256")
                .digest(certificate().getEncoded());
        assertThat(ChannelBindings.of(certificate()))
                .usingRecursiveComparison()
                .isEqualTo(io.trunkline.protocol.auth.ChannelBinding.tlsServerEndPoint(hash));
    }
}
