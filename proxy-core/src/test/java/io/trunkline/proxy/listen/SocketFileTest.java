package io.trunkline.proxy.listen;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.netty.channel.ServerChannel;
import io.trunkline.pool.Transport;
import io.trunkline.pool.UnixListener;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SocketFileTest {
    private static final int PORT = 9999;
    private static final SocketAccess OPEN = new SocketAccess("unix_socket_directories", "", 0777);

    @TempDir
    private Path directory;

    private static UnixListener listener(String transport) {
        Transport chosen = transport.equals("nio") ? Transport.nio() : Transport.best();
        assumeThat(chosen.name()).isEqualTo(transport);
        return chosen.unixListener();
    }

    private SocketFile open(String transport, SocketAccess access) throws IOException {
        return SocketFile.open(listener(transport), directory, PORT, 128, access);
    }

    private SocketFile open() throws IOException {
        return open("nio", OPEN);
    }

    private Path socket() {
        return directory.resolve(".s.PGSQL.9999");
    }

    private Path lock() {
        return directory.resolve(".s.PGSQL.9999.lock");
    }

    private static SocketChannel connect(Path socket) throws IOException {
        return SocketChannel.open(UnixDomainSocketAddress.of(socket));
    }

    private Stream<String> files() throws IOException {
        try (Stream<Path> all = Files.list(directory)) {
            return all.map(file -> file.getFileName().toString()).sorted().toList().stream();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"epoll", "nio"})
    void theSocketHasItsPermissionsAndALockFileAndBothGoInTheEnd(String transport) throws IOException {
        SocketFile socket = open(transport, new SocketAccess("unix_socket_directories", "", 0751));

        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(socket())))
                .isEqualTo("rwxr-x--x");
        assertThat(files()).containsExactly(".s.PGSQL.9999", ".s.PGSQL.9999.lock");
        assertThat(lock()).hasContent(ProcessHandle.current().pid() + "\n");
        connect(socket()).close();

        socket.close();
        assertThat(files()).isEmpty();
        open(transport, OPEN).close();
    }

    @ParameterizedTest
    @ValueSource(strings = {"epoll", "nio"})
    void nobodyCanConnectUnderTheNameBeforeOwnerAndPermissionsArePut(String transport) throws Exception {
        Path socket = socket();
        boolean[] prepared = new boolean[1];

        ServerChannel channel = listener(transport).listen(socket, 5, made -> {
            assertThatIOException().isThrownBy(() -> connect(socket));
            if (!made.equals(socket)) {
                assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(made.getParent())))
                        .isEqualTo("rwx------");
            }
            prepared[0] = true;
        });

        channel.unsafe().closeForcibly();
        assertThat(prepared[0]).isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"epoll", "nio"})
    void whatPreparationRefusesIsNotLeftBehind(String transport) throws IOException {
        UnixListener listener = listener(transport);
        assertThatIOException()
                .isThrownBy(() -> listener.listen(socket(), 5, made -> {
                    throw new IOException("no");
                }))
                .withMessage("no");
        assertThat(files()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"epoll", "nio"})
    void theLongestPathIsPossibleAndALongerOneIsRefused(String transport) throws IOException {
        String name = "x".repeat(107 - directory.toString().length() - "//.s.PGSQL.1".length());
        Path longest = Files.createDirectory(directory.resolve(name));
        Path tooLong = Files.createDirectory(directory.resolve(name + "x"));

        SocketFile socket = SocketFile.open(listener(transport), longest, 1, 128, OPEN);
        assertThat(socket.path()).exists();
        assertThat(socket.channel().isActive()).isTrue();
        socket.close();

        assertThatIOException()
                .isThrownBy(() -> SocketFile.open(listener(transport), tooLong, 1, 128, OPEN))
                .withMessage("parameter \"unix_socket_directories\": the socket " + tooLong
                        + "/.s.PGSQL.1 cannot be made: the path has 108 bytes, possible are at most 107");
    }

    @Test
    void theGroupIsTakenByNameAndByNumber() throws IOException {
        var attributes = Files.readAttributes(directory, "unix:gid,group");
        String number = String.valueOf(attributes.get("gid"));
        String name = String.valueOf(attributes.get("group"));
        for (String group : new String[] {number, name}) {
            SocketFile socket = open("nio", new SocketAccess("unix_socket_directories", group, 0770));
            assertThat(Files.getAttribute(socket(), "unix:gid")).hasToString(number);
            socket.close();
        }
    }

    @Test
    void aGroupThatIsNotThereIsRefused() throws IOException {
        assertThatIOException()
                .isThrownBy(() -> open("nio", new SocketAccess("unix_socket_directories", "no_such_group", 0770)))
                .withMessage("parameter \"unix_socket_group\": there is no group \"no_such_group\"");
        assertThat(files()).isEmpty();
    }

    @Test
    void aDirectoryThatIsNotThereIsRefused() {
        Path missing = directory.resolve("missing");
        assertThatIOException()
                .isThrownBy(() -> SocketFile.open(listener("nio"), missing, PORT, 128, OPEN))
                .withMessage("parameter \"unix_socket_directories\": the socket " + missing
                        + "/.s.PGSQL.9999 cannot be made: the directory does not exist");
    }

    @Test
    void aDirectoryInWhichNothingCanBeMadeIsRefused() {
        Path proc = Path.of("/proc/self");
        assumeThat(proc).exists();
        assertThatIOException()
                .isThrownBy(() -> SocketFile.open(listener("nio"), proc, PORT, 128, OPEN))
                .withMessageStartingWith("parameter \"unix_socket_directories\": the socket /proc/self/.s.PGSQL.9999"
                        + " cannot be made: ");
    }

    @Test
    void theSocketOfARunningServerIsRefusedWithItsProcessId() throws Exception {
        long parent = ProcessHandle.current().parent().orElseThrow().pid();
        Files.writeString(lock(), parent + "\n/some/where\n");

        assertThatIOException()
                .isThrownBy(this::open)
                .withMessage("parameter \"unix_socket_directories\": the socket " + socket()
                        + " cannot be made: process " + parent + " is using it (lock file " + lock() + ")");
        assertThat(files()).containsExactly(".s.PGSQL.9999.lock");
    }

    @Test
    void theFilesOfAKilledServerAreReplaced() throws Exception {
        Process ended = new ProcessBuilder("true").start();
        ended.waitFor();
        Files.writeString(lock(), ended.pid() + "\n");
        leaveSocketBehind();

        SocketFile socket = open();
        connect(socket()).close();
        assertThat(lock()).hasContent(ProcessHandle.current().pid() + "\n");
        socket.close();
    }

    @Test
    void aProcessThatHasGotTheNumberOfAKilledServerHoldsNothing() throws Exception {
        Process other = new ProcessBuilder("sleep", "60").start();
        try {
            Files.writeString(lock(), other.pid() + "\n");
            Files.setLastModifiedTime(lock(), FileTime.from(Instant.now().minus(Duration.ofMinutes(1))));

            open().close();
        } finally {
            other.destroyForcibly();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "what\n", "-1\n"})
    void aLockFileWithoutAProcessHoldsNothing(String content) throws IOException {
        Files.writeString(lock(), content);

        open().close();
    }

    @Test
    void aServerWithoutALockFileIsFoundAllTheSame() throws IOException {
        try (ServerSocketChannel other = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            other.bind(UnixDomainSocketAddress.of(socket()));

            assertThatIOException()
                    .isThrownBy(this::open)
                    .withMessageEndingWith("cannot be made: another server is listening on it");
        }
        assertThat(files()).containsExactly(".s.PGSQL.9999");
    }

    @Test
    void aFileThatIsNoSocketIsNotRemoved() throws IOException {
        Files.writeString(socket(), "precious");

        assertThatThrownBy(this::open).hasMessageEndingWith("there is a file of that name that is no socket");
        assertThat(socket()).hasContent("precious");
        assertThat(lock()).doesNotExist();
    }

    @Test
    void touchingMakesTheLockFileYoung() throws IOException {
        SocketFile socket = open();
        Files.setLastModifiedTime(lock(), FileTime.from(Instant.EPOCH));

        socket.touch();

        assertThat(Files.getLastModifiedTime(lock()).toInstant())
                .isAfter(Instant.now().minusSeconds(60));
        socket.close();
    }

    private void leaveSocketBehind() throws IOException {
        try (ServerSocketChannel killed = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            killed.bind(UnixDomainSocketAddress.of(socket()));
        }
        assertThat(socket()).exists();
    }
}
