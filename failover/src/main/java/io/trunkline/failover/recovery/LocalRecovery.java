package io.trunkline.failover.recovery;

import java.io.IOException;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.time.LocalDateTime;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes a standby of a data directory on this host with PostgreSQL's own programs: {@code pg_rewind}, and where that does
 * not do {@code pg_basebackup} into a new directory that takes the old one's place. What was there before is moved aside,
 * never deleted. The node keeps the configuration files that it has in its directory. Every method blocks and throws
 * {@link RecoveryFailure}.
 */
final class LocalRecovery {
    private static final Logger log = LoggerFactory.getLogger(LocalRecovery.class);

    private static final int OLDEST = 12;
    private static final int REWIND_TAKES_CONFIG_FILE_SINCE = 15;
    private static final DateTimeFormatter STAMP = DateTimeFormatter.ofPattern("yyyyMMdd'T'HHmmss", Locale.ROOT);
    private static final Pattern CONFIG_FILE = Pattern.compile("\"config_file=([^\"]+)\"");
    private static final String START_LOG = "startup.log";
    private static final Path TOP = Path.of("");

    /** A copy of a large database takes hours; this only is not forever. */
    private static final Duration COPY_LIMIT = Duration.ofHours(24);

    private static final Duration STOP_LIMIT = Duration.ofSeconds(60);

    private final int node;
    private final RecoverySource primary;
    private final DataDirectory directory;
    private final boolean empty;
    private final ServerPrograms programs;
    private final OwnersPrograms runner;
    private final DataOwner owner;
    private final StandbyConfiguration configuration;
    private final RecoverySettings settings;
    private final Optional<String> password;
    private final int major;
    private final String startOptions;
    private final String stamp = LocalDateTime.now().format(STAMP);

    /** Looks at everything and changes nothing. */
    LocalRecovery(RecoveryTarget target, RecoverySource primary, PrimaryFacts facts, RecoverySettings settings) {
        this.node = target.id();
        this.primary = primary;
        this.settings = settings;
        this.major = facts.major();
        requireLocal(target);
        this.directory = DataDirectory.of(target);
        directory.requireNoServer();
        if (facts.tablespaces() > 0) {
            throw RecoveryFailure.refused(node, "the primary has tablespaces outside of its data directory");
        }
        if (major < OLDEST) {
            throw RecoveryFailure.refused(node, "PostgreSQL " + major + " is older than " + OLDEST);
        }
        this.owner = DataOwner.of(node, directory.path());
        this.password = settings.password().get();
        this.runner = new OwnersPrograms(owner);
        this.programs = ServerPrograms.find(node, settings.binDirectory(), major);
        this.configuration = new StandbyConfiguration(target, primary, settings);
        this.startOptions = directory.startOptions();
        this.empty = directory.isEmpty();
        requireVersion();
        if (empty) {
            log.info("node recovery, node {}: {} is empty", node, directory.path());
        } else {
            String found = comparable().requireBehind(node, facts);
            log.info("node recovery, node {}: {} is {}", node, directory.path(), found);
        }
    }

    private void requireLocal(RecoveryTarget target) {
        String host = target.address().host();
        if (target.address().isUnixSocket()) {
            return;
        }
        try {
            for (InetAddress address : InetAddress.getAllByName(host)) {
                if (address.isLoopbackAddress() || NetworkInterface.getByInetAddress(address) != null) {
                    return;
                }
            }
        } catch (UnknownHostException | SocketException failure) {
            throw RecoveryFailure.refused(node, host + " is not known to be this host: " + failure.getMessage());
        }
        throw RecoveryFailure.refused(node, "it is on " + host + ", and not on this host");
    }

    private void requireVersion() {
        String version = ask("pg_ctl", "--version");
        if (!version.contains("(PostgreSQL) " + major)) {
            throw RecoveryFailure.refused(
                    node, programs.bin() + " has \"" + version + "\", and the primary is PostgreSQL " + major);
        }
    }

