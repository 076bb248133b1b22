package io.trunkline.proxy.auth;

import static org.assertj.core.api.Assertions.assertThat;

import io.trunkline.config.PasswordKeyFile;
import io.trunkline.config.PoolPasswd;
import io.trunkline.protocol.auth.Password;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class StoredCredentialsTest {
    /** {@code secret} with the key {@code thekey}. */
    private static final String ENCRYPTED = "AESjxddJAjYgkQUsTBNWr1WEg==";

    @TempDir
    Path directory;

    private StoredCredentials read(String lines, String key) throws IOException {
        Path file = Files.writeString(directory.resolve("pool_passwd"), lines);
        Path keyFile = Files.writeString(directory.resolve("key"), key);
        return StoredCredentials.of(
                PoolPasswd.read(file, PasswordKeyFile.of(keyFile)).passwords());
    }

    @Test
    void encryptedEntryIsAPasswordLikeAnyOther() throws IOException {
        assertThat(read("anna:" + ENCRYPTED + "\n", "thekey\n").find("anna"))
                .hasValueSatisfying(entry -> assertThat(entry.stored()).isEqualTo(Password.of("secret")));
    }

    @Test
    void entryThatCannotBeDecryptedIsNone() throws IOException {
        assertThat(read("anna:" + ENCRYPTED + "\n", "another key\n").find("anna"))
                .isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {ENCRYPTED, "TEXTsecret", "secret", "md5E8A48653851E28C69D0506508FB27FC5", ""})
    void ownLoginTakesAnyFormOrTheUsersEntry(String configured) throws IOException {
        StoredCredentials credentials = read("anna:" + ENCRYPTED + "\n", "thekey\n");
        assertThat(StoredCredentials.login("anna", configured, credentials, Runnable::run, Runnable::run))
                .isPresent();
    }

    @Test
    void ownLoginWithoutAReadablePasswordIsNone() throws IOException {
        StoredCredentials credentials = read("anna:TEXTx\n", "another key\n");
        assertThat(StoredCredentials.login("anna", ENCRYPTED, credentials, Runnable::run, Runnable::run))
                .isEmpty();
        assertThat(StoredCredentials.login("bert", "", credentials, Runnable::run, Runnable::run))
                .isEmpty();
    }
}
