package io.trunkline.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CredentialFilesTest {
    private static final String SCRAM =
            "SCRAM-SHA-256$4096:c2FsdHNhbHRzYWx0c2E=$c3RvcmVkc3RvcmVkc3RvcmVk:c2VydmVyc2VydmVyc2VydmVy";

    @TempDir
    Path directory;

    private Path write(String name, String text) throws Exception {
        Path file = Files.writeString(directory.resolve(name), text);
        return Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
    }

    @Test
    void poolPasswdEntriesAreReadInAllTheirForms() throws Exception {
        Path file = write(
                "pool_passwd",
                "hash:md50123456789abcdef0123456789ABCDEF\ntext:TEXTse:cret\nplain:secret\nscram:" + SCRAM
                        + "\naes:AESabcd==\nnearly:md5sum\n\n");
        PoolPasswd.Reading reading = PoolPasswd.read(file);
        PoolPasswd passwords = reading.passwords();
        assertThat(passwords.size()).isEqualTo(6);
        assertThat(entry(passwords, "hash").form()).isEqualTo(PoolPasswd.Form.MD5);
        assertThat(entry(passwords, "hash").secret()).isEqualTo("md50123456789abcdef0123456789abcdef");
        assertThat(entry(passwords, "text").secret()).isEqualTo("se:cret");
        assertThat(entry(passwords, "plain").form()).isEqualTo(PoolPasswd.Form.PLAIN);
        assertThat(entry(passwords, "nearly").secret()).isEqualTo("md5sum");
        assertThat(entry(passwords, "scram").form()).isEqualTo(PoolPasswd.Form.SCRAM_SHA_256);
        assertThat(entry(passwords, "scram").secret()).isEqualTo(SCRAM);
        assertThat(entry(passwords, "aes").isUsable()).isFalse();
        assertThat(passwords.find("nobody")).isEmpty();
        assertThat(reading.diagnostics())
                .singleElement()
                .hasToString(
                        file + ":5: warning: the entry of user \"aes\" is AES-encrypted, and there is no key file");
    }

    private static PoolPasswd.Entry entry(PoolPasswd passwords, String user) {
        return passwords.find(user).orElseThrow();
    }

    @Test
    void wrongLinesOfPoolPasswdAreErrorsThatDoNotShowThem() throws Exception {
        Path file = write("pool_passwd", "geheim\n:geheim\nanna:\nbob:SCRAM-SHA-256$geheim\ncarl:a\ncarl:geheim\n");
        PoolPasswd.Reading reading = PoolPasswd.read(file);
        assertThat(reading.diagnostics()).extracting(d -> d.location().line()).containsExactly(1, 2, 3, 4, 6);
        assertThat(reading.diagnostics()).noneMatch(d -> d.toString().contains("geheim"));
        assertThat(reading.passwords().size()).isEqualTo(1);
        assertThat(entry(reading.passwords(), "carl").secret()).isEqualTo("a");
        assertThat(reading.passwords().toString() + entry(reading.passwords(), "carl"))
                .isEqualTo("pool_passwd with 1 entriescarl (PLAIN)");
    }

    @Test
    void poolPasswdStandsBesidePgpoolConfAndNeedNotExist() throws Exception {
        Path conf = write("pgpool.conf", Configs.BACKENDS + "pool_passwd = 'users'\n");
        PgpoolConfig config = PgpoolConfig.read(conf).config().orElseThrow();
        assertThat(PoolPasswd.read(conf, config, PasswordKeyFile.none())
                        .passwords()
                        .size())
                .isZero();
        write("users", "anna:TEXTx\n");
        assertThat(PoolPasswd.read(conf, config, PasswordKeyFile.none())
                        .passwords()
                        .find("anna"))
                .isPresent();
    }

    @Test
    void pcpUsersHaveMd5Hashes() throws Exception {
        Path file = write(
                "pcp.conf",
                "# comment\nanna:E8A48653851E28C69D0506508FB27FC5\nbob:geheim\ncarl\nanna:00000000000000000000000000000000\n");
        PcpConf.Reading reading = PcpConf.read(file);
        assertThat(reading.users().hashes("anna"))
                .containsExactly("e8a48653851e28c69d0506508fb27fc5", "00000000000000000000000000000000");
        assertThat(reading.users().hashes("bob")).isEmpty();
        assertThat(reading.diagnostics()).noneMatch(d -> d.toString().contains("geheim"));
        assertThat(reading.diagnostics().stream().map(Diagnostic::toString))
                .containsExactly(
                        file
                                + ":3: error: the password of user \"bob\" is no md5 hash; allowed is 32 hexadecimal digits",
                        file
                                + ":4: error: user or password is missing; allowed is user:md5, md5 being 32 hexadecimal digits",
                        file + ":5: warning: user \"anna\" has an entry already; the passwords of both are taken");
    }

    @Test
    void theCheckCoversAllFilesAndFailsOnAnError() throws Exception {
        Path conf = write("pgpool.conf", Configs.BACKENDS);
        assertThat(new ConfigCheck(conf).run().exitStatus()).isZero();
        write("pool_hba.conf", "hosts\n");
        write("pcp.conf", "x\n");
        write("pool_passwd", "x\n");
        ConfigCheck.Outcome outcome = new ConfigCheck(conf).run();
        assertThat(outcome.exitStatus()).isEqualTo(1);
        assertThat(outcome.diagnostics())
                .extracting(d -> Path.of(d.location().file()).getFileName().toString())
                .containsExactly("pool_passwd", "pool_hba.conf", "pcp.conf");
    }

    @Test
    void aFileThatIsNamedMustExistAndAWarningAloneIsNoFailure() throws Exception {
        Path conf = write("pgpool.conf", Configs.BACKENDS + "nonsense = 1\n");
        ConfigCheck.Outcome warned = new ConfigCheck(conf).run();
        assertThat(warned.exitStatus()).isZero();
        assertThat(warned.diagnostics()).hasSize(1);
        Path missing = directory.resolve("none");
        Path asked = write("asked.conf", Configs.BACKENDS + "enable_pool_hba = on\n");
        assertThat(new ConfigCheck(asked).poolHba(missing).run().exitStatus()).isEqualTo(1);
        assertThat(new ConfigCheck(conf).pcpConf(missing).run().diagnostics())
                .last()
                .hasToString(missing + ":1: error: file " + missing + " does not exist");
    }
}
