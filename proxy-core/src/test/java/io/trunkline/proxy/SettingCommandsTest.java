package io.trunkline.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import io.trunkline.config.CompatVersion;
import io.trunkline.config.PgpoolConfig;
import io.trunkline.protocol.ServerMessage;
import io.trunkline.proxy.route.Plan;
import io.trunkline.proxy.route.Plans;
import io.trunkline.proxy.session.Asker;
import io.trunkline.proxy.session.LocalResult;
import io.trunkline.proxy.session.OwnSettings;
import java.util.List;
import org.junit.jupiter.api.Test;

final class SettingCommandsTest {
    private static final String CONF = """
            backend_hostname0 = 'db0'
            backend_port0 = 5432
            backend_hostname1 = 'db1'
            backend_port1 = 5433
            sr_check_password = 'secret'
            recovery_password = 'secret'
            client_idle_limit = 60
            """;

    private String admin = "u";
    private PgpoolConfig running = config(CONF);
    private final OwnSettings own = OwnSettings.of(running, config -> new RunningConfig(config).sessionLimits());
    private final SettingCommands commands = new SettingCommands(CompatVersion.V4_7, user -> user.equals(admin));

    private final Asker asker = new Asker() {
        @Override
        public String user() {
            return "u";
        }

        @Override
        public int readNode() {
            return -1;
        }

        @Override
        public PgpoolConfig config() {
            return own.config(running);
        }

        @Override
        public OwnSettings ownSettings() {
            return own;
        }
    };

    private static PgpoolConfig config(String text) {
        return PgpoolConfig.parse("test.conf", text).config().orElseThrow();
    }

    private LocalResult run(String sql) {
        Plan plan = Plans.plan(sql);
        LocalResult result = commands.answer(plan, asker);
        if (result.error() == null) {
            assertThat(commands.columns(plan, asker)).isEqualTo(result.columns());
        }
        return result;
    }

    private String shown(String name) {
        return run("PGPOOL SHOW " + name).rows().get(0).get(0);
    }

    private String failure(String sql) {
        ServerMessage error = run(sql).error();
        assertThat(error).isNotNull();
        return error == null ? "" : error.sqlState() + " " + error.message();
    }

    @Test
    void oneValueComesUnderItsName() {
        LocalResult result = run("PGPOOL SHOW client_idle_limit");
        assertThat(result.columns()).containsExactly("client_idle_limit");
        assertThat(result.rows()).containsExactly(List.of("1min"));
        assertThat(shown("backend_port1")).isEqualTo("5433");
    }

    @Test
    void arraysAndGroupsComeWithDescriptions() {
        assertThat(run("PGPOOL SHOW backend_port").columns()).containsExactly("item", "value", "description");
        assertThat(run("PGPOOL SHOW backend_port").rows())
                .extracting(row -> row.get(0) + "=" + row.get(1))
                .containsExactly("backend_port0=5432", "backend_port1=5433");
        assertThat(run("PGPOOL SHOW backend").rows())
                .extracting(row -> row.get(0))
                .contains("backend_hostname0");
        assertThat(run("PGPOOL SHOW ALL").rows()).extracting(row -> row.get(0)).contains("port", "backend_weight1");
    }

    @Test
    void secretsAreNeverShown() {
        assertThat(shown("sr_check_password")).isEqualTo("*****");
        assertThat(run("PGPOOL SHOW ALL").rows()).noneMatch(row -> row.contains("secret"));
    }

    @Test
    void whatIsSetHoldsUntilItIsReset() {
        assertThat(run("PGPOOL SET client_idle_limit TO 30").tag()).isEqualTo("SET");
        assertThat(run("PGPOOL SET log_statement = on").tag()).isEqualTo("SET");
        assertThat(shown("client_idle_limit")).isEqualTo("30s");
        assertThat(shown("log_statement")).isEqualTo("on");

        assertThat(run("PGPOOL RESET client_idle_limit").tag()).isEqualTo("RESET");
        assertThat(shown("client_idle_limit")).isEqualTo("1min");
        assertThat(shown("log_statement")).isEqualTo("on");

        assertThat(run("PGPOOL RESET ALL").tag()).isEqualTo("RESET");
        assertThat(shown("log_statement")).isEqualTo("off");
    }

    @Test
    void whatIsLoggedIsNotForEverybodyToSet() {
        admin = "somebody else";
        for (String setting : List.of(
                "log_min_messages = error",
                "log_error_verbosity = terse",
                "log_statement = on",
                "log_per_node_statement = on",
                "log_client_messages = on",
                "log_backend_messages = terse")) {
            assertThat(failure("PGPOOL SET " + setting)).startsWith("42501 permission denied to set parameter");
        }
        assertThat(run("PGPOOL SET client_min_messages = error").tag()).isEqualTo("SET");
        assertThat(run("PGPOOL SET notice_per_node_statement = on").tag()).isEqualTo("SET");
        assertThat(run("PGPOOL RESET ALL").tag()).isEqualTo("RESET");
    }

    @Test
    void aReloadChangesWhatTheSessionHasNotSet() {
        run("PGPOOL SET log_statement TO on");

        running = config(CONF + "client_idle_limit = 90\nlog_statement = off\n");

        assertThat(shown("client_idle_limit")).isEqualTo("90s");
        assertThat(shown("log_statement")).isEqualTo("on");
    }

    @Test
    void errorsHaveTheTextsOfPgpool() {
        assertThat(failure("PGPOOL SHOW nonsense")).isEqualTo("42704 config variable \"nonsense\" not found");
        assertThat(failure("PGPOOL SET nonsense TO 1"))
                .isEqualTo("42704 unrecognized configuration parameter \"nonsense\"");
        assertThat(failure("PGPOOL SET port TO 1234"))
                .isEqualTo("55P02 invalid Context, value for parameter \"port\" cannot be changed");
        assertThat(failure("PGPOOL RESET port"))
                .isEqualTo("55P02 invalid Context, value for parameter \"port\" cannot be changed");
        assertThat(failure("PGPOOL SET client_idle_limit TO -5"))
                .startsWith("22023 -5 is outside the valid range for parameter \"client_idle_limit\" (0 .. ");
        assertThat(failure("PGPOOL SET client_min_messages TO 'loud'"))
                .isEqualTo("22023 invalid value for parameter \"client_min_messages\": \"loud\"");
        assertThat(failure("PGPOOL SET CACHE DELETE 'SELECT 1'")).isEqualTo("0A000 query cache is not enabled");
    }

    @Test
    void aValueThatIsRefusedChangesNothing() {
        run("PGPOOL SET client_idle_limit TO 30");
        failure("PGPOOL SET client_idle_limit TO 'never'");
        assertThat(shown("client_idle_limit")).isEqualTo("30s");
    }
}
