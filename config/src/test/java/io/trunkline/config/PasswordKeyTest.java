package io.trunkline.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class PasswordKeyTest {
    /** What the C program has made of a password. */
    record Vector(String key, String password, String encrypted) {}

    static List<Vector> vectors() throws IOException {
        List<Vector> vectors = new ArrayList<>();
        try (InputStream in = PasswordKeyTest.class.getResourceAsStream("pg_enc.tsv")) {
            assertThat(in).isNotNull();
            for (String line : new String(in.readAllBytes(), StandardCharsets.UTF_8).split("\n")) {
                if (!line.startsWith("#")) {
                    String[] fields =
                            line.replace("\\r", "\r").replace("\\\\", "\\").split("\t", -1);
                    vectors.add(new Vector(fields[0], fields[1], fields[2]));
                }
            }
        }
        assertThat(vectors).hasSizeGreaterThan(10);
        return vectors;
    }

    @ParameterizedTest
    @MethodSource("vectors")
    void keyEncryptsAndDecryptsAsPgEncDoes(Vector vector) {
        PasswordKey key = key(vector.key());
        assertThat(key.encrypt(bytes(vector.password()))).isEqualTo(vector.encrypted());
        assertThat(key.decrypt(vector.encrypted()))
                .hasValueSatisfying(password -> assertThat(password).isEqualTo(bytes(vector.password())));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "!", "abcd", "X7s3+E2DqxNfC7AJOaDtUg", "X7s3+E2DqxNfC7AJOaDtUg==\n", "ä"})
    void textThatWasNotEncryptedIsNotDecrypted(String text) {
        assertThat(key("another key").decrypt(text)).isEmpty();
    }

    @Property
    void whatIsEncryptedCanBeDecryptedWithTheSameKey(@ForAll byte[] key, @ForAll byte[] password) {
        String encrypted = PasswordKey.of(key).encrypt(password);
        assertThat(PasswordKey.of(key).decrypt(encrypted))
                .hasValueSatisfying(decrypted -> assertThat(decrypted).isEqualTo(password));
    }

    @Property
    void anotherKeyNeverGivesThePassword(@ForAll byte[] key, @ForAll byte[] password) {
        byte[] other = java.util.Arrays.copyOf(key, key.length + 1);
        assertThat(PasswordKey.of(other).decrypt(PasswordKey.of(key).encrypt(password)))
                .satisfiesAnyOf(
                        decrypted -> assertThat(decrypted).isEmpty(),
                        decrypted -> assertThat(decrypted)
                                .hasValueSatisfying(noise -> assertThat(noise).isNotEqualTo(password)));
    }

    @Test
    void keyIsNotPrinted() {
        assertThat(key("geheim")).hasToString("PasswordKey[hidden]");
    }

    private static PasswordKey key(String text) {
        return PasswordKey.of(bytes(text));
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
