package io.trunkline.protocol.auth;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class StoredPasswordTest {
    private static final Password PASSWORD = Password.of("pencil");
    private static final String KEY = "A".repeat(43) + "=";

    static Stream<StoredPassword> forms() {
        return Stream.of(PASSWORD, Md5Password.of("alice", PASSWORD), ScramVerifier.of(PASSWORD, 4096));
    }

    @ParameterizedTest
    @MethodSource("forms")
    void cleartextPasswordIsCheckedAgainstEveryForm(StoredPassword stored) {
        assertThat(stored.matches("alice", Password.of("pencil"))).isTrue();
        assertThat(stored.matches("alice", Password.of("Pencil"))).isFalse();
        assertThat(stored.matches("alice", Password.of("pencil "))).isFalse();
    }

    @Test
    void md5FormHoldsForOneUserOnly() {
        assertThat(Md5Password.of("alice", PASSWORD).matches("bob", PASSWORD)).isFalse();
    }

    @Test
    void verifierIsFormattedAsItWasRead() {
        String text = "SCRAM-SHA-256$2147483647:c2FsdA==$" + KEY + ":" + KEY;

        assertThat(ScramVerifier.parse(text).format()).isEqualTo(text);
        assertThat(ScramVerifier.isScram(text)).isTrue();
        assertThat(ScramVerifier.isScram("SCRAM-SHA-256")).isFalse();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "md5",
                "SCRAM-SHA-256",
                "SCRAM-SHA-1$4096:c2FsdA==$%s:%s",
                "SCRAM-SHA-256$0:c2FsdA==$%s:%s",
                "SCRAM-SHA-256$-1:c2FsdA==$%s:%s",
                "SCRAM-SHA-256$2147483648:c2FsdA==$%s:%s",
                "SCRAM-SHA-256$4096:$%s:%s",
                "SCRAM-SHA-256$4096:c2FsdA$%s:%s",
                "SCRAM-SHA-256$4096:c2FsdB==$%s:%s",
                "SCRAM-SHA-256$4096:c2FsdA==$AAAA:%s",
                "SCRAM-SHA-256$4096:c2FsdA==$%s:AAAA",
                "SCRAM-SHA-256$4096:c2FsdA==$%s:",
                "SCRAM-SHA-256$4096:c2FsdA==$%s:%s ",
                "SCRAM-SHA-256$4096:c2FsdA==$%s:%s:%s"
            })
    void malformedVerifierIsRefusedWithoutRepeatingIt(String form) {
        String text = form.replace("%s", KEY);

        assertThatIllegalArgumentException()
                .isThrownBy(() -> ScramVerifier.parse(text))
                .withMessageContaining("SCRAM verifier")
                .withNoCause()
                .satisfies(e -> assertThat(e.getMessage()).doesNotContain(KEY));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "md5",
                "md50098e7fab7b4d8d091067152a80b3f1",
                "md50098e7fab7b4d8d091067152a80b3f123",
                "MD50098e7fab7b4d8d091067152a80b3f12",
                "md50098E7FAB7B4D8D091067152A80B3F12"
            })
    void malformedMd5FormIsRefused(String text) {
        assertThat(Md5Password.isMd5(text)).isFalse();
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Md5Password.parse(text))
                .withMessageContaining("32 lower-case hex digits");
    }

    @Test
    void md5SaltHasFourBytes() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Md5Password.of("u", PASSWORD).response(new byte[3]))
                .withMessageContaining("4 bytes, not 3");
    }

    @Test
    void passwordMessageIsOneTerminatedString() {
        for (String body : new String[] {"", "pencil", "pen\0cil\0", "pencil\0\0"}) {
            AuthenticationFailure failure =
                    ScramExchangeTest.failure(() -> Password.fromMessage(body.getBytes(ISO_8859_1)));
            assertThat(failure.sqlState()).isEqualTo("08P01");
            assertThat(failure).hasMessage("invalid password packet size");
        }
        AuthenticationFailure empty = ScramExchangeTest.failure(() -> Password.fromMessage(new byte[1]));
        assertThat(empty.sqlState()).isEqualTo("28P01");
        assertThat(empty).hasMessage("empty password returned by client");
    }

    @Test
    void passwordThatPostgresqlCannotHaveIsRefused() {
        assertThatIllegalArgumentException().isThrownBy(() -> Password.of("")).withMessageContaining("empty");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Password.of("a\0b"))
                .withMessageContaining("zero byte");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Password.of("a\ud800"))
                .withMessageContaining("surrogate");
    }

    @Test
    void mockSecretMustNotBeGuessable() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> MockScramSecret.of(new byte[15]))
                .withMessageContaining("16 bytes");
    }
}
