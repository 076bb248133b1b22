package io.trunkline.proxy.log;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/** Opens the files of the log: those that are not there yet get {@code log_file_mode}, the others keep theirs. */
public final class NewLogFile {
    /** In the order of the bits, from the lowest. */
    private static final List<PosixFilePermission> PERMISSIONS = List.of(
            PosixFilePermission.OTHERS_EXECUTE,
            PosixFilePermission.OTHERS_WRITE,
            PosixFilePermission.OTHERS_READ,
            PosixFilePermission.GROUP_EXECUTE,
            PosixFilePermission.GROUP_WRITE,
            PosixFilePermission.GROUP_READ,
            PosixFilePermission.OWNER_EXECUTE,
            PosixFilePermission.OWNER_WRITE,
            PosixFilePermission.OWNER_READ);

    private static final Set<PosixFilePermission> OWNER_ALONE =
            EnumSet.of(PosixFilePermission.OWNER_READ, PosixFilePermission.OWNER_WRITE);

    private NewLogFile() {}

    /**
     * @param how APPEND or TRUNCATE_EXISTING
     * @param mode access permissions of a new file, as in {@code 0640}; its owner can always write
     */
    public static FileChannel open(Path file, OpenOption how, int mode) throws IOException {
        boolean isNew = !Files.exists(file);
        // nobody else may open it before it has the mode that is wanted
        FileChannel opened = FileChannel.open(
                file,
                Set.of(StandardOpenOption.CREATE, StandardOpenOption.WRITE, how),
                PosixFilePermissions.asFileAttribute(OWNER_ALONE));
        try {
            if (isNew) {
                Files.setPosixFilePermissions(file, permissions(mode));
            }
            return opened;
        } catch (IOException e) {
            opened.close();
            throw e;
        }
    }

    private static Set<PosixFilePermission> permissions(int mode) {
        Set<PosixFilePermission> permissions = EnumSet.of(PosixFilePermission.OWNER_WRITE);
        for (int bit = 0; bit < PERMISSIONS.size(); bit++) {
            if ((mode & 1 << bit) != 0) {
                permissions.add(PERMISSIONS.get(bit));
            }
        }
        return permissions;
    }
}
