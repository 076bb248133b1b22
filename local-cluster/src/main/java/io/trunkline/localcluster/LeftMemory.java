package io.trunkline.localcluster;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/**
 * The small System V memory segment that a killed server leaves for its successor to find. Where there is to be no
 * successor it would stay until the next boot, and a system has only so many.
 */
final class LeftMemory {

    private static final Path SEGMENTS = Path.of("/proc/sysvipc/shm");

    private LeftMemory() {}

    /** Removes the segment that the lock file of an ended server names, if it is still that server's and unused. */
    static void release(Path dataDirectory) {
        try {
            // Lines 1 and 7 of postmaster.pid: the process, and key and number of the segment.
            List<String> lock = Files.readAllLines(dataDirectory.resolve("postmaster.pid"));
            String[] segment = lock.get(6).strip().split(" +", -1);
            boolean leftByIt = Files.readAllLines(SEGMENTS).stream()
                    .skip(1)
                    .map(line -> line.strip().split(" +", -1))
                    .anyMatch(row -> row[0].equals(segment[0])
                            && row[1].equals(segment[1])
                            && row[4].equals(lock.get(0).strip())
                            && row[6].equals("0"));
            if (leftByIt) {
                Command.run(Duration.ofSeconds(10), List.of("ipcrm", "-m", segment[1]));
            }
        } catch (IOException | IndexOutOfBoundsException | LocalClusterException nothingThatWeKnowOf) {
            // No lock file, no segment in it, or a system without these: nothing to release.
        }
    }
}
