package io.trunkline.cli.demo;

import io.trunkline.cli.program.Md5Hex;
import io.trunkline.cli.program.RawText;
import io.trunkline.localcluster.LocalNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/** What {@code trunkline setup} leaves beside the servers: configuration, passwords, and the scripts. */
final class SetupFiles {
    private final Path directory;
    private final SetupOptions options;
    private final Path home;
    private final String user;

    /**
     * @param home the distribution's directory
     * @param user superuser, and user and password of PCP
     */
    SetupFiles(Path directory, SetupOptions options, Path home, String user) {
        this.directory = directory;
        this.options = options;
        this.home = home;
        this.user = user;
    }

    Path configurationDirectory() {
        return directory.resolve("etc");
    }

    Path configuration() {
        return configurationDirectory().resolve("pgpool.conf");
    }

    /** What follows these settings in pgpool.conf. */
    static String settings(List<DemoFailover.Setting> settings) {
        return settings.stream()
                .map(each -> each.name() + " = " + each.value() + "\n")
                .collect(Collectors.joining());
    }

    void write(List<LocalNode> nodes) throws IOException {
        Path etc = Files.createDirectories(configurationDirectory());
        Files.createDirectories(directory.resolve("log"));
        Files.createDirectories(directory.resolve("run"));
        Files.writeString(
                configuration(),
                sample("pgpool.conf.sample") + "\n\n# Set up by trunkline setup\n" + settings(own(nodes)));
        Files.writeString(etc.resolve("pool_hba.conf"), """
                local   all  scram_user        scram-sha-256
                local   all  md5_user          md5
                host    all  scram_user  all   scram-sha-256
                host    all  md5_user    all   md5
                local   all  all               trust
                host    all  all         127.0.0.1/32  trust
                host    all  all         ::1/128       trust
                """);
        Files.writeString(etc.resolve("pcp.conf"), sample("pcp.conf.sample") + user + ":" + md5(user) + "\n");
        secret(etc.resolve("pool_passwd"), user + ":md5" + md5(user + user) + "\n");
        secret(directory.resolve("pcppass"), "localhost:" + options.pcpPort() + ":" + user + ":" + user + "\n");
        writeScripts(nodes);
    }

    private String sample(String name) throws IOException {
        return Files.readString(home.resolve("etc").resolve(name));
    }

    private List<DemoFailover.Setting> own(List<LocalNode> nodes) {
        List<DemoFailover.Setting> settings = new ArrayList<>();
        set(settings, "backend_clustering_mode", options.streaming() ? "'streaming_replication'" : "'raw'");
        set(settings, "port", options.port());
        set(settings, "pcp_port", options.pcpPort());
        set(settings, "unix_socket_directories", "'/tmp'");
        set(settings, "pcp_socket_dir", "'/tmp'");
        set(settings, "pid_file_name", "'" + directory.resolve("run/pgpool.pid") + "'");
        set(settings, "work_dir", "'" + directory.resolve("log") + "'");
        set(settings, "enable_pool_hba", "on");
        set(settings, "log_per_node_statement", "on");
        set(settings, "sr_check_user", "'" + user + "'");
        set(settings, "health_check_test", options.healthCheckTest() ? "on" : "off");
        int id = 0;
        for (LocalNode node : nodes) {
            set(settings, "backend_hostname" + id, "'localhost'");
            set(settings, "backend_port" + id, node.port());
            set(settings, "backend_weight" + id, 1);
            set(settings, "backend_data_directory" + id, "'" + directory.resolve("data" + id) + "'");
            set(settings, "backend_application_name" + id, "'" + node.applicationName() + "'");
            set(settings, "health_check_period" + id, 10);
            set(settings, "health_check_user" + id, "'" + user + "'");
            set(settings, "health_check_max_retries" + id, 3);
            id++;
        }
        return settings;
    }

    private static void set(List<DemoFailover.Setting> settings, String name, Object value) {
        settings.add(new DemoFailover.Setting(name, value.toString()));
    }

    private void writeScripts(List<LocalNode> nodes) throws IOException {
        String launcher = DemoFailover.shell(home.resolve("bin/pgpool"));
        String head = "#!/bin/sh\ndir=`pwd`\nPGPOOL=" + launcher + "\n";
        StringBuilder start = new StringBuilder(head);
        StringBuilder shutdown = new StringBuilder(head).append("\"$PGPOOL\" -f \"$dir/etc/pgpool.conf\" -m f stop\n");
        for (LocalNode node : nodes) {
            start.append(DemoFailover.control(node))
                    .append(" -w -l ")
                    .append(DemoFailover.shell(node.log()))
                    .append(" start\n");
            shutdown.append(DemoFailover.control(node)).append(" -m f stop\n");
        }
        // Tests take the blank and the -D away, with "s/pgpool -D/pgpool/".
        start.append("PATH=")
                .append(DemoFailover.shell(home.resolve("bin")))
                .append(":$PATH\n")
                .append("pgpool -D -n ")
                .append(options.debug() ? "-d " : "")
                .append("-f \"$dir/etc/pgpool.conf\" -F \"$dir/etc/pcp.conf\" -a \"$dir/etc/pool_hba.conf\" 2>&1"
                        + " | cat > \"$dir/log/pgpool.log\" &\n");
        script("startall", start.toString());
        script("shutdownall", shutdown.toString());
        script("pgpool_reload", head + "\"$PGPOOL\" -f \"$dir/etc/pgpool.conf\" reload\n");
        script(
                "bashrc.ports",
                "export PGPOOL_PORT=" + options.port() + "\nexport PCP_PORT=" + options.pcpPort()
                        + "\nexport PCPPASSFILE=" + DemoFailover.shell(directory.resolve("pcppass")) + "\n");
        StringBuilder ports = new StringBuilder();
        for (int id = 0; id < nodes.size(); id++) {
            ports.append("server ")
                    .append(id)
                    .append(": port ")
                    .append(nodes.get(id).port())
                    .append('\n');
        }
        ports.append("Trunkline: port ")
                .append(options.port())
                .append(", PCP: port ")
                .append(options.pcpPort())
                .append('\n');
        Files.writeString(directory.resolve("README.port"), ports);
    }

    private void script(String name, String text) throws IOException {
        Path file = directory.resolve(name);
        Files.writeString(file, text);
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    private static void secret(Path file, String text) throws IOException {
        Files.createFile(file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        Files.writeString(file, text);
    }

    private static String md5(String text) {
        return Md5Hex.of(RawText.of(text));
    }
}
