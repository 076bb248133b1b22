package io.trunkline.cli.demo;

import io.trunkline.localcluster.LocalCluster;
import io.trunkline.localcluster.LocalNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/** What a demo needs to survive its primary: two scripts beside the cluster, and the settings that have them called. */
final class DemoFailover {

    /** The scripts, and what Trunkline keeps of the nodes: names that the directory of a demo may have. */
    static final List<String> FILES =
            List.of("failover.sh", "follow_primary.sh", "pgpool_status", "pgpool_status.trunkline");

    /** What the servers need for it: without hints pg_rewind cannot be used, and each recovery would be a new copy. */
    static final String SERVER_SETTING = "wal_log_hints = on";

    private static final String FAILOVER = FILES.get(0);
    private static final String FOLLOW = FILES.get(1);

    private DemoFailover() {}

    /** A line of pgpool.conf. */
    record Setting(String name, String value) {}

    /** What goes into pgpool.conf, in this order. */
    static List<Setting> settings(LocalCluster cluster, Path directory) {
        return settings(cluster, directory, DemoConfiguration.CHECK_USER);
    }

    /** The same, with the user of the health checks. */
    static List<Setting> settings(LocalCluster cluster, Path directory, String checkUser) {
        List<Setting> settings = new ArrayList<>(List.of(
                new Setting("health_check_period", "2"),
                new Setting("health_check_timeout", "2"),
                new Setting("health_check_user", "'" + checkUser + "'"),
                new Setting("failover_command", "'" + shell(directory.resolve(FAILOVER)) + " %d %P %m %D'")));
        if (canRecover(cluster)) {
            settings.addAll(List.of(
                    new Setting("follow_primary_command", "'" + shell(directory.resolve(FOLLOW)) + " %d'"),
                    new Setting("recovery_mode", "'builtin'"),
                    new Setting("recovery_user", "'" + cluster.superuser() + "'"),
                    new Setting(
                            "recovery_bin_directory",
                            "'" + cluster.installation().bin() + "'")));
        }
        return settings;
    }

    /** The binaries of Maven Central are fewer. */
    private static boolean canRecover(LocalCluster cluster) {
        return cluster.installation().has("pg_basebackup");
    }

    /** Writes the scripts. */
    static void writeScripts(LocalCluster cluster, Path directory, Path launcher, Path configuration)
            throws IOException {
        write(directory.resolve(FAILOVER), failover(cluster));
        write(directory.resolve(FOLLOW), follow(cluster, launcher, configuration));
    }

    private static void write(Path script, String text) throws IOException {
        Files.writeString(script, text);
        Files.setPosixFilePermissions(script, PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    /** The old primary is stopped before another node is promoted, so that there are never two. */
    private static String failover(LocalCluster cluster) {
        return """
                #!/bin/sh
                # failover_command of the demo: promotes the node that takes over when the primary is lost, or hands over.
                # usage: failover.sh NODE OLD_PRIMARY NEW_MAIN DATA_DIRECTORY
                control() {
                    node=$1
                    shift
                    case $node in
                %s        *) echo "no node takes over" >&2; return 1 ;;
                    esac
                }
                # A server that was killed is not waited for, though its process may still be listed.
                alive() {
                    { read -r pid && read -r _ _ state _ < "/proc/$pid/stat"; } 2> /dev/null < "$1/postmaster.pid" &&
                        [ "$state" != Z ]
                }
                [ "$1" = "$2" ] || exit 0    # a standby: nobody has to be promoted
                alive "$4" && control "$2" -s -m fast -w -t 3 stop
                control "$3" -s -w promote
                """.formatted(cases(cluster));
    }

    /** One that runs is stopped first: recovery does not touch the files of a server that runs. */
    private static String follow(LocalCluster cluster, Path launcher, Path configuration) {
        return """
                #!/bin/sh
                # follow_primary_command of the demo: makes a node a standby of the new primary, and attaches it.
                # usage: follow_primary.sh NODE
                control() {
                    node=$1
                    shift
                    case $node in
                %s    esac
                }
                control "$1" status > /dev/null && control "$1" -m fast -w stop
                exec %s node recover "$1" -f %s
                """.formatted(cases(cluster), shell(launcher), shell(configuration));
    }

    private static String cases(LocalCluster cluster) {
        return cluster.nodes().stream().map(DemoFailover::controlOf).collect(Collectors.joining());
    }

    private static String controlOf(LocalNode node) {
        return "        " + node.id() + ") " + control(node) + " \"$@\" ;;\n";
    }

    /** pg_ctl for a node, in words for the shell. */
    static String control(LocalNode node) {
        return node.controlCommand().stream().map(DemoFailover::shell).collect(Collectors.joining(" "));
    }

    /** A word for the shell; names of a demo's files have no quotes. */
    static String shell(Object word) {
        String text = word.toString();
        return text.matches("[A-Za-z0-9._/=:+-]+") ? text : "\"" + text.replaceAll("[\\\\\"$`]", "\\\\$0") + "\"";
    }

    /** Forgets what Trunkline kept of the nodes: a cluster that has been started anew has all of them up. */
    static void forgetNodes(Path directory) throws IOException {
        for (String name : FILES.subList(2, FILES.size())) {
            Files.deleteIfExists(directory.resolve(name));
        }
    }

    /** What the user may try. */
    static List<String> hints(LocalCluster cluster) {
        if (cluster.nodes().size() < 2) {
            return List.of();
        }
        Path lock = cluster.primary().dataDirectory().resolve("postmaster.pid");
        return List.of(
                "Kill the primary and watch: the connection stays, a standby is promoted"
                        + (canRecover(cluster) ? ", the old primary comes back as a standby." : "."),
                "  kill -9 $(head -1 " + shell(lock) + ")");
    }
}
