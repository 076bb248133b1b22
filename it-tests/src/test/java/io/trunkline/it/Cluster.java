package io.trunkline.it;

import io.trunkline.localcluster.LocalCluster;
import io.trunkline.localcluster.LocalNode;
import io.trunkline.localcluster.PostgresFinder;
import io.trunkline.localcluster.PostgresInstallation;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Objects;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * The servers of the tests: one cluster of a primary (node 0) and two standbys for the whole run, made when the first
 * test asks for it, and clusters of their own for tests that break things.
 *
 * <p>The view {@code here} tells the port of the node that answers, and the process id of the backend: its functions
 * are declared stable, so a statement about it goes where reads go. To read {@code counter} with {@code nextval()} is a write.
 *
 * <p>In the shared cluster, user and database {@code app} are trusted; {@code scram_user} and {@code md5_user}, both with
 * the password {@link #PASSWORD}, have to prove it.
 */
final class Cluster {
    static final int PRIMARY = 0;
    static final String USER = "app";
    static final String SCRAM_USER = "scram_user";
    static final String MD5_USER = "md5_user";
    static final String PASSWORD = "correct horse";

    /** Roles whose members have to prove their password to the servers by the method of the name. */
    static final String SCRAM_ROLES = "scram_roles";

    static final String MD5_ROLES = "md5_roles";
    static final String PASSWORD_ROLES = "password_roles";

    private static @Nullable LocalCluster shared;

    private Cluster() {}

    static synchronized LocalCluster shared() {
        LocalCluster running = shared;
        if (running == null) {
            running = start(builder -> builder.configure("max_connections = 300")
                    .configure("superuser_reserved_connections = 10")
                    .configure("max_prepared_transactions = 10")
                    .clientAuthentication("host all " + SCRAM_USER + " 127.0.0.1/32 scram-sha-256")
                    .clientAuthentication("host all " + MD5_USER + " 127.0.0.1/32 md5")
                    .clientAuthentication("host all +" + SCRAM_ROLES + " 127.0.0.1/32 scram-sha-256")
                    .clientAuthentication("host all +" + MD5_ROLES + " 127.0.0.1/32 md5")
                    .clientAuthentication("host all +" + PASSWORD_ROLES + " 127.0.0.1/32 password"));
            shared = running;
            // for a run that is broken off
            Runtime.getRuntime().addShutdownHook(new Thread(Cluster::end));
            running.node(PRIMARY)
                    .query("CREATE ROLE " + SCRAM_ROLES + "; CREATE ROLE " + MD5_ROLES + "; CREATE ROLE "
                            + PASSWORD_ROLES);
            running.node(PRIMARY)
                    .query("SET password_encryption = 'scram-sha-256'; CREATE ROLE " + SCRAM_USER
                            + " LOGIN PASSWORD '" + PASSWORD + "'; SET password_encryption = 'md5'; CREATE ROLE "
                            + MD5_USER
                            + " LOGIN PASSWORD '" + PASSWORD + "'");
            running.node(PRIMARY)
                    .query(
                            USER,
                            "CREATE FUNCTION backend() RETURNS int LANGUAGE sql STABLE AS 'SELECT pg_backend_pid()';"
                                    + " CREATE FUNCTION setting(text) RETURNS text LANGUAGE sql STABLE"
                                    + " AS 'SELECT current_setting($1)';"
                                    + " CREATE VIEW here AS SELECT inet_server_port() AS port, backend() AS pid;"
                                    + " CREATE VIEW here_with_settings AS SELECT *, setting('work_mem') AS w,"
                                    + " setting('application_name') AS a FROM here;"
                                    + " CREATE SEQUENCE counter; GRANT ALL ON here, here_with_settings, counter TO PUBLIC");
            running.awaitStreaming();
        }
        return running;
    }

    /** Ends the shared cluster, if there is one. */
    static synchronized void end() {
        if (shared != null) {
            shared.close();
            shared = null;
        }
    }

    /** Another cluster, which the caller closes. */
    static LocalCluster start(UnaryOperator<LocalCluster.Builder> settings) {
        try {
            Path directory = Files.createTempDirectory("trunkline-it");
            Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxr-xr-x"));
            return settings.apply(LocalCluster.in(directory, installation())
                            .user(USER)
                            .database(USER)
                            .configure("fsync = off"))
                    .start();
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    static PostgresInstallation installation() {
        return new PostgresFinder(line -> {}).any();
    }

    /** Asks a node of the shared cluster, past Trunkline: the first column of the first row. */
    static String ask(int node, String sql) {
        return ask(shared().node(node), sql);
    }

    static String ask(LocalNode node, String sql) {
        List<List<@Nullable String>> rows = node.query(sql);
        return Objects.requireNonNull(rows.get(0).get(0), "NULL");
    }

    /** What the servers have of a user's password. */
    static String storedPassword(String user) {
        return ask(PRIMARY, "SELECT rolpassword FROM pg_authid WHERE rolname = '" + user + "'");
    }

    /** The port of a node of the shared cluster, as the view {@code here} tells it. */
    static String port(int node) {
        return Integer.toString(shared().node(node).port());
    }

    /** Backends of ordinary clients on a node of the shared cluster that fulfil a condition on pg_stat_activity. */
    static int backends(int node, String condition) {
        return Integer.parseInt(ask(
                node,
                "SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()"
                        + " AND (" + condition + ")"));
    }

    /** Waits until the standbys have what the primary has. */
    static void awaitStandbys() {
        shared().awaitStreaming();
    }
}
