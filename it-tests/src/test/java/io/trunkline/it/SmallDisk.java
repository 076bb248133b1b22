package io.trunkline.it;

import io.trunkline.localcluster.LocalNode;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Assumptions;

/**
 * A file system of its own for the write-ahead log of a server, that can be filled up. Needs the right to mount one; where
 * that is missing the test is skipped.
 */
final class SmallDisk implements AutoCloseable {
    private static final int MEGABYTES = 96;

    private final Path root;

    private SmallDisk(Path root) {
        this.root = root;
    }

    /** Moves the write-ahead log of a server there, which is stopped. */
    static SmallDisk forLogOf(LocalNode node) {
        Path log = node.dataDirectory().resolve("pg_wal");
        SmallDisk disk = new SmallDisk(node.dataDirectory().resolveSibling("disk" + node.id()));
        try {
            Files.createDirectories(disk.root);
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
        Assumptions.assumeTrue(
                run("mount", "-t", "tmpfs", "-o", "mode=777,size=" + MEGABYTES + "m", "none", disk.root) == 0,
                "file systems cannot be mounted here");
        try {
            succeed("cp", "-a", log, disk.root.resolve("wal"));
            succeed("rm", "-r", log);
            succeed("ln", "-s", disk.root.resolve("wal"), log);
            return disk;
        } catch (AssertionError failure) {
            disk.close();
            throw failure;
        }
    }

    /** Leaves no byte free. */
    void fill() {
        byte[] block = new byte[1 << 16];
        try (OutputStream file = Files.newOutputStream(root.resolve("filler"))) {
            while (Files.getFileStore(root).getUsableSpace() > 0) {
                file.write(block, 0, (int)
                        Math.min(block.length, Files.getFileStore(root).getUsableSpace()));
            }
        } catch (IOException full) {
            // somebody else has taken the last bytes
            return;
        }
    }

    private static void succeed(Object... command) {
        ended(command).succeeded();
    }

    private static int run(Object... command) {
        return ended(command).exit();
    }

    private static External.Ended ended(Object... command) {
        return External.run(
                Map.of(), "", List.of(command).stream().map(Object::toString).toList());
    }

    /** It is gone when nothing uses it any more. */
    @Override
    public void close() {
        run("umount", "-l", root);
    }
}
