package io.trunkline.cli.demo;

import java.io.IOException;
import java.io.Reader;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Properties;

/**
 * What somebody else needs to know of a demo to end it, or to see that it has died.
 *
 * @param port Trunkline's
 * @param directory with all of the demo's files
 * @param kept whether the directory is to stay
 * @param supervisor the {@code trunkline demo} in the foreground; none where it is detached
 * @param trunkline the server; none before it is started
 */
record DemoState(
        int port, Path directory, boolean kept, Optional<ProcessMark> supervisor, Optional<ProcessMark> trunkline) {

    /** In the demo's directory. */
    static final String PID_FILE = "trunkline.pid";

    DemoState withTrunkline(ProcessMark started) {
        return new DemoState(port, directory, kept, supervisor, Optional.of(started));
    }

    DemoState detached() {
        return new DemoState(port, directory, kept, Optional.empty(), trunkline);
    }

    /** Where the cluster is in the demo's directory. */
    Path cluster() {
        return directory.resolve("cluster");
    }

    /** Whether Trunkline runs, or somebody is about to start it. */
    boolean isAlive() {
        return supervisor.filter(ProcessMark::isAlive).isPresent()
                || trunkline.filter(ProcessMark::isAlive).isPresent()
                || successor().isPresent();
    }

    /** The server that runs in the place of {@link #trunkline}, after {@code trunkline restart}. */
    Optional<ProcessMark> successor() {
        try {
            long pid =
                    Long.parseLong(Files.readString(directory.resolve(PID_FILE)).strip());
            return ProcessHandle.of(pid)
                    .filter(process -> trunkline
                            .map(ProcessMark::pid)
                            .filter(own -> own == pid)
                            .isEmpty())
                    // the number may be somebody else's by now
                    .filter(process -> commandLine(process).contains(directory.toString()))
                    .map(ProcessMark::of)
                    .filter(ProcessMark::isAlive);
        } catch (IOException | NumberFormatException noneOrBeingWritten) {
            return Optional.empty();
        }
    }

    /** {@link ProcessHandle} has it only where it is short, which a class path is not. */
    private static String commandLine(ProcessHandle process) {
        try {
            Path file = Path.of("/proc", Long.toString(process.pid()), "cmdline");
            return new String(Files.readAllBytes(file), StandardCharsets.UTF_8);
        } catch (IOException noSuchProcessOrNoProc) {
            return process.info().commandLine().orElse("");
        }
    }

    static DemoState read(Path file) throws IOException {
        Properties properties = new Properties();
        try (Reader reader = Files.newBufferedReader(file)) {
            properties.load(reader);
        }
        try {
            return new DemoState(
                    Integer.parseInt(properties.getProperty("port", "")),
                    Path.of(properties.getProperty("directory", "")),
                    Boolean.parseBoolean(properties.getProperty("kept")),
                    Optional.ofNullable(properties.getProperty("supervisor")).map(ProcessMark::parse),
                    Optional.ofNullable(properties.getProperty("trunkline")).map(ProcessMark::parse));
        } catch (IllegalArgumentException damaged) {
            throw new IOException(file + " is damaged: " + damaged.getMessage(), damaged);
        }
    }

    /** The text that {@link #read} reads. */
    String text() {
        Properties properties = new Properties();
        properties.setProperty("port", Integer.toString(port));
        properties.setProperty("directory", directory.toString());
        properties.setProperty("kept", Boolean.toString(kept));
        supervisor.ifPresent(mark -> properties.setProperty("supervisor", mark.toString()));
        trunkline.ifPresent(mark -> properties.setProperty("trunkline", mark.toString()));
        StringWriter text = new StringWriter();
        try {
            properties.store(text, null);
        } catch (IOException impossible) {
            throw new AssertionError(impossible);
        }
        return text.toString();
    }
}
