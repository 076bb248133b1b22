package io.trunkline.localcluster;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;

/**
 * The configuration of a node: {@code postgresql.conf} as initdb made it includes a file of ours at its end, which is
 * written anew before each start of the cluster, as ports and settings may have changed meanwhile.
 */
final class NodeFiles {

    private static final String INCLUDED = "trunkline.conf";
    private static final String ALTERED = "postgresql.auto.conf";

    /** Whom a standby follows is ours to say. */
    private static final Pattern FOLLOWED = Pattern.compile("\\s*(primary_conninfo|primary_slot_name)\\b.*");

    private static final int WAL_KEEP_SIZE_SINCE = 13;

    private final ClusterSettings settings;
    private final PostgresInstallation installation;
    private final ServerAccount account;

    NodeFiles(ClusterSettings settings, PostgresInstallation installation, ServerAccount account) {
        this.settings = settings;
        this.installation = installation;
        this.account = account;
    }

    /** Done once, in the directory that initdb made; standbys get both files with the copy. */
    void prepare(LocalNode node) throws IOException {
        Path main = node.dataDirectory().resolve("postgresql.conf");
        account.write(main, Files.readString(main) + "\ninclude = '" + INCLUDED + "'\n");
    }

    /** Writes what is our own of a node's configuration. */
    void write(LocalNode node, LocalNode primary) throws IOException {
        Path data = node.dataDirectory();
        account.write(data.resolve(INCLUDED), configuration(node, primary));
        account.write(data.resolve("pg_hba.conf"), clientAuthentication());
        forgetRecovery(data.resolve(ALTERED));
        if (node != primary) {
            account.write(data.resolve("standby.signal"), "");
        }
    }

    /** Where a node was recovered since, what it was told to follow then would win over our own file. */
    private void forgetRecovery(Path altered) throws IOException {
        List<String> lines = Files.readAllLines(altered);
        if (lines.removeIf(line -> FOLLOWED.matcher(line).matches())) {
            account.write(altered, String.join("\n", lines) + "\n");
        }
    }

    private String configuration(LocalNode node, LocalNode primary) {
        StringBuilder text = new StringBuilder("# Written anew at each start\n");
        line(text, "listen_addresses = '" + LocalCluster.ADDRESS + "'");
        line(text, "port = " + node.port());
        line(text, "unix_socket_directories = ''");
        line(text, "cluster_name = '" + node.applicationName() + "'");
        line(text, "max_connections = 200");
        line(text, "shared_buffers = 16MB");
        line(text, "wal_level = replica");
        line(text, "max_wal_senders = " + (settings.nodes() + 6));
        // Instead of replication slots: a standby may be away for a while, and a dead one fills no disk.
        line(text, installation.major() >= WAL_KEEP_SIZE_SINCE ? "wal_keep_size = 256MB" : "wal_keep_segments = 16");
        line(text, "min_wal_size = 32MB");
        line(text, "hot_standby = on");
        line(text, "wal_retrieve_retry_interval = 200ms");
        line(text, "wal_receiver_status_interval = 1s");
        line(text, "fsync = off");
        line(text, "log_line_prefix = '%m [%p] %q%u@%d %a '");
        if (node != primary) {
            line(
                    text,
                    "primary_conninfo = 'host=" + LocalCluster.ADDRESS + " port=" + primary.port() + " user="
                            + settings.superuser() + " application_name=" + node.applicationName() + "'");
        }
        settings.lines().forEach(line -> line(text, line));
        settings.nodeLines().getOrDefault(node.id(), List.of()).forEach(line -> line(text, line));
        return text.toString();
    }

    private String clientAuthentication() {
        StringBuilder text = new StringBuilder("# Written anew at each start\n");
        // The superuser and replication are how the cluster itself is run, so they come before what a test asks for.
        line(text, "host all " + settings.superuser() + " 127.0.0.1/32 trust");
        line(text, "host replication " + settings.superuser() + " 127.0.0.1/32 trust");
        settings.hbaLines().forEach(line -> line(text, line));
        line(text, "local all all trust");
        line(text, "host all all 127.0.0.1/32 trust");
        line(text, "host all all ::1/128 trust");
        return text.toString();
    }

    private static void line(StringBuilder text, String line) {
        text.append(line).append('\n');
    }
}
