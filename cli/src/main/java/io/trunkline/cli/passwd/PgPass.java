package io.trunkline.cli.passwd;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.trunkline.cli.CommandFailure;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * libpq's password file: lines {@code host:port:database:user:password}, of which the first that fits counts (manual,
 * section "The Password File"). One that others can read is not used.
 */
final class PgPass {
    private static final Set<PosixFilePermission> TOO_MUCH = Set.of(
            PosixFilePermission.GROUP_READ,
            PosixFilePermission.GROUP_WRITE,
            PosixFilePermission.GROUP_EXECUTE,
            PosixFilePermission.OTHERS_READ,
            PosixFilePermission.OTHERS_WRITE,
            PosixFilePermission.OTHERS_EXECUTE);

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
            if (!Files.isRegularFile(file)) {
                return Optional.empty();
            }
            if (Files.getPosixFilePermissions(file).stream().anyMatch(TOO_MUCH::contains)) {
                throw new CommandFailure("password file " + file
                        + " is open to its group or to everybody, and so not used: make its mode 0600");
            }
            List<String> wanted = List.of(host, Integer.toString(port), database, user);
            for (String line : new String(Files.readAllBytes(file), UTF_8).split("\n", -1)) {
                List<String> fields = line.startsWith("#") ? List.of() : fields(line);
                if (fields.size() == wanted.size() + 1 && fits(fields, wanted)) {
                    return Optional.of(fields.get(wanted.size()));
                }
            }
            return Optional.empty();
        } catch (IOException e) {
            throw new CommandFailure("password file " + file + " cannot be read: " + e.getMessage(), e);
        }
    }

    private static boolean fits(List<String> fields, List<String> wanted) {
        for (int i = 0; i < wanted.size(); i++) {
            if (!fields.get(i).equals("*") && !fields.get(i).equals(wanted.get(i))) {
                return false;
            }
        }
        return true;
    }

    /** A backslash takes a colon, or another backslash, into a field. */
    private static List<String> fields(String line) {
        List<String> fields = new ArrayList<>();
        StringBuilder field = new StringBuilder();
        for (int i = 0; i < line.length(); i++) {
            char c = line.charAt(i);
            if (c == ':') {
                fields.add(field.toString());
                field.setLength(0);
                continue;
            }
            if (c == '\\' && i + 1 < line.length()) {
                i++;
            }
            field.append(line.charAt(i));
        }
        fields.add(field.toString());
        return fields;
    }
}
