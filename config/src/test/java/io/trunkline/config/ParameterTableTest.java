package io.trunkline.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class ParameterTableTest {
    static Collection<ParameterDefinition<?>> all() {
        return ParameterTable.all();
    }

    @Test
    void everyGroupHasTheParametersOfTheManual() {
        Map<Group, Long> counts = new TreeMap<>(all().stream()
                .filter(parameter -> !parameter.isOwn())
                .collect(Collectors.groupingBy(ParameterDefinition::group, Collectors.counting())));
        assertThat(counts)
                .containsExactly(
                        Map.entry(Group.BACKENDS, 7L),
                        Map.entry(Group.CLUSTERING, 1L),
                        Map.entry(Group.CONNECTIONS, 14L),
                        Map.entry(Group.POOL, 13L),
                        Map.entry(Group.ROUTING, 20L),
                        Map.entry(Group.REPLICATION_CHECK, 10L),
                        Map.entry(Group.HEALTH_CHECK, 8L),
                        Map.entry(Group.FAILOVER, 13L),
                        Map.entry(Group.RECOVERY, 7L),
                        Map.entry(Group.REPLICATION, 5L),
                        Map.entry(Group.CACHE, 16L),
                        Map.entry(Group.TLS, 11L),
                        Map.entry(Group.WATCHDOG, 39L),
                        Map.entry(Group.LOGGING, 23L),
                        Map.entry(Group.FILES, 2L));
    }

    @Test
    void parametersStandGroupByGroup() {
        List<Group> order =
                all().stream().map(ParameterDefinition::group).distinct().toList();
        assertThat(order).containsExactly(Group.values());
        assertThat(all().stream().map(ParameterDefinition::group).toList()).isSorted();
    }

    @Test
    void ownParametersAreMarked() {
        assertThat(all().stream().filter(ParameterDefinition::isOwn).map(ParameterDefinition::name))
                .containsExactlyInAnyOrder(
                        "backend_pool_size",
                        "backend_max_connections",
                        "restart_drain_timeout",
                        "client_wait_notice",
                        "pool_mode",
                        "database_pool_mode_list",
                        "user_pool_mode_list",
                        "max_prepared_statements",
                        "client_wait_timeout",
                        "ident_file",
                        "auth_query",
                        "auth_query_user",
                        "auth_query_password",
                        "auth_query_database",
                        "auth_query_cache_ttl",
                        "max_half_open_connections",
                        "max_half_open_connections_per_address",
                        "max_user_sessions",
                        "max_db_sessions",
                        "ssl_min_protocol_version",
                        "ssl_max_protocol_version",
                        "backend_sslmode",
                        "backend_sslnegotiation",
                        "backend_ssl_ca_cert",
                        "backend_ssl_crl_file",
                        "backend_ssl_cert",
                        "backend_ssl_key",
                        "health_check_query",
                        "pgpool_compat_version",
                        "log_format",
                        "admin_users",
                        "stats_users",
                        "metrics_port",
                        "metrics_listen_addresses",
                        "worker_threads",
                        "query_inspection_limit",
                        "max_buffer_memory",
                        "reuse_unnamed_statements",
                        "health_check_not_ready_grace",
                        "failover_command_timeout",
                        "follow_primary_command_timeout",
                        "failover_candidate",
                        "promotion_needs_synchronous_standbys",
                        "follow_primary_detach_all",
                        "standby_grace_after_promotion",
                        "primary_wait_timeout",
                        "failover_session_policy",
                        "failover_keep_sessions_with",
                        "unknown_outcome_sqlstate",
                        "switchover_drain_timeout",
                        "switchover_end_stragglers",
                        "recovery_mode",
                        "recovery_bin_directory");
    }

    @Test
    void secretsAreThePasswordsThePassphraseCommandAndWhatPgpoolMasks() {
        assertThat(all().stream().filter(ParameterDefinition::isSecret).map(ParameterDefinition::name))
                .containsExactlyInAnyOrder(
                        "pool_passwd",
                        "auth_query_password",
                        "sr_check_password",
                        "health_check_password",
                        "recovery_password",
                        "ssl_passphrase_command",
                        "wd_authkey",
                        "wd_lifecheck_password");
    }

    @ParameterizedTest
    @MethodSource("all")
    void theDefaultIsShownInAFormThatReadsBackToIt(ParameterDefinition<?> definition) throws Exception {
        assertDefaultReadsBack(definition);
    }

    private static <T> void assertDefaultReadsBack(ParameterDefinition<T> definition) throws Exception {
        ValueType<T> type = definition.type();
        assertThat(type.parse(type.show(definition.defaultValue()))).isEqualTo(definition.defaultValue());
        if (definition instanceof NodeParameter) {
            assertThat(type.parse(type.showElement(definition.defaultValue()))).isEqualTo(definition.defaultValue());
        }
    }

    @ParameterizedTest
    @MethodSource("all")
    void everyParameterSaysWhatItIsForAndWhatIsAllowed(ParameterDefinition<?> definition) {
        assertThat(definition.meaning()).endsWith(".").hasSizeGreaterThan(8);
        assertThat(definition.type().allowed()).isNotBlank();
        assertThat(definition.type().kind()).isNotBlank();
    }

    @ParameterizedTest
    @MethodSource("all")
    void theSwitchOfAFeatureIsAParameterItself(ParameterDefinition<?> definition) {
        definition
                .partOf()
                .ifPresent(name -> assertThat(ParameterTable.find(name)).isPresent());
        assertThat(definition.partOf()).isNotEqualTo(java.util.Optional.of(definition.name()));
    }

    @ParameterizedTest
    @CsvSource({
        "port,1023,65536",
        "pcp_port,80,70000",
        "listen_backlog_multiplier,0,",
        "num_init_children,0,3000000000",
        "max_pool,-1,3000000000",
        "reserved_connections,-1,",
        "backend_port0,1,65536",
        "backend_weight0,-0.1,100000001",
        "connect_timeout,-1,30d",
        "client_idle_limit_in_recovery,-2,",
        "unix_socket_permissions,-1,01000",
        "log_rotation_size,-1,3GB",
        "memqcache_cache_block_size,511,2GB",
        "wd_heartbeat_deadtime,0,",
        "replication_delay_source_timeout,0,3601",
        "track_table_mutation_ttl_factor,0.9,100.1",
        "track_table_mutation_table_size,127,131073",
        "query_inspection_limit,1023,17MB",
        "metrics_port,-1,65536",
        "worker_threads,-1,1025"
    })
    void valuesOutOfBoundsAreErrors(String name, String tooLow, String tooHigh) {
        Stream.of(tooLow, tooHigh).filter(value -> value != null).forEach(value -> {
            ConfigReading reading = Configs.read(name + " = '" + value + "'\n");
            assertThat(Configs.messages(reading, Severity.ERROR))
                    .singleElement()
                    .asString()
                    .startsWith("pgpool.conf:5: error: parameter \"" + name + "\": " + value
                            + " is out of bounds; allowed is ");
        });
    }

    @ParameterizedTest
    @CsvSource({
        "socket_dir,unix_socket_directories,/run/pg",
        "follow_master_command,follow_primary_command,/x.sh %d",
        "fail_over_on_backend_error,failover_on_backend_error,off",
        "delegate_IP,delegate_ip,10.0.0.9",
        "logdir,work_dir,/var/lib/x",
        "wd_initial_node_showup_time,wd_no_show_node_removal_timeout,3min",
        "wd_hostname,hostname0,me",
        "wd_port,wd_port0,9000",
        "wd_heartbeat_port,heartbeat_port0,9694",
        "other_pgpool_hostname0,hostname1,peer",
        "other_pgpool_port1,pgpool_port2,9999",
        "other_wd_port0,wd_port1,9000",
        "heartbeat_destination0,heartbeat_hostname1,peer",
        "heartbeat_destination_port0,heartbeat_port1,9694"
    })
    void oldNamesSetTheNewParameter(String oldName, String newName, String value) {
        PgpoolConfig config = Configs.valid(oldName + " = '" + value + "'\n");
        assertThat(config.show(newName)).contains(value);
    }

    @ParameterizedTest
    @CsvSource({
        "black_function_list,write_function_list,'nextval,setval'",
        "white_function_list,read_only_function_list,'a,b.*'",
        "black_query_pattern_list,primary_routing_query_pattern_list,'SELECT 1;.*x.*'",
        "white_memqcache_table_list,cache_safe_memqcache_table_list,'t,u'",
        "black_memqcache_table_list,cache_unsafe_memqcache_table_list,'t,u'"
    })
    void oldListNamesSetTheNewParameter(String oldName, String newName, String value) {
        assertThat(Configs.valid(oldName + " = '" + value + "'\n").show(newName))
                .contains(value);
    }

    @ParameterizedTest
    @CsvSource({
        "relcache_query_target,master,primary",
        "check_temp_table,on,catalog",
        "check_temp_table,OFF,none",
        "backend_flag0,ALWAYS_MASTER,ALWAYS_PRIMARY",
        "backend_clustering_mode,slony,streaming_replication",
        "log_min_messages,debug,debug2",
        "syslog_facility,local3,LOCAL3"
    })
    void oldWordsAreReadAsTheNewOnes(String name, String word, String shown) {
        assertThat(Configs.valid(name + " = " + word + "\n").show(name)).contains(shown);
    }

    @ParameterizedTest
    @CsvSource({
        "failover_candidate,oldest,'one of most_advanced, lowest_id'",
        "failover_session_policy,drop,'one of keep, disconnect'",
        "unknown_outcome_sqlstate,8007,'one of 08007, 40003'",
        "failover_keep_sessions_with,'listen,locks','one of advisory_lock, temporary_table, with_hold_cursor, listen, unknown'"
    })
    void aWordThatAFailoverDoesNotKnowIsAnErrorThatNamesTheOnesItDoes(String name, String word, String allowed) {
        ConfigReading reading = Configs.read(name + " = '" + word + "'\n");
        assertThat(Configs.messages(reading, Severity.ERROR))
                .singleElement()
                .asString()
                .startsWith("pgpool.conf:5: error: parameter \"" + name + "\": ")
                .contains("is not known; allowed is " + allowed);
    }

    @Test
    void theStatesWithWhichSessionsAreKeptAreAListThatMayBeEmpty() {
        assertThat(Configs.valid("").get(ContinuityParameters.FAILOVER_KEEP_SESSIONS_WITH))
                .isEmpty();
        assertThat(Configs.valid("failover_keep_sessions_with = ''\n")
                        .get(ContinuityParameters.FAILOVER_KEEP_SESSIONS_WITH))
                .isEmpty();
        assertThat(Configs.valid("failover_keep_sessions_with = 'listen, Advisory_Lock'\n")
                        .get(ContinuityParameters.FAILOVER_KEEP_SESSIONS_WITH))
                .containsExactly(UnrestorableState.ADVISORY_LOCK, UnrestorableState.LISTEN);
    }

    @Test
    void theSqlstateOfAnUnknownOutcomeIsShownAsItIsSent() {
        PgpoolConfig config = Configs.valid("unknown_outcome_sqlstate = 40003\n");
        assertThat(config.get(ContinuityParameters.UNKNOWN_OUTCOME_SQLSTATE).sqlstate())
                .isEqualTo("40003");
        assertThat(config.show("unknown_outcome_sqlstate")).contains("40003");
        assertThat(Configs.valid("").show("unknown_outcome_sqlstate")).contains("08007");
    }

    @Test
    void aNameOfTheTableIsFoundAsItStandsAndInNoOtherCase() {
        assertThat(ParameterTable.find("port")).contains(ConnectionParameters.PORT);
        assertThat(ParameterTable.find("PORT")).isEmpty();
        assertThat(ParameterTable.find("delegate_IP")).isEmpty();
        assertThatThrownBy(() -> ParameterTable.all().clear()).isInstanceOf(UnsupportedOperationException.class);
    }
}