    private TargetState comparable() {
        if (directory.major() != major) {
            throw RecoveryFailure.refused(
                    node, "it is PostgreSQL " + directory.major() + ", and the primary is PostgreSQL " + major);
        }
        directory.requireAllInside();
        try {
            return directory.state(ControlData.parse(
                    ask("pg_controldata", "-D", directory.path().toString())));
        } catch (IllegalArgumentException unexpected) {
            throw RecoveryFailure.refused(node, String.valueOf(unexpected.getMessage()));
        }
    }

    /** Rewinds the directory to where the primary left its past; false where that cannot be done. */
    boolean rewind() {
        Optional<String> program = programs.optional("pg_rewind");
        if (empty || program.isEmpty()) {
            return false;
        }
        List<String> command = new ArrayList<>(
                List.of(program.get(), "-D", directory.path().toString(), "--source-server=" + configuration.source()));
        Matcher configFile = CONFIG_FILE.matcher(startOptions);
        if (major >= REWIND_TAKES_CONFIG_FILE_SINCE && configFile.find()) {
            command.add("--config-file=" + configFile.group(1));
        }
        Path saved = create(".configuration-" + stamp);
        try {
            copyConfiguration(directory.path(), saved);
            requireNoServer();
            log.info("node recovery, node {}: pg_rewind from node {}", node, primary.id());
            try {
                runner.connect(COPY_LIMIT, password, command);
            } catch (ProgramFailure failure) {
                log.warn("node recovery, node {}: cannot be rewound: {}", node, failure.why());
                copyConfiguration(saved, directory.path());
                return false;
            }
            copyConfiguration(saved, directory.path());
        } finally {
            removeOurs(saved);
        }
        follow(directory.path());
        return true;
    }

    /** Copies the primary anew. */
    void baseBackup() {
        if (directory.hasWalOutside()) {
            throw RecoveryFailure.refused(node, "its pg_wal is outside of " + directory.path());
        }
        Path fresh = empty ? directory.path() : create(".new-" + stamp);
        try {
            log.info("node recovery, node {}: pg_basebackup from node {} into {}", node, primary.id(), fresh);
            runner.connect(COPY_LIMIT, password, baseBackupInto(fresh));
            if (!empty) {
                copyConfiguration(directory.path(), fresh);
            }
            follow(fresh);
            if (!empty) {
                takePlace(fresh);
            }
        } catch (ProgramFailure failure) {
            throw RecoveryFailure.step("no base backup of node " + primary.id(), failure.why());
        } finally {
            if (!fresh.equals(directory.path())) {
                removeOurs(fresh);
            }
        }
    }

    /** Nor what PostgreSQL would take for one. */
    private void requireNoServer() {
        if (directory.requireNoServer()) {
            try {
                runner.ask(List.of("rm", "-f", directory.file("postmaster.pid").toString()));
            } catch (ProgramFailure failure) {
                throw RecoveryFailure.step("the lock of a dead server stays", failure.why());
            }
        }
    }

    private List<String> baseBackupInto(Path fresh) {
        return List.of(
                programs.program("pg_basebackup"),
                "-D",
                fresh.toString(),
                "-h",
                primary.address().host(),
                "-p",
                Integer.toString(primary.address().port()),
                "-U",
                settings.user(),
                "-w",
                "-X",
                "stream",
                "-c",
                "fast");
    }

    private void takePlace(Path fresh) {
        directory.requireNoServer();
        Path aside = directory.sibling(".old-" + stamp);
        try {
            Files.move(directory.path(), aside, StandardCopyOption.ATOMIC_MOVE);
            log.info("node recovery, node {}: the old data directory is kept in {}", node, aside);
            try {
                Files.move(fresh, directory.path(), StandardCopyOption.ATOMIC_MOVE);
            } catch (IOException failure) {
                Files.move(aside, directory.path(), StandardCopyOption.ATOMIC_MOVE);
                throw failure;
            }
        } catch (IOException failure) {
            throw RecoveryFailure.step(directory.path() + " cannot be replaced", failure.toString());
        }
    }

