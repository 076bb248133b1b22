package io.trunkline.cli.passwd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.trunkline.cli.CommandFailure;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ConnectionStringTest {
    @TempDir
    Path directory;

    private static ConnectionString parse(String text) {
        return ConnectionString.parse(text, Map.of());
    }

    @ParameterizedTest
    @CsvSource(
            quoteCharacter = '"',
            value = {
                "host=db1 port=5433 user=anna dbname=app,anna@db1:5433/app",
                "\"  host = 'db 1'  user=a\\'b \",a'b@db 1:5432/a'b",
                "user='it''',",
                "\"user='a\\\\b\\'c' host=x\",a\\b'c@x:5432/a\\b'c",
                "\"host='' user=anna\",anna@localhost:5432/anna",
            })
    void formOfLibpqIsRead(String text, String expected) {
        if (expected == null) {
            assertThatThrownBy(() -> parse(text)).isInstanceOf(CommandFailure.class);
        } else {
            assertThat(parse(text)).hasToString(expected);
        }
    }

    @Test
    void environmentFillsWhatIsLeftOut() {
        Map<String, String> environment =
                Map.of("PGHOST", "h", "PGPORT", "1", "PGUSER", "u", "PGDATABASE", "d", "PGPASSWORD", "p");
        assertThat(ConnectionString.parse("port=2", environment)).hasToString("u@h:2/d");
        assertThat(ConnectionString.parse("", environment).password()).contains("p");
        assertThat(ConnectionString.parse("password=own", environment).password())
                .contains("own");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "sslmode=require|the connection string has \"sslmode\" where one of host, port, user, dbname, password"
                        + " and a value are allowed",
                "anna|the connection string has \"anna\" where one of host, port, user, dbname, password and a value are"
                        + " allowed",
                "user=\"'x\"|",
                "port=0|\"0\" is no port; allowed is 1 to 65535",
                "port=x|\"x\" is no port; allowed is 1 to 65535",
            })
    void whatIsWrongIsTold(String text, String message) {
        if (message == null) {
            assertThat(parse(text).user()).isEqualTo("\"'x\"");
        } else {
            assertThatThrownBy(() -> parse(text))
                    .isInstanceOf(CommandFailure.class)
                    .hasMessage(message);
        }
    }

    @Test
    void passwordIsNotPrinted() {
        assertThat(parse("user=a password=geheim").toString()).doesNotContain("geheim");
    }

    @Test
    void firstLineOfThePasswordFileThatFitsCounts() throws IOException {
        Path file = passwordFile(
                "# comment:*:*:*:no\nother:*:*:*:no\ndb1:5432:app:anna:p\\:w\\\\d\n*:*:*:*:last\n", "rw-------");
        Map<String, String> environment = Map.of("PGPASSFILE", file.toString());
        assertThat(ConnectionString.parse("host=db1 user=anna dbname=app", environment)
                        .password())
                .contains("p:w\\d");
        assertThat(ConnectionString.parse("host=db2 user=anna", environment).password())
                .contains("last");
    }

    @Test
    void passwordFileThatOthersCanReadIsNotUsed() throws IOException {
        Path file = passwordFile("*:*:*:*:geheim\n", "rw-r-----");
        assertThatThrownBy(() -> ConnectionString.parse("", Map.of("PGPASSFILE", file.toString()))
                        .password())
                .isInstanceOf(CommandFailure.class)
                .hasMessageContaining("make its mode 0600")
                .hasMessageNotContaining("geheim");
    }

    @Test
    void passwordFileNeedNotExist() {
        Map<String, String> environment =
                Map.of("PGPASSFILE", directory.resolve("none").toString());
        assertThat(ConnectionString.parse("", environment).password()).isEmpty();
    }

    private Path passwordFile(String text, String mode) throws IOException {
        Path file = Files.writeString(directory.resolve("pgpass"), text);
        return Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(mode));
    }
}
