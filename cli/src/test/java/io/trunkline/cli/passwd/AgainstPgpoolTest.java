package io.trunkline.cli.passwd;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The same command lines for our programs and for those of Pgpool-II, where those are installed. */
class AgainstPgpoolTest {
    private static final String LONG = "p".repeat(128);
    private static final String TOO_LONG = LONG + "p";

    @TempDir
    Path directory;

    /** Command lines with the same output, status and file; DIR is a directory. */
    static List<String> sameCommands() {
        return List.of(
                "pg_md5 secret",
                "pg_md5 a b",
                "pg_md5 -",
                "pg_md5 -- -x",
                "pg_md5 " + LONG,
                "pg_md5 -u " + LONG + " x",
                "pg_md5 -u " + TOO_LONG + " x",
                "pg_md5 -u nobody secret",
                "pg_md5 -m -f DIR/pgpool.conf -u anna secret",
                "pg_md5 secret -m --config-file=DIR/pgpool.conf --username new",
                "pg_md5 --md5 --conf DIR/pgpool.conf --user=new secret",
                "pg_md5 -mfDIR/pgpool.conf -ubert secret",
                "pg_md5 -m -f DIR/pgpool.conf secret",
                "pg_md5 -m -f DIR/none.conf -u anna secret",
                "pg_md5 -m -f DIR/wrong.conf -u anna secret",
                "pg_md5 -i DIR/pairs",
                "pg_md5 -i DIR/bytes",
                "pg_md5 -i DIR/none",
                "pg_md5 -m -f DIR/pgpool.conf -i DIR/pairs",
                "pg_md5 -m -f DIR/pgpool.conf -i DIR/bytes",
                "pg_md5 -m -f DIR/none.conf -i DIR/pairs",
                "pg_md5 -p",
                "pg_md5 -p -m -f DIR/pgpool.conf -u anna",
                "pg_enc",
                "pg_enc -P secret",
                "pg_enc -K key secret",
                "pg_enc -K key -- -secret",
                "pg_enc -K key " + LONG,
                "pg_enc -K " + LONG + LONG + TOO_LONG + " secret",
                "pg_enc --enc-key=key secret",
                "pg_enc -k DIR/key secret",
                "pg_enc -k DIR/crlf secret",
                "pg_enc -k DIR/blank secret",
                "pg_enc -k DIR/long secret",
                "pg_enc -k DIR/none secret",
                "pg_enc -k DIR/empty secret",
                "pg_enc -K key -k DIR/none secret",
                "pg_enc -m -K key -f DIR/pgpool.conf -u anna secret",
                "pg_enc --update-pass -K key --config-file DIR/pgpool.conf --username new secret",
                "pg_enc -m -K key -f DIR/pgpool.conf secret",
                "pg_enc -m -k DIR/none -f DIR/pgpool.conf -u anna secret",
                "pg_enc -m -K key -f DIR/none.conf -u anna secret",
                "pg_enc -K key -i DIR/pairs",
                "pg_enc -K key -i DIR/bytes",
                "pg_enc -K key -p -i DIR/pairs",
                "pg_enc -K key -i DIR/none",
                "pg_enc -k DIR/none -i DIR/pairs",
                "pg_enc -m -K key -f DIR/pgpool.conf -i DIR/pairs",
                "pg_enc -m -k DIR/key -f DIR/pgpool.conf -i DIR/bytes",
                "pg_enc -m -K key -f DIR/none.conf -i DIR/pairs");
    }

    @ParameterizedTest
    @MethodSource("sameCommands")
    void outputStatusAndFileAreTheSame(String command) throws Exception {
        Programs.Result theirs = runTheirs(command);
        Programs.Result ours = runOurs(command);

        assertThat(ours.status()).isEqualTo(theirs.status());
        assertThat(plain(ours.out(), "ours")).isEqualTo(plain(theirs.out(), "theirs"));
        // ours may say more of the reason
        assertThat(plain(ours.err(), "ours")).startsWith(plain(theirs.err(), "theirs"));
        assertThat(ours.err().isEmpty()).isEqualTo(theirs.err().isEmpty());
        assertThat(Files.readAllBytes(directory.resolve("ours/pool_passwd")))
                .isEqualTo(Files.readAllBytes(directory.resolve("theirs/pool_passwd")));
        assertThat(Files.getPosixFilePermissions(directory.resolve("ours/pool_passwd")))
                .isEqualTo(Files.getPosixFilePermissions(directory.resolve("theirs/pool_passwd")));
    }

