package io.trunkline.config;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/** Who may use a file: its permission bits, and whether it belongs to root. */
final class FileMode {
    private static final int GROUP_WRITE_OR_EXECUTE = 0030;
    private static final int GROUP = 0070;
    private static final int OTHERS = 0007;
    private static final int PERMISSIONS = 07777;

    private final int bits;
    private final boolean ofRoot;

    FileMode(int bits, boolean ofRoot) {
        this.bits = bits & PERMISSIONS;
        this.ofRoot = ofRoot;
    }

    /** Of a file, symbolic links followed. Where the system has no such bits nobody but the owner counts. */
    static FileMode of(Path file) throws IOException {
        if (!file.getFileSystem().supportedFileAttributeViews().contains("unix")) {
            return new FileMode(0600, false);
        }
        return new FileMode(
                (Integer) Files.getAttribute(file, "unix:mode"),
                Integer.valueOf(0).equals(Files.getAttribute(file, "unix:uid")));
    }

    /** Pgpool-II's rule for its key file: nobody but the owner may do anything with it. */
    Optional<Diagnostic> warningUnlessOwners(Path file) {
        return warning(file, bits & (GROUP | OTHERS), "0600 or less");
    }

    /** PostgreSQL's rule for key files: a file of root may be readable by the group of the service. */
    Optional<Diagnostic> warningUnlessPrivate(Path file) {
        int group = ofRoot ? GROUP_WRITE_OR_EXECUTE : GROUP;
        return warning(file, bits & (group | OTHERS), "0600 or less, or 0640 if it belongs to root");
    }

    private Optional<Diagnostic> warning(Path file, int tooMuch, String allowed) {
        if (tooMuch == 0) {
            return Optional.empty();
        }
        return Optional.of(Diagnostic.of(
                Severity.WARNING,
                new SourceLocation(file.toString(), 1),
                "the file has mode " + String.format("%04o", bits)
                        + ", open to its group or to everybody; it should be " + allowed));
    }
}
