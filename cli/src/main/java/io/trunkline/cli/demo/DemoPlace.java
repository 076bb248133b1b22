package io.trunkline.cli.demo;

import io.trunkline.cli.CommandFailure;
import io.trunkline.localcluster.FileTree;
import java.io.IOException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * The directory in which one user's demos are known by their ports: {@code PORT.properties} says where each is, {@code
 * PORT} has the files of one that is not kept. It is in the temporary directory, which the account of PostgreSQL can
 * reach, and there only while there are demos.
 */
final class DemoPlace {

    private static final String SUFFIX = ".properties";

    private final Path directory;

    DemoPlace(Path directory) {
        this.directory = directory;
    }

    static DemoPlace ofThisUser() {
        String user = System.getProperty("user.name", "unknown").replaceAll("[^A-Za-z0-9._-]", "_");
        return new DemoPlace(Path.of(System.getProperty("java.io.tmpdir", "/tmp"), "trunkline-demo-" + user));
    }

    /** Where a demo that is not kept has its files. */
    Path directoryFor(int port) {
        return directory.resolve(Integer.toString(port));
    }

    /** All demos that are known, by port, whether they still run or not. */
    List<DemoState> all() throws IOException {
        List<DemoState> states = new ArrayList<>();
        if (!Files.isDirectory(directory, LinkOption.NOFOLLOW_LINKS)) {
            return states;
        }
        requireOurs();
        try (DirectoryStream<Path> files = Files.newDirectoryStream(directory, "*" + SUFFIX)) {
            for (Path file : files) {
                states.add(DemoState.read(file));
            }
        }
        states.sort(Comparator.comparingInt(DemoState::port));
        return states;
    }

    Optional<DemoState> find(int port) throws IOException {
        return all().stream().filter(state -> state.port() == port).findFirst();
    }

    /** Makes a demo known; false where one of this port is known already. */
    boolean claim(DemoState state) throws IOException {
        FileTree.createReadable(directory);
        requireOurs();
        try {
            Files.writeString(
                    file(state.port()), state.text(), StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
            return true;
        } catch (FileAlreadyExistsException known) {
            return false;
        }
    }

    /** Replaces what is known of a demo. */
    void update(DemoState state) throws IOException {
        Path partial = directory.resolve(state.port() + ".new");
        Files.writeString(partial, state.text());
        Files.move(partial, file(state.port()), StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    /** Forgets a demo, and the place with the last one. */
    void forget(int port) throws IOException {
        Files.deleteIfExists(file(port));
        try {
            Files.deleteIfExists(directory);
        } catch (DirectoryNotEmptyException | NoSuchFileException othersAreThere) {
            // The last one takes it away.
        }
    }

    private Path file(int port) {
        return directory.resolve(port + SUFFIX);
    }

    /** Anybody can make a directory of this name; what is in one that is not ours is not to be believed. */
    private void requireOurs() throws IOException {
        if (!FileTree.isOurs(directory) || Files.isSymbolicLink(directory)) {
            throw new CommandFailure(directory + " belongs to another user; remove it");
        }
    }
}
