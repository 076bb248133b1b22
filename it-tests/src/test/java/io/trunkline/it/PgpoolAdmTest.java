package io.trunkline.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.trunkline.localcluster.LocalClusterException;
import io.trunkline.localcluster.LocalNode;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Pgpool-II's extension pgpool_adm, as of 4.3: functions by which a server asks our PCP server. */
class PgpoolAdmTest {
    private static final String TIME = "\\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d:\\d\\d";

    private static PcpRig rig;
    private static String by;

    @BeforeAll
    static void start() {
        Assumptions.assumeTrue(
                Cluster.ask(Cluster.PRIMARY, "SELECT count(*) FROM pg_available_extensions WHERE name = 'pgpool_adm'")
                        .equals("1"),
                "pgpool_adm is not installed");
        rig = PcpRig.start();
        by = "'127.0.0.1', " + rig.pcpPort() + ", '" + PcpRig.USER + "', '" + PcpRig.PASSWORD + "'";
        query("CREATE EXTENSION pgpool_adm");
    }

    @AfterAll
    static void stop() {
        if (rig != null) {
            rig.close();
        }
    }

    /** The only row of the answer, as psql prints it. */
    private static String row(String sql) {
        List<List<@Nullable String>> rows = query(sql);
        assertThat(rows).hasSize(1);
        return String.join("|", rows.get(0).stream().map(String::valueOf).toList());
    }

    private static List<List<@Nullable String>> query(String sql) {
        return rig.cluster().node(0).query(sql);
    }

    @Test
    void nodesAreCounted() {
        assertThat(row("SELECT pcp_node_count(" + by + ")")).isEqualTo("2");
    }

    @Test
    void nodesAreDescribed() {
        LocalNode primary = rig.cluster().node(0);
        LocalNode standby = rig.cluster().node(1);
        assertThat(row("SELECT * FROM pcp_node_info(0, " + by + ")"))
                .matches("127\\.0\\.0\\.1\\|" + primary.port()
                        + "\\|Connection in use\\|up\\|0\\|Primary\\|primary\\|0\\|\\|\\|" + TIME);
        assertThat(row("SELECT * FROM pcp_node_info(1, " + by + ")"))
                .matches("127\\.0\\.0\\.1\\|" + standby.port()
                        + "\\|Connection in use\\|up\\|1\\|Standby\\|standby\\|\\d+\\|streaming\\|async\\|" + TIME);
    }

    @Test
    void healthChecksAreCounted() {
        Eventually.holds(
                () -> assertThat(row("SELECT host, port, status, role, total_count = success_count, total_count > 0,"
                                + " fail_count, last_failed_health_check IS NULL, last_health_check IS NOT NULL"
                                + " FROM pcp_health_check_stats(0, " + by + ")"))
                        .isEqualTo("127.0.0.1|" + rig.cluster().node(0).port() + "|up|primary|t|t|0|t|t"));
    }

    /** The extension declares a function that returns many rows as one of a single row, which servers refuse. */
    @Test
    void parametersAreListed() {
        query("CREATE FUNCTION parameters(text, int, text, text, OUT item text, OUT value text, OUT description text)"
                + " RETURNS SETOF record AS '$libdir/pgpool_adm', '_pcp_pool_status' LANGUAGE C VOLATILE STRICT");
        assertThat(row("SELECT item, value FROM parameters(" + by + ") WHERE item = 'port'"))
                .isEqualTo("port|" + rig.port());
    }

    @Test
    void aNodeIsDetachedAndAttachedAgain() {
        assertThat(row("SELECT pcp_detach_node(1, false, " + by + ")")).isEqualTo("t");
        assertThat(row("SELECT status FROM pcp_node_info(1, " + by + ")")).isEqualTo("Disconnected");
        assertThat(row("SELECT pcp_attach_node(1, " + by + ")")).isEqualTo("t");
        Eventually.holds(() -> assertThat(row("SELECT status FROM pcp_node_info(1, " + by + ")"))
                .isEqualTo("Connection in use"));
    }

    @Test
    void aForeignServerMayHaveAddressAndPassword() {
        query("CREATE FOREIGN DATA WRAPPER pgpool");
        query("CREATE SERVER pcp FOREIGN DATA WRAPPER pgpool OPTIONS (host '127.0.0.1', port '" + rig.pcpPort() + "')");
        query("CREATE USER MAPPING FOR CURRENT_USER SERVER pcp OPTIONS (user '" + PcpRig.USER + "', password '"
                + PcpRig.PASSWORD + "')");
        assertThat(row("SELECT pcp_node_count('pcp')")).isEqualTo("2");
    }

    @Test
    void refusalsAreErrors() {
        assertThatThrownBy(() -> query(
                        "SELECT pcp_node_count('127.0.0.1', " + rig.pcpPort() + ", '" + PcpRig.USER + "', 'guess')"))
                .isInstanceOf(LocalClusterException.class)
                .hasMessageContaining("connection to PCP server failed");
        assertThatThrownBy(() -> query("SELECT pcp_node_info(7, " + by + ")"))
                .isInstanceOf(LocalClusterException.class)
                .hasMessageContaining("failed to get node information");
    }
}