    /** Starts the server and waits until it takes connections. */
    void start() {
        log.info("node recovery, node {}: starting its server, its first messages go to {}", node, startLog());
        List<String> command = control("start", settings.startLimit());
        command.addAll(List.of("-l", startLog().toString()));
        if (!startOptions.isEmpty()) {
            command.addAll(List.of("-o", startOptions));
        }
        try {
            runner.run(settings.startLimit().plus(STOP_LIMIT), command);
        } catch (ProgramFailure failure) {
            throw RecoveryFailure.step(
                    "the server of node " + node + " does not start", failure.why() + "; see " + startLog());
        }
    }

    /** Stops it again. */
    void stop() {
        List<String> command = control("stop", STOP_LIMIT);
        command.addAll(List.of("-m", "fast"));
        try {
            runner.run(STOP_LIMIT.multipliedBy(2), command);
        } catch (ProgramFailure failure) {
            log.info("node recovery, node {}: {}", node, failure.why());
        }
    }

    /** Ends the program that runs, and begins none any more. Any thread. */
    void abandon() {
        runner.stop();
    }

    private List<String> control(String action, Duration limit) {
        return new ArrayList<>(List.of(
                programs.program("pg_ctl"),
                action,
                "-s",
                "-w",
                "-t",
                Long.toString(limit.toSeconds()),
                "-D",
                directory.path().toString()));
    }

    private Path startLog() {
        return directory.file(START_LOG);
    }

    /** Makes the server of a directory a standby of the primary. */
    private void follow(Path data) {
        DataDirectory place = new DataDirectory(node, data);
        String settingsBefore = place.text(StandbyConfiguration.FILE).orElse("");
        try {
            runner.write(data.resolve(StandbyConfiguration.FILE), configuration.text(settingsBefore, password, empty));
            runner.write(data.resolve(StandbyConfiguration.SIGNAL), "");
        } catch (ProgramFailure failure) {
            throw RecoveryFailure.step("node " + node + " cannot be made a standby", failure.why());
        }
    }

    /** As the owner, so that no link in the directory leads to what is not his. */
    private void copyConfiguration(Path from, Path to) {
        Map<Path, List<String>> byDirectory = new TreeMap<>();
        for (Path file :
                new DataDirectory(node, directory.path().equals(to) ? from : directory.path()).configuration()) {
            Path parent = file.getParent() == null ? TOP : file.getParent();
            byDirectory
                    .computeIfAbsent(parent, any -> new ArrayList<>())
                    .add(from.resolve(file).toString());
        }
        try {
            for (Map.Entry<Path, List<String>> entry : byDirectory.entrySet()) {
                String into = to.resolve(entry.getKey()).toString();
                runner.ask(List.of("mkdir", "-p", into));
                List<String> copy = new ArrayList<>(List.of("cp", "-pPf"));
                copy.addAll(entry.getValue());
                copy.add(into);
                runner.ask(copy);
            }
        } catch (ProgramFailure failure) {
            throw RecoveryFailure.step("the configuration of node " + node + " cannot be kept", failure.why());
        }
    }

    private Path create(String suffix) {
        Path made = directory.sibling(suffix);
        try {
            owner.createDirectory(made);
            return made;
        } catch (IOException failure) {
            throw RecoveryFailure.step(made + " cannot be made", failure.toString());
        }
    }

    /** A directory of our own making that has not become anything. */
    private void removeOurs(Path made) {
        if (!Files.exists(made)) {
            return;
        }
        try {
            runner.empty(made);
            Files.delete(made);
        } catch (ProgramFailure | IOException stays) {
            log.warn("node recovery, node {}: {} is left behind: {}", node, made, stays.getMessage());
        }
    }

    private String ask(String program, String... arguments) {
        List<String> command = new ArrayList<>(List.of(programs.program(program)));
        command.addAll(List.of(arguments));
        try {
            return runner.ask(command);
        } catch (ProgramFailure failure) {
            throw RecoveryFailure.refused(node, failure.why());
        }
    }
}
