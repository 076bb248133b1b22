package io.trunkline.proxy.process;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.OptionalLong;

/**
 * The file that names the process of a running server ({@code pid_file_name}), so that a second one on the same
 * configuration is refused and {@code stop} finds the first.
 *
 * <p>It appears with its whole content or not at all. One that a killed server has left behind is replaced: its process
 * has ended, or the number belongs to another program by now.
 */
public final class PidFile implements AutoCloseable {
    private static final int MAX_BYTES = 32;
    private static final int MAX_COMMAND = 1 << 17;

    private final Path file;
    private final long pid;

    private PidFile(Path file, long pid) {
        this.file = file;
        this.pid = pid;
    }

    /**
     * Writes the file for this process. Its directory is made if only that is missing, since {@code /run} is empty
     * after a boot.
     *
     * @throws StartFailure if a server runs already, or the file cannot be written
     */
    static PidFile claim(Path file) throws StartFailure {
        long pid = ProcessHandle.current().pid();
        try {
            makeDirectory(file);
            Path complete = write(file, pid);
            try {
                link(complete, file);
            } finally {
                Files.deleteIfExists(complete);
            }
            return new PidFile(file, pid);
        } catch (IOException e) {
            throw new StartFailure("pid file " + file + " cannot be written: " + reason(e), e);
        }
    }

    /**
     * Makes the directory of the file as {@link #claim} does.
     *
     * @throws StartFailure if a server runs already, or the directory cannot be made
     */
    static void requireNoServer(Path file) throws StartFailure {
        try {
            makeDirectory(file);
        } catch (IOException e) {
            throw new StartFailure("pid file " + file + " cannot be written: " + reason(e), e);
        }
        requireNone(file);
    }

    private static void requireNone(Path file) throws StartFailure {
        OptionalLong running = runningServer(file);
        if (running.isPresent()) {
            throw new StartFailure(
                    "a server is running already with process id " + running.getAsLong() + " (pid file " + file + ")");
        }
    }

    /**
     * Puts this process in the place of the one that the file names.
     *
     * @throws StartFailure if the file cannot be written
     */
    static PidFile takeOver(Path file) throws StartFailure {
        long pid = ProcessHandle.current().pid();
        try {
            Files.move(write(file, pid), file, StandardCopyOption.ATOMIC_MOVE);
            return new PidFile(file, pid);
        } catch (IOException e) {
            throw new StartFailure("pid file " + file + " cannot be written: " + reason(e), e);
        }
    }

    /** @return the content, under another name */
    private static Path write(Path file, long pid) throws IOException {
        return Files.writeString(file.resolveSibling("." + file.getFileName() + "." + pid), pid + "\n");
    }

    private static void makeDirectory(Path file) throws IOException {
        Path directory = file.getParent();
        if (directory != null && !Files.exists(directory)) {
            Files.createDirectory(directory);
        }
    }

    /** A hard link is refused where the name exists, so that of two servers that start at once only one gets it. */
    private static void link(Path complete, Path file) throws IOException, StartFailure {
        try {
            Files.createLink(file, complete);
        } catch (FileAlreadyExistsException e) {
            requireNone(file);
            Files.delete(file);
            Files.createLink(file, complete);
        }
    }

    static String reason(IOException e) {
        if (e instanceof AccessDeniedException) {
            return "permission denied";
        }
        if (e instanceof NoSuchFileException) {
            return "its directory does not exist";
        }
        String reason = e instanceof FileSystemException ? ((FileSystemException) e).getReason() : e.getMessage();
        return reason == null ? e.toString() : reason;
    }

    /** The server that the file names, if it is running; a Pgpool-II counts as one. */
    public static OptionalLong runningServer(Path file) {
        OptionalLong pid = read(file);
        return pid.isPresent() && isServer(pid.getAsLong()) ? pid : OptionalLong.empty();
    }

    private static OptionalLong read(Path file) {
        try (InputStream in = Files.newInputStream(file)) {
            String text = new String(in.readNBytes(MAX_BYTES), StandardCharsets.ISO_8859_1);
            // Pgpool-II ends the number with a NUL, which is no white space.
            return OptionalLong.of(Long.parseLong(text.replace('\0', ' ').strip()));
        } catch (IOException | NumberFormatException e) {
            return OptionalLong.empty();
        }
    }

    private static boolean isServer(long pid) {
        // After a container has started anew we may have the number of our own predecessor.
        if (pid == ProcessHandle.current().pid()) {
            return false;
        }
        List<String> command = commandOf(pid);
        return !command.isEmpty()
                && (Path.of(command.get(0)).endsWith("pgpool")
                        || command.stream().anyMatch(argument -> argument.startsWith("io.trunkline.")));
    }

    /**
     * The arguments of a process; none if there is no such process, or it has ended and its parent has not noticed.
     * {@link ProcessHandle} has them only where they are short, which a class path is not.
     */
    private static List<String> commandOf(long pid) {
        try (InputStream in = Files.newInputStream(Path.of("/proc", Long.toString(pid), "cmdline"))) {
            String line = new String(in.readNBytes(MAX_COMMAND), StandardCharsets.ISO_8859_1);
            return line.isEmpty() ? List.of() : List.of(line.split("\0", -1));
        } catch (IOException noSuchProcessOrNoProc) {
            return ProcessHandle.of(pid)
                    .flatMap(process -> process.info().commandLine())
                    .map(line -> List.of(line.split(" ", -1)))
                    .orElse(List.of());
        }
    }

    /** Removes the file, if it is still that of this process. */
    @Override
    public void close() throws IOException {
        if (read(file).equals(OptionalLong.of(pid))) {
            Files.deleteIfExists(file);
        }
    }
}
