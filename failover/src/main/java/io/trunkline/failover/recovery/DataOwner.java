package io.trunkline.failover.recovery;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.GroupPrincipal;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.nio.file.attribute.UserPrincipal;
import java.util.List;
import java.util.regex.Pattern;

/**
 * Whom a data directory belongs to, as whom alone PostgreSQL works on it. Trunkline is that user, or is root and becomes
 * that user for each program.
 *
 * @param prefix what makes a command run as this user; empty where we are it
 */
record DataOwner(UserPrincipal user, GroupPrincipal group, List<String> prefix) {
    private static final Path SELF = Path.of("/proc/self");
    private static final String UID = "unix:uid";

    DataOwner {
        prefix = List.copyOf(prefix);
    }

    /** @throws RecoveryFailure if it is somebody whom we cannot be */
    static DataOwner of(int node, Path directory) {
        try {
            PosixFileAttributes attributes = Files.readAttributes(directory, PosixFileAttributes.class);
            Object owner = Files.getAttribute(directory, UID);
            Object self = Files.getAttribute(SELF, UID);
            if (owner.equals(0)) {
                throw RecoveryFailure.refused(node, directory + " belongs to root, as whom PostgreSQL does not run");
            }
            if (!self.equals(0) && !self.equals(owner)) {
                throw RecoveryFailure.refused(
                        node,
                        directory + " belongs to " + attributes.owner().getName()
                                + ", and Trunkline runs as another user");
            }
            List<String> prefix = self.equals(owner)
                    ? List.of()
                    : becoming(node, attributes, Files.getAttribute(directory, "unix:gid"));
            return new DataOwner(attributes.owner(), attributes.group(), prefix);
        } catch (IOException failure) {
            throw RecoveryFailure.refused(node, "the owner of " + directory + " cannot be told: " + failure);
        }
    }

    private static List<String> becoming(int node, PosixFileAttributes attributes, Object gid) {
        String user = attributes.owner().getName();
        if (isOnPath("setpriv")) {
            return List.of("setpriv", "--reuid=" + user, "--regid=" + gid, "--init-groups", "--");
        }
        if (isOnPath("runuser")) {
            return List.of("runuser", "-u", user, "--");
        }
        throw RecoveryFailure.refused(node, "neither setpriv nor runuser is there to run programs as " + user);
    }

    private static boolean isOnPath(String program) {
        String path = System.getenv().getOrDefault("PATH", "");
        return Pattern.compile(File.pathSeparator)
                .splitAsStream(path)
                .anyMatch(directory -> directory.startsWith("/") && Files.isExecutable(Path.of(directory, program)));
    }

    /** Makes an empty directory that belongs to this user, and is nobody else's to look into. */
    void createDirectory(Path directory) throws IOException {
        Files.createDirectory(
                directory, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        if (!prefix.isEmpty()) {
            PosixFileAttributeView view =
                    Files.getFileAttributeView(directory, PosixFileAttributeView.class, LinkOption.NOFOLLOW_LINKS);
            view.setOwner(user);
            view.setGroup(group);
        }
    }
}
