package io.trunkline.localcluster;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * One server of a {@link LocalCluster}: it can be started, ended in every way in which a server ends, hung, and asked.
 * A node is the state of its directory: nothing of it is kept in memory, so that it does not matter who stopped it. For
 * use by one thread at a time.
 */
public final class LocalNode {

    private static final Duration START_LIMIT = Duration.ofSeconds(60);
    private static final Duration STOP_LIMIT = Duration.ofSeconds(60);
    private static final Duration QUERY_LIMIT = Duration.ofSeconds(30);

    private final int id;
    private final int port;
    private final Path dataDirectory;
    private final Path log;
    private final String superuser;
    private final PostgresInstallation installation;
    private final ServerAccount account;
    private final Postmaster postmaster;

    LocalNode(int id, int port, Path base, String superuser, PostgresInstallation installation, ServerAccount account) {
        this.id = id;
        this.port = port;
        this.dataDirectory = directoryIn(base, id);
        this.log = logDirectoryIn(base).resolve("node" + id + ".log");
        this.superuser = superuser;
        this.installation = installation;
        this.account = account;
        this.postmaster = new Postmaster(dataDirectory);
    }

    static Path directoryIn(Path base, int id) {
        return base.resolve("node" + id);
    }

    static Path logDirectoryIn(Path base) {
        return base.resolve("log");
    }

    /** The number of the node, from 0; node 0 begins as the primary. */
    public int id() {
        return id;
    }

    /** The address that the server listens on. */
    public String address() {
        return LocalCluster.ADDRESS;
    }

    /** The TCP port that the server listens on. */
    public int port() {
        return port;
    }

    /** PGDATA. */
    public Path dataDirectory() {
        return dataDirectory;
    }

    /** The file that the server logs to. */
    public Path log() {
        return log;
    }

    /** The {@code application_name} by which the primary knows this standby. */
    public String applicationName() {
        return "node" + id;
    }

    /** The postmaster's process, if the server runs. */
    public OptionalLong pid() {
        return postmaster.pid();
    }

    /** Whether the server runs, hung or not. */
    public boolean isRunning() {
        return pid().isPresent();
    }

    /** Whether the server is, or at its next start will be, a standby. */
    public boolean isStandby() {
        return Files.exists(dataDirectory.resolve("standby.signal"));
    }

    /**
     * Starts the server and waits until it answers queries.
     *
     * @throws LocalClusterException with the end of the server's log if it does not start
     */
    public void start() {
        postmaster.forgetKilled();
        try {
            control(START_LIMIT, "start", "-w", "-t", Long.toString(START_LIMIT.toSeconds()), "-l", log.toString());
        } catch (LocalClusterException failure) {
            throw new LocalClusterException(
                    "node " + id + " does not start: " + failure.getMessage() + System.lineSeparator() + endOfLog(),
                    failure);
        }
        if (!Await.until(START_LIMIT, this::answers)) {
            throw new LocalClusterException(
                    "node " + id + " does not answer on port " + port + System.lineSeparator() + endOfLog());
        }
    }

    /** Stops the server and waits for its end; nothing happens where it does not run. */
    public void stop(StopMode mode) {
        if (isRunning()) {
            control(STOP_LIMIT, "stop", "-w", "-t", Long.toString(STOP_LIMIT.toSeconds()), "-m", mode.argument());
        }
    }

    /** Ends the server as a crash does: SIGKILL for all its processes, the postmaster first. */
    public void kill() {
        postmaster.kill();
    }

    /** Hangs the server: its processes stay and its port accepts, but nothing answers any more. */
    public void freeze() {
        postmaster.signalAll("STOP");
    }

    /** Lets a frozen server go on. */
    public void thaw() {
        postmaster.signalAll("CONT");
    }

    /** Makes a standby the primary and waits until it accepts writes. The other standbys go on following the old one. */
    public void promote() {
        control(START_LIMIT, "promote", "-w", "-t", Long.toString(START_LIMIT.toSeconds()));
        if (!Await.until(START_LIMIT, () -> "f".equals(value("SELECT pg_is_in_recovery()")))) {
            throw new LocalClusterException("node " + id + " stays in recovery");
        }
    }

    /**
     * Runs a query as the superuser in database {@code postgres}.
     *
     * @return the rows with their columns as text
     * @throws LocalClusterException if the server cannot be asked or refuses
     */
    public List<List<@Nullable String>> query(String sql) {
        return query("postgres", sql);
    }

    /** As {@link #query(String)}, in another database. */
    public List<List<@Nullable String>> query(String database, String sql) {
        try (TrustSession session = session(database)) {
            return session.query(sql);
        } catch (IOException failure) {
            throw new LocalClusterException("node " + id + " (port " + port + "): " + failure.getMessage(), failure);
        }
    }

    /** The first column of the first row of a query, or null where there is none. */
    @Nullable
    String value(String sql) {
        List<List<@Nullable String>> rows = query(sql);
        return rows.isEmpty() || rows.get(0).isEmpty() ? null : rows.get(0).get(0);
    }

    TrustSession session(String database) throws IOException {
        return TrustSession.open(LocalCluster.ADDRESS, port, superuser, database, QUERY_LIMIT);
    }

    /** Ends the server in the quickest way that leaves nothing behind, even where it hangs. */
    void destroy() {
        postmaster.end(StopMode.IMMEDIATE);
    }

    private boolean answers() {
        try (TrustSession session = session("postgres")) {
            return !session.query("SELECT 1").isEmpty();
        } catch (IOException notYet) {
            return false;
        }
    }

    /**
     * The words that begin a command for this server: {@code pg_ctl} with its data directory, run as the user whom that
     * belongs to. For scripts; what is to be done follows them.
     */
    public List<String> controlCommand() {
        return account.command(List.of(installation.program("pg_ctl").toString(), "-D", dataDirectory.toString()));
    }

    private void control(Duration limit, String... arguments) {
        List<String> command = new ArrayList<>();
        command.add(installation.program("pg_ctl").toString());
        command.addAll(List.of("-D", dataDirectory.toString(), "-s"));
        command.addAll(List.of(arguments));
        Command.run(limit.plusSeconds(5), account.command(command));
    }

    private String endOfLog() {
        try {
            List<String> lines = Files.readAllLines(log);
            return String.join(System.lineSeparator(), lines.subList(Math.max(0, lines.size() - 10), lines.size()));
        } catch (IOException unreadable) {
            return "(no log in " + log + ")";
        }
    }
}
