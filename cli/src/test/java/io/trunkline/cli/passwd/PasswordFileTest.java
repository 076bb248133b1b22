package io.trunkline.cli.passwd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.trunkline.config.PoolPasswd;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.AlphaChars;
import net.jqwik.api.constraints.CharRange;
import net.jqwik.api.constraints.Size;
import net.jqwik.api.constraints.StringLength;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledIfSystemProperty;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PasswordFileTest {
    @TempDir
    Path directory;

    private Path conf = Path.of("");
    private Path file = Path.of("");

    @BeforeEach
    void makeConfiguration() throws IOException {
        conf = mode(Files.createFile(directory.resolve("pgpool.conf")), "rw-r--r--");
        file = directory.resolve("pool_passwd");
    }

    private static Path mode(Path path, String mode) throws IOException {
        return Files.setPosixFilePermissions(path, PosixFilePermissions.fromString(mode));
    }

    private static String modeOf(Path path) throws IOException {
        return PosixFilePermissions.toString(Files.getPosixFilePermissions(path));
    }

    private PasswordFile.Change put(String... pairs) throws IOException {
        Map<String, String> entries = new LinkedHashMap<>();
        for (int i = 0; i < pairs.length; i += 2) {
            entries.put(pairs[i], pairs[i + 1]);
        }
        return new PasswordFile(file, conf).put(entries);
    }

    private List<String> names() throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            return files.map(path -> path.getFileName().toString()).sorted().toList();
        }
    }

    @Test
    void usersAreReplacedInTheirLinesAndNewOnesComeLast() throws IOException {
        Files.writeString(file, "# users\nanna:old\n\nbert:b\nanna:second\n");
        assertThat(put("carl", "c", "anna", "new", "bert", "b")).isEqualTo(new PasswordFile.Change(1, 1, 1));
        assertThat(file).hasContent("# users\nanna:new\n\nbert:b\nanna:second\ncarl:c\n");
    }

    @Test
    void lastLineWithoutItsEndIsNotGluedToTheNextOne() throws IOException {
        Files.writeString(file, "anna:a");
        put("bert", "b");
        assertThat(file).hasContent("anna:a\nbert:b\n");
    }

    @Test
    void bytesOfOtherLinesStayAsTheyAre() throws IOException {
        byte[] odd = {'x', ':', (byte) 0xff, '\r', '\n', 0, '\n', '#', (byte) 0xc3, '\n'};
        Files.write(file, odd);
        put("anna", "a");
        assertThat(Files.readAllBytes(file)).startsWith(odd).endsWith("anna:a\n".getBytes(StandardCharsets.UTF_8));
    }

    @Test
    void nothingIsWrittenWhereNothingChanges() throws IOException {
        Files.writeString(file, "anna:a");
        Object inode = Files.getAttribute(file, "unix:ino");
        assertThat(put("anna", "a")).isEqualTo(new PasswordFile.Change(0, 0, 1));
        assertThat(Files.getAttribute(file, "unix:ino")).isEqualTo(inode);
    }

    @Test
    void namesWithSpecialCharactersAreReadBack() throws IOException {
        put("a:b", "TEXTx", "c\\", "TEXTy", "#d", "TEXTz");
        assertThat(put("a:b", "TEXTx2", "c\\", "TEXTy", "#d", "TEXTz2")).isEqualTo(new PasswordFile.Change(0, 2, 1));
        PoolPasswd passwords = PoolPasswd.read(file).passwords();
        assertThat(passwords.size()).isEqualTo(3);
        assertThat(passwords.find("a:b").orElseThrow().secret()).isEqualTo("x2");
        assertThat(passwords.find("c\\").orElseThrow().secret()).isEqualTo("y");
        assertThat(passwords.find("#d").orElseThrow().secret()).isEqualTo("z2");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "a\nb", "a\0b"})
    void nameThatNoLineCanHoldIsRefused(String user) {
        assertThatThrownBy(() -> put(user, "x")).isInstanceOf(IOException.class).hasMessageContaining("user name");
        assertThat(file).doesNotExist();
    }

    @ParameterizedTest
    @ValueSource(strings = {"rw-------", "rw-r-----", "rw-rw-rw-", "rwxr-x---"})
    void fileKeepsItsMode(String mode) throws IOException {
        mode(Files.writeString(file, "anna:a\n"), mode);
        put("anna", "b");
        assertThat(modeOf(file)).isEqualTo(mode);
        assertThat(file).hasContent("anna:b\n");
        assertThat(names()).containsExactly("pgpool.conf", "pool_passwd");
    }

    @Test
    void newFileIsForItsOwnerOnly() throws IOException {
        put("anna", "a");
        assertThat(modeOf(file)).startsWith("rw-").endsWith("---").doesNotContain("x");
        assertThat(file).hasContent("anna:a\n");
    }

    @Test
    @EnabledIfSystemProperty(named = "user.name", matches = "root")
    void filesThatRootWritesBelongToWhomTheyBelonged() throws IOException {
        int someone = 12345;
        mode(conf, "rw-r-----");
        Files.setAttribute(conf, "unix:gid", someone);
        put("anna", "a");
        assertThat(Files.getAttribute(file, "unix:gid")).isEqualTo(someone);
        assertThat(modeOf(file)).isEqualTo("rw-r-----");
        Files.setAttribute(file, "unix:uid", someone);
        put("anna", "b");
        assertThat(Files.getAttribute(file, "unix:uid")).isEqualTo(someone);
        assertThat(file).hasContent("anna:b\n");
    }

    @Test
    void linkStaysALinkAndItsTargetIsReplaced() throws IOException {
        Path target = Files.writeString(
                Files.createDirectory(directory.resolve("real")).resolve("users"), "anna:a\n");
        Files.createSymbolicLink(file, target);
        put("anna", "b");
        assertThat(file).isSymbolicLink();
        assertThat(target).hasContent("anna:b\n");
    }

    @Test
    void directoryThatIsMissingIsNamed() {
        file = directory.resolve("none/pool_passwd");
        assertThatThrownBy(() -> put("anna", "a"))
                .hasMessage("cannot write " + file + ": its directory does not exist");
    }

    @Test
    @DisabledIfSystemProperty(named = "user.name", matches = "root")
    void fileThatCannotBeReplacedStaysAsItIs() throws IOException {
        Files.writeString(file, "anna:a\n");
        mode(directory, "r-xr-xr-x");
        try {
            assertThatThrownBy(() -> put("anna", "b")).hasMessageStartingWith("cannot write " + file);
            assertThat(file).hasContent("anna:a\n");
        } finally {
            mode(directory, "rwxr-xr-x");
        }
    }

    @Test
    void commandsAtTheSameTimeLoseNoEntry() throws Exception {
        int processes = 4;
        int users = 20;
        List<Process> running = new ArrayList<>();
        for (int i = 0; i < processes; i++) {
            running.add(new ProcessBuilder(
                            Path.of(System.getProperty("java.home"), "bin", "java")
                                    .toString(),
                            "-XX:TieredStopAtLevel=1",
                            "-cp",
                            System.getProperty("java.class.path", ""),
                            PasswordFileTest.class.getName(),
                            file.toString(),
                            conf.toString(),
                            "user" + i + "_",
                            Integer.toString(users))
                    .inheritIO()
                    .start());
        }
        for (Process process : running) {
            assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
            assertThat(process.exitValue()).isZero();
        }
        assertThat(PoolPasswd.read(file).passwords().size()).isEqualTo(processes * users);
        assertThat(names()).containsExactly("pgpool.conf", "pool_passwd");
    }

    /** Adds users one by one. */
    public static void main(String[] arguments) throws IOException {
        PasswordFile target = new PasswordFile(Path.of(arguments[0]), Path.of(arguments[1]));
        for (int i = 0; i < Integer.parseInt(arguments[3]); i++) {
            target.put(Map.of(arguments[2] + i, "TEXTx"));
        }
    }

    @Property(tries = 50)
    void whatIsPutIsReadBackAndTheRestStays(
            @ForAll @Size(max = 8) List<@StringLength(min = 1, max = 3) @CharRange(from = '#', to = ':') String> first,
            @ForAll @Size(max = 8) List<@StringLength(min = 1, max = 3) @CharRange(from = '#', to = ':') String> second,
            @ForAll @AlphaChars @StringLength(min = 1, max = 5) String secret)
            throws IOException {
        Path home = Files.createTempDirectory("trunkline-passwd");
        try {
            Path owner = Files.createFile(home.resolve("pgpool.conf"));
            PasswordFile target = new PasswordFile(home.resolve("pool_passwd"), owner);
            Map<String, String> expected = new LinkedHashMap<>();
            first.forEach(user -> expected.put(user, "TEXTold"));
            target.put(expected);
            Map<String, String> changes = new LinkedHashMap<>();
            second.forEach(user -> changes.put(user, "TEXT" + secret));
            target.put(changes);
            expected.putAll(changes);
            PoolPasswd passwords = PoolPasswd.read(target.path()).passwords();
            assertThat(passwords.size()).isEqualTo(expected.size());
            expected.forEach((user, entry) -> assertThat(
                            "TEXT" + passwords.find(user).orElseThrow().secret())
                    .isEqualTo(entry));
        } finally {
            for (String name : List.of("pgpool.conf", "pool_passwd")) {
                Files.deleteIfExists(home.resolve(name));
            }
            Files.delete(home);
        }
    }
}
