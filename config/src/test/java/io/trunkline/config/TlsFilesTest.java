package io.trunkline.config;

import static org.assertj.core.api.Assertions.assertThat;

import io.trunkline.config.certificates.Issued;
import io.trunkline.config.certificates.TestAuthority;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TlsFilesTest {
    private static final TestAuthority AUTHORITY = TestAuthority.named("ca");
    private static final Issued SERVER = AUTHORITY.issue("CN=localhost", "localhost");

    @TempDir
    private Path directory = Path.of("");

    @BeforeEach
    void writeFiles() {
        SERVER.writeCertificate(directory.resolve("server.crt"));
        SERVER.writeKey(directory.resolve("server.key"));
        AUTHORITY.own().writeCertificate(directory.resolve("ca.crt"));
    }

    private TlsFiles.Reading read(String... lines) {
        String text = "backend_hostname0 = 'db'\nbackend_port0 = 5432\n" + String.join("\n", lines) + "\n";
        Path file = directory.resolve("pgpool.conf");
        ConfigReading reading = PgpoolConfig.parse(file.toString(), text);
        return TlsFiles.read(file, reading.config().orElseThrow(() -> new AssertionError(reading.diagnostics())));
    }

    private static List<String> texts(TlsFiles.Reading reading) {
        return reading.diagnostics().stream().map(Diagnostic::toString).toList();
    }

    @Test
    void filesAreFoundBesidePgpoolConf() {
        TlsFiles.Reading reading =
                read("ssl = on", "ssl_cert = 'server.crt'", "ssl_key = 'server.key'", "ssl_ca_cert = 'ca.crt'");

        assertThat(texts(reading)).isEmpty();
        assertThat(reading.files().identity().orElseThrow().certificate()).isEqualTo(SERVER.certificate());
        assertThat(reading.files().clients().authorities())
                .containsExactly(AUTHORITY.own().certificate());
        assertThat(reading.files().backends()).isEqualTo(reading.files().clients());
    }

    @Test
    void nothingIsReadWhileTlsIsOff() {
        assertThat(texts(read("ssl_cert = 'missing'", "ssl_ca_cert = 'missing'")))
                .isEmpty();
    }

    @Test
    void whatIsMissingIsNamedWithFileAndLine() {
        assertThat(texts(read("ssl = on", "ssl_cert = 'none.crt'", "ssl_key = 'none.key'")))
                .hasSize(2)
                .anySatisfy(text -> assertThat(text)
                        .contains("pgpool.conf:4: error: parameter \"ssl_cert\"")
                        .contains("none.crt cannot be read: it does not exist"))
                .anySatisfy(text -> assertThat(text).contains("pgpool.conf:5").contains("none.key"));
        assertThat(texts(read("ssl = on")))
                .anySatisfy(text -> assertThat(text).contains("ssl = on needs a certificate"));
    }

    @Test
    void keyOfAnotherCertificateIsAnError() {
        AUTHORITY.issue("CN=other").writeKey(directory.resolve("server.key"));

        TlsFiles.Reading reading = read("ssl = on", "ssl_cert = 'server.crt'", "ssl_key = 'server.key'");

        assertThat(texts(reading)).singleElement().asString().contains("is not that of the certificate");
        assertThat(reading.files()).isEqualTo(TlsFiles.NONE);
    }

    @Test
    void certificateThatHasExpiredOrSoonWillIsAWarning() {
        for (Duration left : List.of(Duration.ofDays(-1), Duration.ofDays(13), Duration.ofDays(20))) {
            Issued issued = AUTHORITY.issue("EC", "CN=x", Instant.now().plus(left));
            issued.writeCertificate(directory.resolve("server.crt"));
            issued.writeKey(directory.resolve("server.key"));

            List<String> texts = texts(read("ssl = on", "ssl_cert = 'server.crt'", "ssl_key = 'server.key'"));

            if (left.toDays() == 20) {
                assertThat(texts).isEmpty();
            } else {
                assertThat(texts)
                        .singleElement()
                        .asString()
                        .contains("warning")
                        .contains(left.isNegative() ? "has expired at" : "expires soon");
            }
        }
    }

    @Test
    void encryptedKeyTakesItsPassphraseFromTheCommand() {
        SERVER.writeEncryptedKey(directory.resolve("server.key"), "secret one");
        String[] lines = {"ssl = on", "ssl_cert = 'server.crt'", "ssl_key = 'server.key'"};

        assertThat(texts(read(lines))).singleElement().asString().contains("ssl_passphrase_command");
        assertThat(texts(read(lines[0], lines[1], lines[2], "ssl_passphrase_command = 'echo secret one'")))
                .isEmpty();
    }

    @Test
    void directoryOfAuthoritiesAndRevocationListsAreRead() throws IOException {
        Path authorities = Files.createDirectory(directory.resolve("authorities"));
        TestAuthority.named("another").own().writeCertificate(authorities.resolve("a.pem"));
        Files.writeString(authorities.resolve("README"), "no certificate");
        AUTHORITY.revoke(directory.resolve("revoked.crl"), SERVER);

        TlsFiles.Reading reading = read(
                "backend_sslmode = verify-ca",
                "ssl_ca_cert = 'ca.crt'",
                "ssl_ca_cert_dir = 'authorities'",
                "ssl_crl_file = 'revoked.crl'");

        assertThat(texts(reading)).isEmpty();
        assertThat(reading.files().backends().authorities()).hasSize(2);
        assertThat(reading.files().backends().revoked()).hasSize(1);
    }

    @Test
    void nodesAreNotVerifiedWithoutAuthorities() {
        assertThat(texts(read("backend_sslmode0 = 'verify-full'")))
                .singleElement()
                .asString()
                .contains("the certificate of node 0 cannot be verified without authorities");
    }

    @Test
    void directTlsDoesNotGoWithPrefer() {
        assertThat(texts(read("backend_sslmode = prefer", "backend_sslnegotiation = direct")))
                .singleElement()
                .asString()
                .contains("allowed is require, verify-ca or verify-full");
    }

    @Test
    void unknownCiphersAndContradictoryVersionsAreTold() {
        assertThat(texts(read(
                        "ssl = on",
                        "ssl_cert = 'server.crt'",
                        "ssl_key = 'server.key'",
                        "ssl_ciphers = 'HIGH:QUITE-GOOD'",
                        "ssl_min_protocol_version = 'TLSv1.3'",
                        "ssl_max_protocol_version = 'TLSv1.2'")))
                .anySatisfy(text -> assertThat(text).contains("warning").contains("QUITE-GOOD"))
                .anySatisfy(text -> assertThat(text).contains("error").contains("below ssl_min_protocol_version"));
    }
}
