package io.trunkline.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ConfigLoaderTest {
    @TempDir
    Path directory;

    @Test
    void settingsAreReadWithOrWithoutEqualsSignQuotesAndComments() {
        PgpoolConfig config = Configs.valid("""
                # a comment
                port = 5433
                pcp_port 9899 # another
                max_pool='7'
                \tlisten_addresses = '*'\r
                sr_check_user=checker
                sr_check_database = 'a # b'# c
                pid_file_name = '/a\\'b'
                """);
        assertThat(config.get(ConnectionParameters.PORT)).isEqualTo(5433);
        assertThat(config.get(ConnectionParameters.PCP_PORT)).isEqualTo(9899);
        assertThat(config.get(PoolParameters.MAX_POOL)).isEqualTo(7);
        assertThat(config.get(ConnectionParameters.LISTEN_ADDRESSES)).containsExactly("*");
        assertThat(config.get(ReplicationParameters.SR_CHECK_USER)).isEqualTo("checker");
        assertThat(config.get(ReplicationParameters.SR_CHECK_DATABASE)).isEqualTo("a # b");
        assertThat(config.get(LoggingParameters.PID_FILE_NAME)).isEqualTo("/a\\'b");
    }

    @ParameterizedTest
    @CsvSource({
        "client_idle_limit,90,90s",
        "client_idle_limit,'1.5min',90s",
        "client_idle_limit,'2 h',2h",
        "client_idle_limit,120,2min",
        "client_idle_limit,'1500ms',2s",
        "connect_timeout,'1 s',1000",
        "connect_timeout,'0.5s',500",
        "log_rotation_age,'1d',1d",
        "log_rotation_size,'1MB',1MB",
        "log_rotation_size,1025,1025kB",
        "delay_threshold,'0.5kB',512B",
        "memqcache_total_size,'1TB',1TB",
        "port,0x2710,10000",
        "port,023420,10000",
        "unix_socket_permissions,0700,0700",
        "backend_weight0,0.25,0.25"
    })
    void numbersAreConvertedToTheBaseUnitAndShownInTheLargestExactOne(String name, String value, String shown) {
        assertThat(Configs.valid(name + " = '" + value + "'\n").show(name)).contains(shown);
    }

    @ParameterizedTest
    @CsvSource({
        "client_idle_limit,1x,'\"x\" is not a unit of this parameter; units are d, h, min, s, ms, us (case matters)'",
        "client_idle_limit,1MIN,'\"MIN\" is not a unit'",
        "client_idle_limit,1kB,'\"kB\" is not a unit'",
        "client_idle_limit,400ms,'\"400ms\" is less than the smallest step, 1s'",
        "client_idle_limit,soon,'\"soon\" is not a whole number; allowed is a time, 0 or more, in s or with a unit'",
        "max_pool,4kB,'it takes no unit, found \"kB\"; allowed is a whole number, 0 or more'",
        "max_pool,0x,'it takes no unit, found \"x\"'",
        "max_pool,08,'\"08\" is not a whole number'",
        "delay_threshold,1mb,'\"mb\" is not a unit of this parameter; units are TB, GB, MB, kB, B'",
        "load_balance_mode,maybe,'\"maybe\" is not a boolean; allowed is on or off'",
        "load_balance_mode,o,'\"o\" is not a boolean'",
        "load_balance_mode,2,'\"2\" is not a boolean'",
        "log_min_messages,loud,'\"loud\" is not known; allowed is one of debug5, debug4'",
        "log_destination,file,'\"file\" is not known; allowed is one of stderr, syslog'",
        "backend_flag0,ALLOW,'\"ALLOW\" is no flag'",
        "backend_flag0,ALLOW_TO_FAILOVER|DISALLOW_TO_FAILOVER,'ALLOW_TO_FAILOVER and DISALLOW_TO_FAILOVER exclude'",
        "backend_weight0,heavy,'\"heavy\" is not a number'",
        "write_function_list,'a,(b','\"(b\" is not a regular expression'",
        "database_redirect_preference_list,db,'\"db\" is not understood; allowed is a list of regex:target'",
        "database_redirect_preference_list,db:128,'there is no node 128; allowed is 0 to 127'",
        "database_redirect_preference_list,db:standby(1.5),'1.5 is out of bounds'",
        "dml_adaptive_object_relationship_list,a:b:c,'\"a:b:c\" is not understood'"
    })
    void wrongValuesAreErrorsThatSayWhatIsAllowed(String name, String value, String text) {
        assertThat(Configs.messages(Configs.read(name + " = '" + value + "'\n")))
                .singleElement()
                .asString()
                .startsWith("pgpool.conf:5: error: parameter \"" + name + "\": ")
                .contains(text);
    }

    @ParameterizedTest
    @ValueSource(strings = {"t", "TRUE", "y", "Yes", "on", "On", "1"})
    void trueHasManyWords(String word) {
        assertThat(Configs.valid("connection_cache = off\nconnection_cache = " + word)
                        .get(PoolParameters.CONNECTION_CACHE))
                .isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"f", "FALSE", "n", "No", "of", "Off", "0"})
    void falseHasManyWords(String word) {
        assertThat(Configs.valid("connection_cache = " + word).get(PoolParameters.CONNECTION_CACHE))
                .isFalse();
    }

    @Test
    void allErrorsAreReportedAtOnceInTheOrderOfTheLines() {
        ConfigReading reading = Configs.read("""
                port = 80
                = 5
                connection_cache = perhaps
                max_pool = 4 5
                sr_check_user = 'open
                pid_file_name
                """);
        assertThat(reading.config()).isEmpty();
        assertThat(Configs.messages(reading))
                .containsExactly(
                        "pgpool.conf:5: error: parameter \"port\": 80 is out of bounds; allowed is a whole number, 1024 to"
                                + " 65535",
                        "pgpool.conf:6: error: syntax error: a line must begin with the name of a parameter",
                        "pgpool.conf:7: error: parameter \"connection_cache\": \"perhaps\" is not a boolean; allowed is on"
                                + " or off (also true/false, yes/no, 1/0)",
                        "pgpool.conf:8: error: parameter \"max_pool\": \"4 5\" cannot be read: a value that is neither one"
                                + " word nor a number must stand in single quotes; allowed is a whole number, 0 or more",
                        "pgpool.conf:9: error: parameter \"sr_check_user\": the closing quote is missing",
                        "pgpool.conf:10: error: parameter \"pid_file_name\": the value is missing (an empty one is written"
                                + " '')");
    }

    @Test
    void anUnknownParameterIsAWarningWithTheNearestKnownName() {
        ConfigReading reading = Configs.read("num_init_childrn = 5\nbackend_hostnam2 = 'x'\nfoo = 1\n");
        assertThat(reading.hasErrors()).isFalse();
        assertThat(Configs.messages(reading))
                .containsExactly(
                        "pgpool.conf:5: warning: parameter \"num_init_childrn\": this is not a known parameter, it has no"
                                + " effect; the nearest known name is \"num_init_children\"",
                        "pgpool.conf:6: warning: parameter \"backend_hostnam2\": this is not a known parameter, it has no"
                                + " effect; the nearest known name is \"backend_hostname2\"",
                        "pgpool.conf:7: warning: parameter \"foo\": this is not a known parameter, it has no effect");
    }

    @Test
    void anArrayWithoutIdAndAnIdThatIsTooHighAreErrors() {
        assertThat(Configs.messages(Configs.read("backend_hostname = 'x'\nbackend_weight128 = 1\n")))
                .containsExactly(
                        "pgpool.conf:5: error: parameter \"backend_hostname\": it has a value for each node; allowed is the"
                                + " name with an id, as in backend_hostname0",
                        "pgpool.conf:6: error: parameter \"backend_weight128\": the id is too high; allowed is 0 to 127");
    }

    @Test
    void aBareNameIsTheDefaultOfTheNodesWithoutTheirOwn() {
        PgpoolConfig config = Configs.valid("connect_timeout = '3s'\nconnect_timeout1 = 250\n");
        assertThat(config.get(BackendParameters.CONNECT_TIMEOUT, 0)).isEqualTo(Duration.ofSeconds(3));
        assertThat(config.get(BackendParameters.CONNECT_TIMEOUT, 1)).isEqualTo(Duration.ofMillis(250));
        assertThat(config.origin(BackendParameters.CONNECT_TIMEOUT, 0)).contains(new SourceLocation("pgpool.conf", 5));
        assertThat(config.origin(BackendParameters.CONNECT_TIMEOUT, 1)).contains(new SourceLocation("pgpool.conf", 6));
        assertThat(config.origin(ConnectionParameters.PORT)).isEmpty();
    }

    @Test
    void theLaterLineCountsAndOldBesideNewIsAWarning() {
        ConfigReading reading = Configs.read("""
                write_function_list = 'a'
                black_function_list = 'b'
                port = 7000
                port = 7001
                """);
        PgpoolConfig config = reading.config().orElseThrow();
        assertThat(config.get(RoutingParameters.WRITE_FUNCTION_LIST).sources()).containsExactly("b");
        assertThat(config.get(ConnectionParameters.PORT)).isEqualTo(7001);
        assertThat(Configs.messages(reading))
                .contains("pgpool.conf:6: warning: parameter \"black_function_list\": it is the same as"
                        + " write_function_list in pgpool.conf:5; the later line counts, this one");
    }

    @Test
    void whatIsNotBuiltIsSaidInOneWarningAndOnlyWhereItIsAskedFor() {
        ConfigReading reading = Configs.read("""
                memory_cache_enabled = on
                memqcache_method = memcached
                enable_pool_hba = off
                recovery_2nd_stage_command = ''
                recovery_1st_stage_command = '/f.sh'
                track_table_mutation_cold_start_duration = 1s
                process_management_mode = dynamic
                """);
        assertThat(Configs.messages(reading))
                .containsExactly(
                        "pgpool.conf:5: warning: parameter \"memory_cache_enabled\": not built yet in this version and without effect; the"
                                + " same goes for track_table_mutation_cold_start_duration (line 10)",
                        "pgpool.conf:11: note: parameter \"process_management_mode\": not needed here and without effect");
    }

    @Test
    void aSecretIsNeverInAMessage() {
        ConfigReading reading = Configs.read("""
                sr_check_password = geh!eim
                sr_chek_password = geh!eim
                recovery_password = 'geh!eim' x
                """);
        assertThat(Configs.messages(reading)).hasSize(3).noneMatch(message -> message.contains("eim"));
    }

    @Test
    void includedFilesAreReadWhereTheyAreNamedRelativeToTheFileThatNamesThem() throws Exception {
        Path nested = Files.createDirectories(directory.resolve("conf.d"));
        Files.writeString(
                directory.resolve("pgpool.conf"), Configs.BACKENDS + "port = 7000\ninclude 'conf.d/a.conf'\n");
        Files.writeString(nested.resolve("a.conf"), "port = 7001\ninclude = 'b.conf'\n");
        Files.writeString(nested.resolve("b.conf"), "max_pool = x\n");
        ConfigReading reading = PgpoolConfig.read(directory.resolve("pgpool.conf"));
        assertThat(Configs.messages(reading))
                .containsExactly(
                        nested.resolve("b.conf") + ":1: error: parameter \"max_pool\": \"x\" is not a whole number;"
                                + " allowed is a whole number, 0 or more");
        Files.writeString(nested.resolve("b.conf"), "max_pool = 9\n");
        PgpoolConfig config =
                PgpoolConfig.read(directory.resolve("pgpool.conf")).config().orElseThrow();
        assertThat(config.get(ConnectionParameters.PORT)).isEqualTo(7001);
        assertThat(config.get(PoolParameters.MAX_POOL)).isEqualTo(9);
    }

    @Test
    void filesThatIncludeThemselvesEndInOneErrorALevel() throws Exception {
        Path file = directory.resolve("pgpool.conf");
        Files.writeString(file, Configs.BACKENDS + "include 'pgpool.conf'\n");
        assertThat(Configs.messages(PgpoolConfig.read(file), Severity.ERROR))
                .containsExactly(file + ":5: error: parameter \"include\": files are nested more than 10 deep (in a"
                        + " circle?)");
    }

    @Test
    void aMissingFileIsAnErrorAtTheLineThatNamesIt() throws Exception {
        Path file = directory.resolve("pgpool.conf");
        assertThat(Configs.messages(PgpoolConfig.read(file)))
                .containsExactly(file + ":1: error: file " + file + " does not exist");
        Files.writeString(file, Configs.BACKENDS + "include 'nowhere.conf'\ninclude '.'\n");
        assertThat(Configs.messages(PgpoolConfig.read(file), Severity.ERROR))
                .hasSize(2)
                .first()
                .asString()
                .startsWith(file + ":5: error: parameter \"include\": file ")
                .endsWith("nowhere.conf does not exist");
    }

    @Test
    void aCommentInAnotherEncodingDoesNoHarm() throws Exception {
        Path file = directory.resolve("pgpool.conf");
        byte[] comment = {'#', (byte) 0xe9, '\n'};
        Files.write(file, comment);
        Files.writeString(file, Configs.BACKENDS, java.nio.file.StandardOpenOption.APPEND);
        assertThat(PgpoolConfig.read(file).config()).isPresent();
    }

    @Test
    void contradictionsAreFound() {
        assertThat(Configs.messages(PgpoolConfig.parse("p.conf", "port = 9898\nreserved_connections = 32\n")))
                .containsExactly(
                        "p.conf:1: error: parameter \"backend_hostname0\": there is no backend; needed are"
                                + " backend_hostname0 and backend_port0 at least",
                        "p.conf:1: error: parameter \"pcp_port\": port 9898 is already that of port; allowed is another"
                                + " port",
                        "p.conf:2: error: parameter \"reserved_connections\": 32 leaves no session to serve; allowed is less"
                                + " than num_init_children, which is 32");
        assertThat(Configs.messages(
                        Configs.read("backend_hostname3 = 'db0'\nbackend_port3 = 5432\nbackend_hostname4 = 'x'")))
                .containsExactly(
                        "pgpool.conf:6: warning: parameter \"backend_port3\": node 3 has the same host and port as node 0",
                        "pgpool.conf:7: warning: parameter \"backend_hostname4\": the node is not used, since backend_port4"
                                + " is not set");
    }

    @Test
    void aNodeBehindAUnixSocketWhosePathIsTooLongIsAnError() {
        String longest = "/" + "x".repeat(SocketPath.MAX_BYTES - "//.s.PGSQL.5432".length());

        assertThat(Configs.messages(Configs.read("backend_hostname2 = '" + longest + "'\nbackend_port2 = 5432\n"
                        + "backend_hostname3 = '" + longest + "y'\nbackend_port3 = 5432")))
                .containsExactly(
                        "pgpool.conf:7: error: parameter \"backend_hostname3\": the path of the node's Unix socket has"
                                + " 108 bytes; allowed are at most 107");
    }

    @Test
    void theSocketInTmpIsTheSameNodeAsNoHostNameAtAll() {
        assertThat(Configs.messages(
                        Configs.read("backend_hostname2 = '/tmp'\nbackend_port2 = 5432\nbackend_port3 = 5432")))
                .containsExactly(
                        "pgpool.conf:7: warning: parameter \"backend_port3\": node 3 has the same host and port as node 2");
    }

    @Test
    void aWrongValueIsNotComparedWithOthersAndDoesNotHideOtherContradictions() {
        assertThat(Configs.messages(PgpoolConfig.parse("p.conf", """
                        backend_port0 = 80
                        num_init_children = many
                        reserved_connections = 40
                        pcp_port = 9999
                        """), Severity.ERROR))
                .extracting(message -> message.substring(0, message.indexOf(": error: ")))
                .containsExactly("p.conf:1", "p.conf:2", "p.conf:4");
    }

    @Test
    void nodesHaveNormalisedWeightsAndGapsStayUnused() {
        PgpoolConfig config = PgpoolConfig.parse("p", """
                        backend_port0 = 5432
                        backend_weight0 = 1
                        backend_hostname3 = 'db3'
                        backend_port3 = 5433
                        backend_weight3 = 3
                        backend_flag3 = 'DISALLOW_TO_FAILOVER|ALWAYS_PRIMARY'
                        backend_application_name3 = 'three'
                        backend_data_directory3 = '/data'
                        """).config().orElseThrow();
        NodeSettings first = config.nodes().get(0);
        assertThat(first.hostname()).isEqualTo("/tmp");
        assertThat(first.isUnixSocket()).isTrue();
        assertThat(first.weight()).isEqualTo(0.25);
        assertThat(config.nodes().get(1))
                .isEqualTo(new NodeSettings(
                        3,
                        "db3",
                        5433,
                        0.75,
                        3,
                        java.util.Set.of(BackendFlag.DISALLOW_TO_FAILOVER, BackendFlag.ALWAYS_PRIMARY),
                        "three",
                        "/data"));
        assertThat(config.nodes()).hasSize(2);
    }

    @Test
    void withoutAnyWeightAllNodesShareAlikeAndWithZerosNoneGetsReads() {
        assertThat(Configs.valid("").nodes()).extracting(NodeSettings::weight).containsExactly(0.5, 0.5);
        assertThat(Configs.valid("backend_weight0 = 0\n").nodes())
                .extracting(NodeSettings::weight)
                .containsExactly(0.0, 0.0);
        assertThat(Configs.valid("backend_weight1 = 2\n").nodes())
                .extracting(NodeSettings::weight)
                .containsExactly(0.0, 1.0);
    }

    @Test
    void patternsMatchWholeNamesInAnyCaseWithPosixBrackets() {
        PatternList list = Configs.valid("write_function_list = 'nextval, set.*,[[:digit:]\\]+x'\n")
                .get(RoutingParameters.WRITE_FUNCTION_LIST);
        assertThat(list.matches("NEXTVAL")).isTrue();
        assertThat(list.matches("nextval2")).isFalse();
        assertThat(list.matches("set_config")).isTrue();
        assertThat(list.matches("reset")).isFalse();
        assertThat(list.matches("1\\2x")).isTrue();
        PatternList statements = Configs.valid("primary_routing_query_pattern_list = 'SELECT 1\\;.*;COMMIT'\n")
                .get(RoutingParameters.PRIMARY_ROUTING_QUERY_PATTERN_LIST);
        assertThat(statements.sources()).containsExactly("SELECT 1;.*", "COMMIT");
    }

    @Test
    void redirectsHaveATargetAndARatio() {
        List<Redirect> redirects = Configs.valid(
                        "database_redirect_preference_list = 'postgres:primary, mydb[0-4]:1(0.5) ,a:b:standby'\n")
                .get(RoutingParameters.DATABASE_REDIRECT_PREFERENCE_LIST);
        assertThat(redirects)
                .extracting(Redirect::target)
                .containsExactly(Redirect.Target.PRIMARY, Redirect.Target.NODE, Redirect.Target.STANDBY);
        assertThat(redirects.get(1).node()).hasValue(1);
        assertThat(redirects.get(1).ratio()).isEqualTo(0.5);
        assertThat(redirects.get(1).matches("MYDB3")).isTrue();
        assertThat(redirects.get(1).matches("mydb5")).isFalse();
        assertThat(redirects.get(2).matches("a:b")).isTrue();
    }

    @Test
    void relationshipsKeepEscapedSeparators() {
        assertThat(Configs.valid("dml_adaptive_object_relationship_list = 'f():t,a\\:b:c\\,d'\n")
                        .get(RoutingParameters.DML_ADAPTIVE_OBJECT_RELATIONSHIP_LIST))
                .containsExactly(new ObjectRelationship("f()", "t"), new ObjectRelationship("a:b", "c,d"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "pool_mode = transaction",
                "user_pool_mode_list = 'bob:session,eve:transaction'",
                "database_pool_mode_list = 'shop:transaction'"
            })
    void whatDoesNotFitTransactionPoolingIsWarnedOf(String some) {
        String misfits = "connection_cache = off\nreset_query_list = ''\n";
        assertThat(Configs.messages(Configs.read(misfits + some + "\n"), Severity.WARNING))
                .containsExactly(
                        "pgpool.conf:5: warning: parameter \"connection_cache\": it does not count for sessions whose"
                                + " pool_mode is transaction: their connections are kept for the next",
                        "pgpool.conf:6: warning: parameter \"reset_query_list\": nothing cleans a connection that has"
                                + " served sessions whose pool_mode is transaction before one gets it whose pool_mode is"
                                + " session");
        assertThat(Configs.messages(Configs.read(misfits + "pool_mode = session\n"), Severity.WARNING))
                .isEmpty();
        assertThat(Configs.messages(Configs.read(some + "\n"), Severity.WARNING))
                .isEmpty();
    }
}
