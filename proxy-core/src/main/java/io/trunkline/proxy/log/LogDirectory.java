package io.trunkline.proxy.log;

import io.trunkline.config.LoggingParameters;
import io.trunkline.config.PgpoolConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;

/**
 * {@code log_directory}.
 *
 * @param path relative names are relative to pgpool.conf
 * @param chosen whether pgpool.conf names it: the one by default anybody could have made, with a link to somebody's file
 *     in it
 */
public record LogDirectory(Path path, boolean chosen) {
    public static LogDirectory of(Path pgpoolConf, PgpoolConfig config) {
        return new LogDirectory(
                pgpoolConf
                        .toAbsolutePath()
                        .resolveSibling(config.get(LoggingParameters.LOG_DIRECTORY))
                        .normalize(),
                config.origin(LoggingParameters.LOG_DIRECTORY).isPresent());
    }

    /**
     * Makes the directory if it is not there, for its owner alone.
     *
     * @throws IOException if it cannot be made or written to, or may not be trusted; the message says so
     */
    public void prepare() throws IOException {
        if (!Files.exists(path)) {
            Files.createDirectory(
                    path, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        } else if (!chosen) {
            String owner = Files.getOwner(path).getName();
            if (!owner.equals(System.getProperty("user.name"))) {
                throw new IOException("log_directory " + path + " belongs to " + owner
                        + ": pgpool.conf has to name another directory");
            }
        }
        if (!Files.isWritable(path)) {
            throw new IOException("log_directory " + path + " cannot be written to");
        }
    }
}
