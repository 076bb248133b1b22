package io.trunkline.cli.passwd;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.trunkline.cli.program.RawText;
import io.trunkline.config.PoolPasswdLine;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/**
 * A pool_passwd file that is written. A user's first line is replaced, a user without one comes last, every other byte
 * stays. Readers see the old file or the new one, never a part; a crash leaves one of them. Two commands at once write
 * one after the other. Strings are {@link RawText}.
 */
final class PasswordFile {
    /** What an update has done, in users. */
    record Change(int added, int replaced, int unchanged) {}

    /** More than any file of users has. */
    private static final int MAX_BYTES = 16 << 20;

    private static final int PERMISSIONS = 07777;
    private static final int READ_BY_GROUP = 0040;
    private static final FileAttribute<Set<PosixFilePermission>> PRIVATE =
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));

    private final Path file;
    private final Path pgpoolConf;

    /** @param pgpoolConf whose owner a new file gets */
    PasswordFile(Path file, Path pgpoolConf) {
        this.file = file;
        this.pgpoolConf = pgpoolConf;
    }

    Path path() {
        return file;
    }

    /**
     * Writes the entries of these users.
     *
     * @param entries by user, what stands behind the colon; new users are added in this order
     * @throws IOException with a message for whoever runs the command; the file is as it was then
     */
    Change put(Map<String, String> entries) throws IOException {
        for (String user : entries.keySet()) {
            if (user.isEmpty() || user.indexOf('\n') >= 0 || user.indexOf('\0') >= 0) {
                throw new IOException("no line of pool_passwd can hold the user name \"" + user + "\"");
            }
        }
        try {
            // Locks are those of the process: threads, which only tests have, wait for each other here.
            synchronized (PasswordFile.class) {
                while (true) {
                    Path real = real();
                    try (FileChannel channel = open(real)) {
                        channel.lock();
                        try (FileChannel now = open(real)) {
                            if (isLocked(now)) {
                                return replace(real, read(channel), entries);
                            }
                        }
                        // Somebody has put a new file in its place meanwhile: that one is to be locked.
                    }
                }
            }
        } catch (NoSuchFileException e) {
            throw new IOException("cannot write " + file + ": its directory does not exist", e);
        } catch (FileSystemException e) {
            throw new IOException(
                    "cannot write " + file + ": "
                            + (e.getReason() == null ? e.getClass().getSimpleName() : e.getReason()),
                    e);
        }
    }

    private static FileChannel open(Path real) throws IOException {
        return FileChannel.open(real, StandardOpenOption.READ, StandardOpenOption.WRITE);
    }

    /**
     * Whether this is the file that this process has locked. Its number would not tell: that of a file which was replaced is
     * given to the next one.
     */
    private static boolean isLocked(FileChannel channel) throws IOException {
        try {
            channel.tryLock();
            return false;
        } catch (OverlappingFileLockException ours) {
            return true;
        }
    }

    /** The file itself, not a link to it; made if there is none. */
    private Path real() throws IOException {
        if (!Files.exists(file)) {
            try {
                Files.createFile(file, PRIVATE);
                Map<String, Object> conf = Files.readAttributes(pgpoolConf, "unix:mode,uid,gid");
                int group = (int) attribute(conf, "mode") & READ_BY_GROUP;
                copyOwner(file, attribute(conf, "uid"), attribute(conf, "gid"), group != 0);
            } catch (FileAlreadyExistsException another) {
                // Another command was quicker, and this one goes on with its file.
            }
        }
        return file.toRealPath();
    }

    /** Only root can give files away; everybody else's new file belongs to them, with nothing for the group. */
    private static void copyOwner(Path file, Object uid, Object gid, boolean readByGroup) throws IOException {
        if (!Files.getAttribute(file, "unix:uid").equals(0)) {
            return;
        }
        Files.setAttribute(file, "unix:uid", uid);
        Files.setAttribute(file, "unix:gid", gid);
        if (readByGroup) {
            Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r-----"));
        }
    }

    private static Object attribute(Map<String, Object> attributes, String name) {
        Object value = attributes.get(name);
        if (value == null) {
            throw new IllegalStateException("a file without " + name);
        }
        return value;
    }

    private String read(FileChannel channel) throws IOException {
        if (channel.size() > MAX_BYTES) {
            throw new IOException(file + " is too large for a pool_passwd");
        }
        ByteBuffer bytes = ByteBuffer.allocate((int) channel.size());
        while (bytes.hasRemaining() && channel.read(bytes) >= 0) {
            // reads on
        }
        return new String(bytes.array(), 0, bytes.position(), ISO_8859_1);
    }

    private Change replace(Path real, String old, Map<String, String> entries) throws IOException {
        StringBuilder text = new StringBuilder(old.length() + 100 * entries.size());
        Map<String, String> missing = new LinkedHashMap<>(entries);
        int replaced = 0;
        int unchanged = 0;
        for (int start = 0; start < old.length(); ) {
            int newLine = old.indexOf('\n', start);
            int end = newLine < 0 ? old.length() : newLine;
            String line = old.substring(start, end);
            String user = user(line);
            String entry = missing.remove(user);
            String written = entry == null ? line : PoolPasswdLine.escape(user) + ':' + entry;
            if (entry != null && written.equals(line)) {
                unchanged++;
            } else if (entry != null) {
                replaced++;
            }
            text.append(written).append('\n');
            start = end + 1;
        }
        missing.forEach((user, entry) -> text.append(PoolPasswdLine.escape(user))
                .append(':')
                .append(entry)
                .append('\n'));
        if (replaced + missing.size() > 0) {
            write(real, text.toString());
        }
        return new Change(missing.size(), replaced, unchanged);
    }

    /** Empty for a line without a user. */
    private static String user(String line) {
        int colon = line.startsWith("#") ? -1 : PoolPasswdLine.colon(line);
        return colon < 0 ? "" : PoolPasswdLine.unescape(line.substring(0, colon));
    }

    private void write(Path real, String text) throws IOException {
        Path directory = real.toAbsolutePath().getParent();
        Path fresh = Files.createTempFile(directory, ".pool_passwd", ".new", PRIVATE);
        try {
            Map<String, Object> old = Files.readAttributes(real, "unix:mode,uid,gid");
            for (String owner : new String[] {"unix:uid", "unix:gid"}) {
                Object id = attribute(old, owner.substring("unix:".length()));
                if (!Files.getAttribute(fresh, owner).equals(id)) {
                    Files.setAttribute(fresh, owner, id);
                }
            }
            Files.setAttribute(fresh, "unix:mode", (int) attribute(old, "mode") & PERMISSIONS);
            try (FileChannel channel = FileChannel.open(fresh, StandardOpenOption.WRITE)) {
                ByteBuffer bytes = ByteBuffer.wrap(RawText.bytes(text));
                while (bytes.hasRemaining()) {
                    channel.write(bytes);
                }
                channel.force(true);
            }
            Files.move(fresh, real, StandardCopyOption.ATOMIC_MOVE);
        } finally {
            Files.deleteIfExists(fresh);
        }
        // the name of the new file has to last as long as its content
        try (FileChannel entries = FileChannel.open(directory, new OpenOption[] {StandardOpenOption.READ})) {
            entries.force(true);
        }
    }
}
