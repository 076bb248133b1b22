package io.trunkline.localcluster;

import java.io.IOException;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Properties;

/**
 * The file that says that the cluster in a directory was finished, and what it is.
 *
 * @param nodes how many there are
 * @param major the major version of PostgreSQL that made them
 */
record ClusterMark(int nodes, int major) {

    private static final String FILE = "cluster.properties";

    static Optional<ClusterMark> read(Path directory) {
        Properties properties = new Properties();
        try (Reader reader = Files.newBufferedReader(directory.resolve(FILE))) {
            properties.load(reader);
            return Optional.of(new ClusterMark(
                    Integer.parseInt(properties.getProperty("nodes", "")),
                    Integer.parseInt(properties.getProperty("postgresql", ""))));
        } catch (IOException | IllegalArgumentException noneOrDamaged) {
            return Optional.empty();
        }
    }

    void write(Path directory) throws IOException {
        Files.writeString(directory.resolve(FILE), "nodes=" + nodes + "\npostgresql=" + major + "\n");
    }
}
