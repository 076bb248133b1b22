package io.trunkline.cli.passwd;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.trunkline.cli.CommandFailure;
import io.trunkline.cli.program.PassFile;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** libpq's password file: lines {@code host:port:database:user:password}. */
final class PgPass {
    private final Path file;

    private PgPass(Path file) {
        this.file = file;
    }

    /** The file that PGPASSFILE names, else the one in the home directory. */
    static PgPass of(Map<String, String> environment) {
        String named = environment.getOrDefault("PGPASSFILE", "");
        return new PgPass(named.isEmpty() ? Path.of(System.getProperty("user.home", ""), ".pgpass") : Path.of(named));
    }

    /** The password for a connection; empty if no line fits. */
    Optional<String> find(String host, int port, String database, String user) {
        try {
            return PassFile.find(file, UTF_8, List.of(host, Integer.toString(port), database, user));
        } catch (PassFile.Unusable e) {
            throw new CommandFailure(String.valueOf(e.getMessage()), e);
        } catch (IOException e) {
            throw new CommandFailure("password file " + file + " cannot be read: " + e.getMessage(), e);
        }
    }
}
