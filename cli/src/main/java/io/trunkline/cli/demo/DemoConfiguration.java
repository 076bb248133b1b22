package io.trunkline.cli.demo;

import io.trunkline.localcluster.LocalCluster;
import io.trunkline.localcluster.LocalNode;
import java.nio.file.Path;

/** The pgpool.conf of a demo: short enough to be read, and a good beginning for one's own. */
final class DemoConfiguration {

    /** The role that Trunkline asks the servers as; it may see the replication statistics and nothing else. */
    static final String CHECK_USER = "pgpool";

    private DemoConfiguration() {}

    static String text(DemoOptions options, LocalCluster cluster, Path directory) {
        StringBuilder text = new StringBuilder();
        text.append("# The configuration of a Trunkline demo, written anew each time that it starts\n");
        section(text, "Where clients connect");
        setting(text, "listen_addresses", "'localhost'");
        setting(text, "port", options.port());
        setting(text, "pcp_listen_addresses", "'localhost'");
        setting(text, "pcp_port", options.pcpPort());
        section(text, "The PostgreSQL servers");
        setting(text, "backend_clustering_mode", "'streaming_replication'");
        for (LocalNode node : cluster.nodes()) {
            text.append('\n');
            setting(text, "backend_hostname" + node.id(), quoted(node.address()));
            setting(text, "backend_port" + node.id(), node.port());
            setting(text, "backend_weight" + node.id(), 1);
            setting(text, "backend_data_directory" + node.id(), quoted(node.dataDirectory()));
            setting(text, "backend_application_name" + node.id(), quoted(node.applicationName()));
        }
        section(text, "Clients served at once; the others wait their turn");
        setting(text, "num_init_children", 32);
        section(text, "Reads go to the standbys and the primary, by weight");
        setting(text, "load_balance_mode", "on");
        section(text, "Who is the primary, and how far the standbys are behind");
        setting(text, "sr_check_user", quoted(CHECK_USER));
        setting(text, "sr_check_database", "'postgres'");
        setting(text, "sr_check_period", 5);
        section(text, "When the primary is lost: another node is promoted, and the others are made to follow it");
        DemoFailover.settings(cluster, directory).forEach(each -> setting(text, each.name(), each.value()));
        section(text, "Files");
        setting(text, "pid_file_name", quoted(directory.resolve(DemoState.PID_FILE)));
        setting(text, "work_dir", quoted(directory));
        return text.toString();
    }

    private static void section(StringBuilder text, String title) {
        text.append("\n# ").append(title).append('\n');
    }

    private static void setting(StringBuilder text, String name, Object value) {
        text.append(name).append(" = ").append(value).append('\n');
    }

    /** The syntax has no way to put a quote into a value, so that a directory's name must have none. */
    private static String quoted(Object value) {
        return "'" + value + "'";
    }
}