    /** Help has its own words, in the same place. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "pg_md5",
                "pg_md5 -h",
                "pg_md5 --help secret",
                "pg_md5 -x secret",
                "pg_md5 --nonsense secret",
                "pg_md5 -mz",
                "pg_md5 -u",
                "pg_md5 --user",
                "pg_md5 --help=3",
                "pg_md5 "
                        + "ppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppp"
                        + "pppppppppppppppppppppppppppppppppppppp",
                "pg_enc -h",
                "pg_enc -x",
                "pg_enc -K",
                "pg_enc --p",
                "pg_enc -K key "
                        + "ppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppp"
                        + "pppppppppppppppppppppppppppppppppppppp",
            })
    void wrongCommandLinesShowTheHelpWithTheSameStatus(String command) throws Exception {
        Programs.Result theirs = runTheirs(command);
        Programs.Result ours = runOurs(command);

        assertThat(ours.status()).isEqualTo(theirs.status());
        assertThat(ours.out().contains("Usage:")).isEqualTo(theirs.out().contains("Usage:"));
        assertThat(ours.err().contains("Usage:")).isEqualTo(theirs.err().contains("Usage:"));
        String complaint = plain(theirs.err(), "theirs").lines().findFirst().orElse("");
        if (!complaint.contains("pgpool-II version")) {
            assertThat(plain(ours.err(), "ours").lines().findFirst().orElse("")).isEqualTo(complaint);
        }
    }

    @Test
    void keyFileThatOthersCanReadIsWarnedAboutByBoth() throws Exception {
        String command = "pg_enc -k DIR/open secret";
        Programs.Result theirs = runTheirs(command);
        Programs.Result ours = runOurs(command);
        assertThat(ours.status()).isEqualTo(theirs.status()).isZero();
        assertThat(plain(ours.out(), "ours")).isEqualTo(plain(theirs.out(), "theirs"));
        assertThat(theirs.err()).startsWith("WARNING");
        assertThat(ours.err()).startsWith("WARNING").contains("0644");
    }

    private Programs.Result runTheirs(String command) throws Exception {
        List<String> words = words(command, prepare("theirs"));
        Path program = Programs.find(words.get(0));
        assumeTrue(Files.isExecutable(program), "Pgpool-II is not installed");
        words.set(0, program.toString());
        return Programs.pgpools(words);
    }

    private Programs.Result runOurs(String command) throws IOException {
        return Programs.ours(words(command, prepare("ours")));
    }

    private static List<String> words(String command, Path files) {
        return new ArrayList<>(List.of(command.replace("DIR", files.toString()).split(" ")));
    }

    /** Without what differs from run to run: the directory, process ids, and the path of the program. */
    private String plain(String text, String who) {
        return text.replace(directory.resolve(who).toString(), "DIR")
                .replaceAll("pid \\d+", "pid N")
                .replaceAll("(?m)^/\\S*/(pg_md5|pg_enc):", "$1:")
                .stripTrailing();
    }

    private Path prepare(String name) throws IOException {
        Path files = Files.createDirectory(directory.resolve(name));
        Files.writeString(files.resolve("pgpool.conf"), "backend_hostname0 = 'localhost'\nbackend_port0 = 5432\n");
        Files.writeString(files.resolve("wrong.conf"), "port = abc\nnonsense\nlisten_adresses = 'x'\n");
        write(files, "pool_passwd", "bert:md5old\nanna:TEXTold\n\ncarl:TEXTc\nanna:second\n", "rw-r-----");
        Files.writeString(
                files.resolve("pairs"), "u1:p1\n\nu2:p:2\nnopassword\nu3:\n:p4\nanna:p5\nu:" + TOO_LONG + "\nu1:again");
        Files.write(files.resolve("bytes"), ("anna:p\u00e4sswort \u20ac\n").getBytes(UTF_8));
        Files.write(files.resolve("bytes"), "bj\u00f6rn:p\u00e4ss\r\n".getBytes(ISO_8859_1), StandardOpenOption.APPEND);
        write(files, "key", "thekey\n", "rw-------");
        write(files, "crlf", "thekey\r\n", "rw-------");
        write(files, "blank", "\nthekey\n", "rw-------");
        write(files, "long", "k".repeat(300) + "\n", "rw-------");
        write(files, "empty", "", "rw-------");
        write(files, "open", "thekey\n", "rw-r--r--");
        return files;
    }

    private static void write(Path files, String name, String text, String mode) throws IOException {
        Files.setPosixFilePermissions(
                Files.writeString(files.resolve(name), text), PosixFilePermissions.fromString(mode));
    }
}
