package io.trunkline.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.AlphaChars;
import net.jqwik.api.constraints.StringLength;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Passwords in the AES form, in pool_passwd and in pgpool.conf, and the file with their key. */
class EncryptedPasswordsTest {
    /** {@code secret} with the key {@code thekey}. */
    private static final String SECRET = "AESjxddJAjYgkQUsTBNWr1WEg==";

    @TempDir
    Path directory;

    private Path write(String name, String text) throws IOException {
        return mode(Files.writeString(directory.resolve(name), text), "rw-------");
    }

    private static Path mode(Path file, String mode) throws IOException {
        return Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(mode));
    }

    private static List<String> texts(List<Diagnostic> diagnostics) {
        return diagnostics.stream().map(Diagnostic::toString).toList();
    }

    @ParameterizedTest
    @ValueSource(strings = {"thekey", "thekey\n", "thekey\nanother line\n"})
    void entryIsReadWithTheFirstLineOfTheKeyFile(String text) throws Exception {
        PasswordKeyFile key = PasswordKeyFile.of(write("key", text));
        PoolPasswd.Reading reading = PoolPasswd.read(write("pool_passwd", "anna:" + SECRET + "\n"), key);
        assertThat(reading.diagnostics()).isEmpty();
        assertThat(reading.passwords().find("anna")).hasValueSatisfying(entry -> {
            assertThat(entry.form()).isEqualTo(PoolPasswd.Form.PLAIN);
            assertThat(entry.secret()).isEqualTo("secret");
            assertThat(entry.isUsable()).isTrue();
            assertThat(entry).hasToString("anna (PLAIN)");
        });
    }

    @Test
    void entryWithoutKeyFileNamesTheFile() throws Exception {
        Path key = directory.resolve("none");
        Path file = write("pool_passwd", "anna:TEXTx\nbert:" + SECRET + "\n");
        PoolPasswd.Reading reading = PoolPasswd.read(file, PasswordKeyFile.of(key));
        assertThat(texts(reading.diagnostics()))
                .containsExactly(file
                        + ":2: warning: the entry of user \"bert\" is AES-encrypted, and there is no key file " + key);
        assertThat(reading.passwords().find("bert"))
                .hasValueSatisfying(entry -> assertThat(entry.isUsable()).isFalse());
        assertThat(reading.passwords().find("anna")).isPresent();
    }

    @ParameterizedTest
    @CsvSource({
        "jxddJAjYgkQUsTBNWr1WEg==, anotherkey, cannot be decrypted with the key of key file KEY",
        "OPIUM, thekey, cannot be decrypted with the key of key file KEY",
        "icAOnqndMzT+lNgJoARuCQ==, thekey, what was encrypted is an empty password",
    })
    void entryThatCannotBeDecryptedSaysWhyAndIsNotUsed(String encrypted, String key, String why) throws Exception {
        Path keyFile = write("key", key);
        Path file = write("pool_passwd", "anna:AES" + encrypted + "\n");
        PoolPasswd.Reading reading = PoolPasswd.read(file, PasswordKeyFile.of(keyFile));
        assertThat(texts(reading.diagnostics()))
                .containsExactly(file + ":1: warning: the entry of user \"anna\" is AES-encrypted, and "
                        + why.replace("KEY", keyFile.toString()));
        assertThat(reading.passwords().find("anna"))
                .hasValueSatisfying(entry -> assertThat(entry.isUsable()).isFalse());
    }

    @Test
    void whatIsNoTextIsTakenForTheOutcomeOfAWrongKey() throws Exception {
        byte[] noise = {(byte) 0xc3, 0x28};
        String encrypted =
                PasswordKey.of("thekey".getBytes(StandardCharsets.UTF_8)).encrypt(noise);
        Path file = write("pool_passwd", "anna:AES" + encrypted + "\n");
        PoolPasswd.Reading reading = PoolPasswd.read(file, PasswordKeyFile.of(write("key", "thekey")));
        assertThat(texts(reading.diagnostics())).singleElement().asString().endsWith("it is no UTF-8 text");
    }

    @ParameterizedTest
    @CsvSource({"rw-r-----,0640", "rw----r--,0604", "rw--w----,0620", "rwxrwxrwx,0777"})
    void keyFileOpenToOthersIsUsedAndWarnedAbout(String mode, String octal) throws Exception {
        Path key = mode(write("key", "thekey"), mode);
        PoolPasswd.Reading reading =
                PoolPasswd.read(write("pool_passwd", "anna:" + SECRET + "\n"), PasswordKeyFile.of(key));
        assertThat(texts(reading.diagnostics()))
                .containsExactly(key + ":1: warning: the file has mode " + octal
                        + ", open to its group or to everybody; it should be 0600 or less");
        assertThat(reading.passwords().find("anna"))
                .hasValueSatisfying(entry -> assertThat(entry.secret()).isEqualTo("secret"));
    }

    @Test
    void keyFileIsOfNoInterestWhereNothingIsEncrypted() throws Exception {
        Path key = mode(write("key", "thekey"), "rw-rw-rw-");
        Path file = write("pool_passwd", "anna:TEXTAES\n");
        assertThat(PoolPasswd.read(file, PasswordKeyFile.of(key)).diagnostics()).isEmpty();
        assertThat(PoolPasswd.read(file, PasswordKeyFile.of(directory.resolve("none")))
                        .diagnostics())
                .isEmpty();
    }

    @Test
    void keyFileMustBeAFileWithAKey() throws Exception {
        assertThat(PasswordKeyFile.of(directory).read().problem()).endsWith("is not a plain file");
        assertThat(PasswordKeyFile.of(write("empty", "")).read().problem()).endsWith("is empty");
        PasswordKeyFile.Reading blank =
                PasswordKeyFile.of(write("blank", "\nthekey\n")).read();
        assertThat(blank.key()).isPresent();
        assertThat(blank.problem()).isEmpty();
    }

    @Test
    void keyIsCutWherePgpoolCutsIt() throws Exception {
        PasswordKeyFile file = PasswordKeyFile.of(write("key", "k".repeat(300) + "\n"));
        byte[] text = "k".repeat(255).getBytes(StandardCharsets.UTF_8);
        byte[] password = {'x'};
        assertThat(file.read().key().orElseThrow().encrypt(password))
                .isEqualTo(PasswordKey.of(text).encrypt(password));
    }

    @Test
    void environmentNamesTheKeyFile() {
        Map<String, String> environment = new HashMap<>();
        assertThat(PasswordKeyFile.ofAccount(environment).path())
                .contains(Path.of(System.getProperty("user.home"), ".pgpoolkey"));
        environment.put("PGPOOLKEYFILE", "/etc/key");
        assertThat(PasswordKeyFile.ofAccount(environment).path()).contains(Path.of("/etc/key"));
        environment.put("PGPOOLKEYFILE", "");
        assertThat(PasswordKeyFile.ofAccount(environment).path()).isEmpty();
    }

    @Test
    void passwordsOfParametersAreReadLikeThoseOfPoolPasswd() throws Exception {
        Path conf = write("pgpool.conf", Configs.BACKENDS + "sr_check_password = '" + SECRET + "'\n");
        PgpoolConfig config = PgpoolConfig.read(conf).config().orElseThrow();
        PoolPasswd.Reading reading = PoolPasswd.read(conf, config, PasswordKeyFile.of(write("key", "thekey")));
        assertThat(reading.diagnostics()).isEmpty();
        PoolPasswd passwords = reading.passwords();
        assertThat(passwords.find("anna", SECRET))
                .hasValueSatisfying(entry -> assertThat(entry.secret()).isEqualTo("secret"));
        assertThat(passwords.find("anna", "TEXTAESx").orElseThrow().secret()).isEqualTo("AESx");
        assertThat(passwords.find("anna", "plain\\").orElseThrow().secret()).isEqualTo("plain\\");
        assertThat(passwords.find("anna", "SCRAM-SHA-256$x")).isEmpty();
        assertThat(passwords.find("anna", "")).isEmpty();
    }

    @Test
    void passwordsOfParametersThatCannotBeDecryptedAreToldWithTheirLines() throws Exception {
        String text = Configs.BACKENDS + "recovery_password = 'AESgeheim'\nhealth_check_password1 = 'AESgeheim'\n"
                + "sr_check_password = 'TEXTAESx'\nwd_authkey = 'AES is no password'\n";
        Path conf = write("pgpool.conf", text);
        int line = (int) Configs.BACKENDS.lines().count();
        Path key = write("key", "thekey");
        List<String> found = texts(new ConfigCheck(conf).keyFile(key).run().diagnostics()).stream()
                .filter(diagnostic -> diagnostic.contains("AES"))
                .toList();
        String why = "the password is AES-encrypted, and cannot be decrypted with the key of key file " + key;
        assertThat(found)
                .containsExactly(
                        conf + ":" + (line + 1) + ": warning: parameter \"recovery_password\": " + why,
                        conf + ":" + (line + 2) + ": warning: parameter \"health_check_password1\": " + why);
    }

    @Test
    void poolPasswdOpenToOthersIsReadAndWarnedAbout() throws Exception {
        Path file = mode(write("pool_passwd", "anna:TEXTx\n"), "rw-r--r--");
        PoolPasswd.Reading reading = PoolPasswd.read(file);
        assertThat(texts(reading.diagnostics()))
                .containsExactly(file + ":1: warning: the file has mode 0644, open to its group or to everybody;"
                        + " it should be 0600 or less, or 0640 if it belongs to root");
        assertThat(reading.passwords().find("anna")).isPresent();
    }

    @ParameterizedTest
    @CsvSource({
        "600,true,false",
        "640,true,false",
        "640,false,true",
        "400,false,false",
        "660,true,true",
        "644,true,true"
    })
    void groupMayReadAFileOfRoot(String octal, boolean ofRoot, boolean warned) {
        FileMode mode = new FileMode(Integer.parseInt(octal, 8), ofRoot);
        assertThat(mode.warningUnlessPrivate(directory).isPresent()).isEqualTo(warned);
    }

    @Test
    void backslashTakesAColonIntoNameOrPassword() throws Exception {
        Path file = write("pool_passwd", "a\\:b:TEXTc\\:d\\\\\n\\#c:TEXTx\n#comment:x\n");
        PoolPasswd.Reading reading = PoolPasswd.read(file);
        assertThat(reading.diagnostics()).isEmpty();
        assertThat(reading.passwords().size()).isEqualTo(2);
        assertThat(reading.passwords().find("a:b").orElseThrow().secret()).isEqualTo("c:d\\");
        assertThat(reading.passwords().find("#c")).isPresent();
    }

    @Property
    void escapedNameIsReadBack(@ForAll String user) {
        String line = PoolPasswdLine.escape(user) + ":x:y";
        int colon = PoolPasswdLine.colon(line);
        assertThat(line.substring(colon)).isEqualTo(":x:y");
        assertThat(PoolPasswdLine.unescape(line.substring(0, colon))).isEqualTo(user);
        assertThat(line).doesNotStartWith("#");
    }

    @Property(tries = 20)
    void secretsAreNeverPrinted(@ForAll @AlphaChars @StringLength(min = 20, max = 40) String secret) throws Exception {
        Path home = Files.createTempDirectory("trunkline-config");
        try {
            String encrypted = PasswordKey.of("k".getBytes(StandardCharsets.UTF_8))
                    .encrypt(secret.getBytes(StandardCharsets.UTF_8));
            Path file = Files.writeString(
                    home.resolve("pool_passwd"), "a:AES" + encrypted + "\nb:AES" + secret + "\nc:" + secret + "\n");
            Path key = Files.writeString(home.resolve("key"), "k");
            PoolPasswd.Reading reading = PoolPasswd.read(file, PasswordKeyFile.of(key));
            assertThat(reading.passwords().find("a").orElseThrow().secret()).isEqualTo(secret);
            String printed = reading
                    + reading.passwords().toString()
                    + reading.passwords().find("a")
                    + reading.passwords().find("b")
                    + reading.passwords().find("c", secret);
            assertThat(printed).doesNotContain(secret).doesNotContain(encrypted);
        } finally {
            for (String name : List.of("pool_passwd", "key")) {
                Files.deleteIfExists(home.resolve(name));
            }
            Files.delete(home);
        }
    }
}
