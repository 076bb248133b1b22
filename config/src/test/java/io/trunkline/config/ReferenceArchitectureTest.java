package io.trunkline.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

/** Configurations in the shape of those that go with failover by EDB's Failover Manager, for Pgpool-II 4.1. */
class ReferenceArchitectureTest {
    private static final String POOL = """
            follow_master_command = '/opt/efm/follow.sh %d %P'
            load_balance_mode = on
            master_slave_mode = on
            master_slave_sub_mode = 'stream'
            fail_over_on_backend_error = off
            health_check_period = 0
            failover_if_affected_tuples_mismatch = off
            failover_command = ''
            failback_command = ''
            search_primary_node_timeout = 3
            backend_hostname0='primary'
            backend_port0=5433
            backend_flag0='ALLOW_TO_FAILOVER'
            backend_hostname1='standby1'
            backend_port1=5433
            backend_flag1='ALLOW_TO_FAILOVER'
            backend_hostname2='standby2'
            backend_port2=5433
            backend_flag2='ALLOW_TO_FAILOVER'
            sr_check_period = 10
            sr_check_user = 'enterprisedb'
            sr_check_password = 'edb'
            sr_check_database = 'edb'
            health_check_user = 'enterprisedb'
            health_check_password = 'edb'
            health_check_database = 'edb'
            """;

    private static final String WATCHDOG = """
            use_watchdog = on # watch the others
            wd_port = 9000 # any free port
            delegate_IP = '192.0.2.7'
            wd_lifecyclecheck_method = 'heartbeat'
            wd_interval = 10 # less is quicker
            wd_life_point = 3
            # the virtual address
            if_cmdconfig_path = '/sbin' # where ifconfig is
            if_up_cmd = 'ifconfig eth0:0 inet $_IP_$ netmask 255.255.255.0'
            # brings it up
            if_down_cmd = 'ifconfig eth0:0 down' #takes it down
            arping_path = '/usr/sbin' # where arping is
            arping_cmd = 'arping -U $_IP_$ -w 1' # tells the network
            """;

    private static final String PEERS = """
            other_pgpool_hostname0 = '<second server>'
            other_pgpool_port0 = 9999
            other_wd_port0 = 9000
            other_pgpool_hostname1 = '<third server>'
            other_pgpool_port1 = 9999
            other_wd_port1 = 9000
            wd_priority = <any integer>
            """;

    @Test
    void thePoolBlockLoadsWithoutAWord() {
        ConfigReading reading = PgpoolConfig.parse("pgpool.conf", POOL);
        assertThat(Configs.messages(reading)).isEmpty();
        PgpoolConfig config = reading.config().orElseThrow();
        assertThat(config.get(BackendParameters.BACKEND_CLUSTERING_MODE))
                .isEqualTo(ClusteringMode.STREAMING_REPLICATION);
        assertThat(config.get(FailoverParameters.FOLLOW_PRIMARY_COMMAND)).isEqualTo("/opt/efm/follow.sh %d %P");
        assertThat(config.get(FailoverParameters.FAILOVER_ON_BACKEND_ERROR)).isFalse();
        assertThat(config.get(FailoverParameters.SEARCH_PRIMARY_NODE_TIMEOUT)).isEqualTo(Duration.ofSeconds(3));
        assertThat(config.get(FailoverParameters.HEALTH_CHECK_USER, 2)).isEqualTo("enterprisedb");
        assertThat(config.nodes())
                .extracting(NodeSettings::hostname)
                .containsExactly("primary", "standby1", "standby2");
    }

    @Test
    void theWatchdogBlockLoadsWithItsTwoMisspeltNamesAsWarnings() {
        ConfigReading reading = PgpoolConfig.parse("pgpool.conf", Configs.BACKENDS + WATCHDOG);
        assertThat(Configs.messages(reading))
                .containsExactly(
                        "pgpool.conf:5: warning: parameter \"use_watchdog\": not built yet in this version and without"
                                + " effect",
                        "pgpool.conf:8: warning: parameter \"wd_lifecyclecheck_method\": this is not a known parameter, it"
                                + " has no effect; the nearest known name is \"wd_lifecheck_method\"",
                        "pgpool.conf:12: warning: parameter \"if_cmdconfig_path\": this is not a known parameter, it has no"
                                + " effect; the nearest known name is \"if_cmd_path\"");
        PgpoolConfig config = reading.config().orElseThrow();
        assertThat(config.get(WatchdogParameters.WD_PORT, 0)).isEqualTo(9000);
        assertThat(config.get(WatchdogParameters.DELEGATE_IP)).isEqualTo("192.0.2.7");
        assertThat(config.get(WatchdogParameters.IF_UP_CMD))
                .isEqualTo("ifconfig eth0:0 inet $_IP_$ netmask 255.255.255.0");
    }

    @Test
    void thePlaceHolderForThePriorityIsAnErrorAtItsLineAndANumberInItsPlaceLoads() {
        ConfigReading reading = PgpoolConfig.parse("pgpool.conf", Configs.BACKENDS + PEERS);
        assertThat(Configs.messages(reading))
                .containsExactly(
                        "pgpool.conf:11: error: parameter \"wd_priority\": \"<any integer>\" cannot be read: a value"
                                + " that is neither one word nor a number must stand in single quotes; allowed is a whole number, 0"
                                + " or more");
        PgpoolConfig config = PgpoolConfig.parse("pgpool.conf", Configs.BACKENDS + PEERS.replace("<any integer>", "5"))
                .config()
                .orElseThrow();
        assertThat(config.get(WatchdogParameters.WD_PRIORITY)).isEqualTo(5);
        assertThat(config.get(WatchdogParameters.HOSTNAME, 2)).isEqualTo("<third server>");
        assertThat(config.get(WatchdogParameters.WD_PORT, 1)).isEqualTo(9000);
    }
}
