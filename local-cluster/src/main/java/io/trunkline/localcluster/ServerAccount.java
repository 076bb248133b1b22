package io.trunkline.localcluster;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.nio.file.attribute.UserPrincipalLookupService;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The operating system's user that servers run as: an ordinary user is that user; for root, as whom PostgreSQL refuses to
 * run, it is {@code postgres} where that exists and else {@code nobody}.
 */
final class ServerAccount {

    /** Null where the servers run as the user of this process. */
    private final @Nullable String user;

    private final @Nullable String group;

    private ServerAccount(@Nullable String user, @Nullable String group) {
        this.user = user;
        this.group = group;
    }

    static ServerAccount ofThisProcess() {
        if (!isRoot()) {
            return new ServerAccount(null, null);
        }
        for (String name : List.of("postgres", "nobody")) {
            Optional<String> group = primaryGroup(name);
            if (group.isPresent()) {
                return new ServerAccount(name, group.get());
            }
        }
        throw new LocalClusterException(
                "PostgreSQL does not run as root, and this machine has neither a user postgres nor a user nobody");
    }

    /** Whether this process runs as root, so that servers need another user. */
    static boolean isRoot() {
        try {
            return uid().equals(0);
        } catch (IOException unknown) {
            return "root".equals(System.getProperty("user.name"));
        }
    }

    /** The number of the user of this process, which is the owner of the files that it makes. */
    static Object uid() throws IOException {
        Path self = Path.of("/proc/self");
        if (Files.exists(self)) {
            return Files.getAttribute(self, "unix:uid");
        }
        Path file = Files.createTempFile("trunkline", ".uid");
        try {
            return Files.getAttribute(file, "unix:uid");
        } finally {
            Files.delete(file);
        }
    }

    /** The user's name, as messages have it. */
    String name() {
        return user == null ? System.getProperty("user.name", "this user") : user;
    }

    /** The command that runs a command as this user. */
    List<String> command(List<String> command) {
        if (user == null) {
            return command;
        }
        List<String> wrapped = new ArrayList<>();
        if (onPath("setpriv")) {
            wrapped.addAll(List.of("setpriv", "--reuid=" + user, "--regid=" + group, "--init-groups", "--"));
        } else if (onPath("runuser")) {
            wrapped.addAll(List.of("runuser", "-u", user, "--"));
        } else {
            wrapped.addAll(List.of("su", "-s", "/bin/sh", user, "-c", "exec \"$0\" \"$@\"", "--"));
        }
        wrapped.addAll(command);
        return wrapped;
    }

    /** Makes a directory that is this user's and nobody else's, as a data directory has to be. */
    void createPrivateDirectory(Path directory) throws IOException {
        Files.createDirectories(directory);
        Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwx------"));
        own(directory);
    }

    /** Writes a text file that belongs to this user. */
    void write(Path file, String text) throws IOException {
        Files.writeString(file, text, StandardCharsets.UTF_8);
        own(file);
    }

    /** Gives a file or directory to this user. */
    void own(Path file) throws IOException {
        if (user == null || group == null) {
            return;
        }
        UserPrincipalLookupService accounts = file.getFileSystem().getUserPrincipalLookupService();
        PosixFileAttributeView view =
                Files.getFileAttributeView(file, PosixFileAttributeView.class, LinkOption.NOFOLLOW_LINKS);
        view.setOwner(accounts.lookupPrincipalByName(user));
        view.setGroup(accounts.lookupPrincipalByGroupName(group));
    }

    /**
     * The directory on the way to this one that this user cannot pass, as far as permission bits tell; empty where the way
     * is free. {@code /root} with mode 700 is the usual case.
     */
    Optional<Path> obstacleTo(Path directory) {
        if (user == null) {
            return Optional.empty();
        }
        for (Path step = directory.toAbsolutePath().normalize(); step != null; step = step.getParent()) {
            try {
                PosixFileAttributes attributes = Files.readAttributes(step, PosixFileAttributes.class);
                if (!attributes.permissions().contains(PosixFilePermission.OTHERS_EXECUTE)
                        && !attributes.owner().getName().equals(user)) {
                    return Optional.of(step);
                }
            } catch (IOException notThereYet) {
                // Will be made by us, and passable.
            }
        }
        return Optional.empty();
    }

    private static Optional<String> primaryGroup(String user) {
        try {
            return Optional.of(Command.run(Duration.ofSeconds(10), List.of("id", "-gn", user)));
        } catch (LocalClusterException noSuchUser) {
            return Optional.empty();
        }
    }

    private static boolean onPath(String program) {
        return SearchPath.find(program).isPresent();
    }
}
