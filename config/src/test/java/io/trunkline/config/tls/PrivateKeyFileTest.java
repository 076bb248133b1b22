package io.trunkline.config.tls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.trunkline.config.certificates.Issued;
import io.trunkline.config.certificates.TestAuthority;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PrivateKeyFileTest {
    private static final String SECRET = "open sésame";
    private static final PrivateKeyFile.Passphrase NONE = () -> {
        throw new AssertionError("nobody asked for a passphrase");
    };
    private static final PrivateKeyFile.Passphrase RIGHT = SECRET::toCharArray;

    @TempDir
    private Path directory = Path.of("");

    private static Issued issue(String algorithm) {
        return TestAuthority.named("ca")
                .issue(algorithm, "CN=localhost", Instant.now().plus(Duration.ofDays(30)));
    }

    @ParameterizedTest
    @ValueSource(strings = {"RSA", "EC"})
    void everyFormOfAKeyIsRead(String algorithm) throws Exception {
        Issued issued = issue(algorithm);
        Path pkcs8 = issued.writeKey(directory.resolve("pkcs8"));
        Path traditional = issued.writeTraditionalKey(directory.resolve("traditional"));
        Path encrypted = issued.writeEncryptedKey(directory.resolve("encrypted"), SECRET);

        assertThat(PrivateKeyFile.read(pkcs8, NONE)).isEqualTo(issued.keys().getPrivate());
        assertThat(PrivateKeyFile.fits(
                        PrivateKeyFile.read(traditional, NONE), issued.keys().getPublic()))
                .isTrue();
        assertThat(PrivateKeyFile.read(encrypted, RIGHT))
                .isEqualTo(issued.keys().getPrivate());
    }

    @Test
    void keyEncryptedAsBeforePkcs8IsRead() throws Exception {
        Issued issued = issue("RSA");
        Path file = issued.writeTraditionalEncryptedKey(directory.resolve("key"), "open sesame");

        assertThat(file).content().contains("Proc-Type: 4,ENCRYPTED");
        assertThat(PrivateKeyFile.read(file, "open sesame"::toCharArray))
                .isEqualTo(issued.keys().getPrivate());
    }

    @Test
    void keyOfAnotherCertificateDoesNotFit() {
        assertThat(PrivateKeyFile.fits(
                        issue("EC").keys().getPrivate(), issue("EC").keys().getPublic()))
                .isFalse();
        assertThat(PrivateKeyFile.fits(
                        issue("EC").keys().getPrivate(), issue("RSA").keys().getPublic()))
                .isFalse();
    }

    @Test
    void wrongPassphraseIsNamedAsSuchAndNotShown() {
        Path file = issue("EC").writeEncryptedKey(directory.resolve("key"), SECRET);

        assertThatThrownBy(() -> PrivateKeyFile.read(file, "wrong guess"::toCharArray))
                .isInstanceOf(TlsFileException.class)
                .hasMessageContaining(file.toString())
                .hasMessageContaining("passphrase is wrong")
                .hasMessageNotContaining("wrong guess");
    }

    @ParameterizedTest
    @ValueSource(strings = {"rw-rw----", "rw----r--", "rw-r--r--"})
    void keyThatOthersMayReadIsRefused(String permissions) throws Exception {
        Path file = issue("EC").writeKey(directory.resolve("key"));
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(permissions));

        assertThatThrownBy(() -> PrivateKeyFile.read(file, NONE)).hasMessageContaining("group or world access");
    }

    @Test
    void keyOnAFileSystemWithoutPermissionsIsRead() throws Exception {
        Issued issued = issue("EC");
        Path key = issued.writeKey(directory.resolve("key"));
        try (FileSystem zip = FileSystems.newFileSystem(directory.resolve("zip"), Map.of("create", "true"))) {
            Path packed = Files.copy(key, zip.getPath("/key"));

            assertThat(PrivateKeyFile.read(packed, NONE))
                    .isEqualTo(issued.keys().getPrivate());
        }
    }

    @Test
    void fileWithoutAKeySaysSo() throws Exception {
        Path file = issue("EC").writeCertificate(directory.resolve("key"));
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));

        assertThatThrownBy(() -> PrivateKeyFile.read(file, NONE)).hasMessageContaining("no private key");
    }

    @Test
    void commandTellsThePassphraseWithoutTheEndOfItsLine() throws Exception {
        assertThat(command("printf 'a b%%%%\\r\\n'").get()).containsExactly("a b%".toCharArray());
        assertThat(command("echo '%p'").get()).containsExactly("Enter PEM pass phrase:".toCharArray());
    }

    @Test
    void commandThatFailsOrDoesNotEndIsAnError() {
        assertThatThrownBy(() -> command("exit 3").get()).hasMessageContaining("status 3");
        assertThatThrownBy(() -> new PassphraseCommand("sleep 60", Duration.ofMillis(100)).get())
                .hasMessageContaining("did not end");
        assertThatThrownBy(() -> command("").get()).hasMessageContaining("ssl_passphrase_command");
    }

    private static PassphraseCommand command(String text) {
        return new PassphraseCommand(text, Duration.ofSeconds(20));
    }
}
