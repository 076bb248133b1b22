package io.trunkline.localcluster;

import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The data directory of a new standby: by {@code pg_basebackup}, or where that is missing by copying the running primary's
 * files between {@code pg_backup_start} and {@code pg_backup_stop}, as PostgreSQL's documentation has it under "Making a
 * Base Backup Using the Low Level API".
 */
final class StandbyCopy {

    private static final Duration LIMIT = Duration.ofMinutes(10);
    private static final int NEW_NAMES_SINCE = 15;

    /** Directories whose content belongs to the running primary; the standby needs them empty. */
    private static final Set<String> LEFT_EMPTY = Set.of(
            "pg_wal",
            "pg_replslot",
            "pg_dynshmem",
            "pg_notify",
            "pg_serial",
            "pg_snapshots",
            "pg_stat_tmp",
            "pg_subtrans");

    private static final Set<String> LEFT_OUT = Set.of(
            "postmaster.pid",
            "postmaster.opts",
            "pg_internal.init",
            "backup_label",
            "backup_label.old",
            "tablespace_map",
            "backup_manifest",
            "standby.signal",
            "recovery.signal",
            "current_logfiles");

    private final PostgresInstallation installation;
    private final ServerAccount account;
    private final String superuser;

    StandbyCopy(PostgresInstallation installation, ServerAccount account, String superuser) {
        this.installation = installation;
        this.account = account;
        this.superuser = superuser;
    }

    /** Fills the empty data directory of a standby from the running primary. */
    void copy(LocalNode primary, LocalNode standby) throws IOException {
        if (installation.has("pg_basebackup")) {
            baseBackup(primary, standby);
        } else {
            copyFiles(primary, standby);
        }
    }

    private void baseBackup(LocalNode primary, LocalNode standby) {
        Command.run(
                LIMIT,
                account.command(List.of(
                        installation.program("pg_basebackup").toString(),
                        "-D",
                        standby.dataDirectory().toString(),
                        "-h",
                        LocalCluster.ADDRESS,
                        "-p",
                        Integer.toString(primary.port()),
                        "-U",
                        superuser,
                        "-w",
                        "-N",
                        "-X",
                        "stream",
                        "-c",
                        "fast")));
    }

    void copyFiles(LocalNode primary, LocalNode standby) throws IOException {
        boolean newNames = installation.major() >= NEW_NAMES_SINCE;
        // The backup lasts as long as the session that began it.
        try (TrustSession session = primary.session("postgres")) {
            session.query(
                    newNames
                            ? "SELECT pg_backup_start('trunkline', true)"
                            : "SELECT pg_start_backup('trunkline', true, false)");
            copyTree(primary.dataDirectory(), standby.dataDirectory());
            List<List<@Nullable String>> stopped = session.query(
                    newNames
                            ? "SELECT labelfile, spcmapfile FROM pg_backup_stop(false)"
                            : "SELECT labelfile, spcmapfile FROM pg_stop_backup(false, false)");
            String label = stopped.get(0).get(0);
            String tablespaces = stopped.get(0).get(1);
            if (label == null) {
                throw new LocalClusterException("node " + primary.id() + " gave no backup label");
            }
            if (tablespaces != null && !tablespaces.isBlank()) {
                throw new LocalClusterException("node " + primary.id()
                        + " has tablespaces: two nodes on one machine cannot have them in the same place");
            }
            account.write(standby.dataDirectory().resolve("backup_label"), label);
        }
    }

    private void copyTree(Path source, Path target) throws IOException {
        Files.walkFileTree(source, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult preVisitDirectory(Path directory, BasicFileAttributes attributes)
                    throws IOException {
                account.createPrivateDirectory(target.resolve(source.relativize(directory)));
                if (directory.getParent() != null
                        && directory.getParent().equals(source)
                        && LEFT_EMPTY.contains(directory.getFileName().toString())) {
                    return FileVisitResult.SKIP_SUBTREE;
                }
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                String name = file.getFileName().toString();
                if (attributes.isRegularFile() && !LEFT_OUT.contains(name) && !name.startsWith("pgsql_tmp")) {
                    Path copy = target.resolve(source.relativize(file));
                    try {
                        Files.copy(file, copy, StandardCopyOption.COPY_ATTRIBUTES);
                        account.own(copy);
                    } catch (NoSuchFileException droppedMeanwhile) {
                        Files.deleteIfExists(copy);
                    }
                }
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFileFailed(Path file, IOException failure) throws IOException {
                if (failure instanceof NoSuchFileException) {
                    return FileVisitResult.CONTINUE;
                }
                throw failure;
            }
        });
        account.createPrivateDirectory(target.resolve("pg_wal").resolve("archive_status"));
    }
}
