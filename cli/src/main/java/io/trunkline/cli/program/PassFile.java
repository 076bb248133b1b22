package io.trunkline.cli.program;

import java.io.IOException;
import java.nio.charset.Charset;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * A file of passwords in the form of libpq's (manual, section "The Password File"): lines of fields with colons between
 * them, of which the last is the password and a {@code *} before it fits everything. One that others can read is not used.
 */
public final class PassFile {
    /** The message says why, and what to do. */
    public static final class Unusable extends IOException {
        private static final long serialVersionUID = 1L;

        Unusable(String message) {
            super(message);
        }
    }

    private static final Set<PosixFilePermission> TOO_MUCH = Set.of(
            PosixFilePermission.GROUP_READ,
            PosixFilePermission.GROUP_WRITE,
            PosixFilePermission.GROUP_EXECUTE,
            PosixFilePermission.OTHERS_READ,
            PosixFilePermission.OTHERS_WRITE,
            PosixFilePermission.OTHERS_EXECUTE);

    private PassFile() {}

    /**
     * The password of the first line that fits; empty if none does, or there is no file.
     *
     * @param wanted the fields before the password
     * @throws Unusable if others can read the file
     */
    public static Optional<String> find(Path file, Charset charset, List<String> wanted) throws IOException {
        if (!Files.isRegularFile(file)) {
            return Optional.empty();
        }
        if (Files.getPosixFilePermissions(file).stream().anyMatch(TOO_MUCH::contains)) {
            throw new Unusable("password file " + file
                    + " is open to its group or to everybody, and so not used: make its mode 0600");
        }
        for (String line : new String(Files.readAllBytes(file), charset).split("\r?\n", -1)) {
            List<String> fields = line.startsWith("#") ? List.of() : fields(line);
            if (fields.size() > wanted.size() && fits(fields, wanted)) {
                return Optional.of(fields.get(wanted.size()));
            }
        }
        return Optional.empty();
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
