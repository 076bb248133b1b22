package io.trunkline.cli.passwd;

import static org.assertj.core.api.Assertions.assertThat;

import io.trunkline.config.PasswordKeyFile;
import io.trunkline.config.PoolPasswd;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What {@link AgainstPgpoolTest} cannot compare: the terminal, and where we differ on purpose. */
class ProgramsTest {
    @TempDir
    Path directory;

    private String conf = "";
    private Path file = Path.of("");

    @BeforeEach
    void makeConfiguration() throws IOException {
        conf = Files.createFile(directory.resolve("pgpool.conf")).toString();
        file = directory.resolve("pool_passwd");
    }

    private Path key(String text) throws IOException {
        Path key = Files.writeString(directory.resolve("key"), text);
        return Files.setPosixFilePermissions(key, PosixFilePermissions.fromString("rw-------"));
    }

    @Test
    void promptedPasswordIsHashed() {
        assertThat(Programs.ours(List.of("pg_md5", "-p", "ignored"), "secret"))
                .isEqualTo(new Programs.Result(0, "password: \n5ebe2294ecd0e0f08eab7690d2a6ee69\n", ""));
    }

    @Test
    void promptedPasswordAndKeyEncrypt() {
        assertThat(Programs.ours(List.of("pg_enc", "-P"), "secret", "thekey").out())
                .isEqualTo("db password: \nencryption key: \n\njxddJAjYgkQUsTBNWr1WEg==\n"
                        + "pool_passwd string: AESjxddJAjYgkQUsTBNWr1WEg==\n");
    }

    @Test
    void promptedKeyWinsOverTheOneOfTheCommandLine() {
        assertThat(Programs.ours(List.of("pg_enc", "-P", "-K", "other", "secret"), "thekey")
                        .out())
                .contains("AESjxddJAjYgkQUsTBNWr1WEg==");
        assertThat(Programs.ours(List.of("pg_enc", "-P", "secret"), ""))
                .isEqualTo(new Programs.Result(1, "encryption key: \n", "encryption key not provided\n"));
    }

    @Test
    void passwordThatIsTooLongIsRefusedAtThePromptToo() {
        String tooLong = "p".repeat(129);
        assertThat(Programs.ours(List.of("pg_md5", "-p"), tooLong).status()).isEqualTo(1);
        assertThat(Programs.ours(List.of("pg_enc", "-K", "k"), tooLong).status())
                .isEqualTo(1);
    }

    @Test
    void poolPasswdIsMadeForItsOwnerOnly() throws IOException {
        assertThat(Programs.ours(List.of("pg_md5", "-m", "-f", conf, "-u", "anna", "secret")))
                .isEqualTo(new Programs.Result(0, "", ""));
        assertThat(file).hasContent("anna:md5" + md5("secretanna") + "\n");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                .endsWith("---");
    }

    private static String md5(String text) {
        return Programs.ours(List.of("pg_md5", text)).out().strip();
    }

    @Test
    void whatPgEncWritesIsReadWithItsKeyFile() throws IOException {
        Path key = key("the key\n");
        Programs.Result result =
                Programs.ours(List.of("pg_enc", "-m", "-k", key.toString(), "-f", conf, "-u", "anna", "geheim"));
        assertThat(result.status()).isZero();
        assertThat(result.out() + result.err()).doesNotContain("geheim").doesNotContain("the key");
        PoolPasswd.Reading reading = PoolPasswd.read(file, PasswordKeyFile.of(key));
        assertThat(reading.diagnostics()).isEmpty();
        assertThat(reading.passwords().find("anna").orElseThrow().secret()).isEqualTo("geheim");
    }

    @Test
    void missingKeySaysWhy() {
        assertThat(Programs.ours(List.of(
                                "pg_enc", "-k", directory.resolve("none").toString(), "x"))
                        .err())
                .isEqualTo("encryption key not provided: there is no key file " + directory.resolve("none") + "\n");
    }

    @Test
    void fileThatCannotBeWrittenIsAnError() throws IOException {
        Files.writeString(Path.of(conf), "pool_passwd = 'none/users'\n");
        assertThat(Programs.ours(List.of("pg_md5", "-m", "-f", conf, "-u", "anna", "x")))
                .isEqualTo(new Programs.Result(
                        1, "", "cannot write " + directory.resolve("none/users") + ": its directory does not exist\n"));
        Files.writeString(Path.of(conf), "pool_passwd = ''\n");
        assertThat(Programs.ours(List.of("pg_enc", "-m", "-K", "k", "-f", conf, "-u", "anna", "x"))
                        .err())
                .isEqualTo("pool_passwd is empty in " + conf + ": there is no file to write\n");
    }

    @Test
    void entriesOfAnInputFileAreWrittenTogetherOrNotAtAll() throws IOException {
        Path pairs = Files.writeString(directory.resolve("pairs"), "anna:a\nb\0b:b\n");
        assertThat(Programs.ours(List.of("pg_md5", "-m", "-f", conf, "-i", pairs.toString()))
                        .status())
                .isEqualTo(1);
        assertThat(file).doesNotExist();
    }
}
