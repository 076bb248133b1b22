package io.trunkline.config;

import static org.assertj.core.api.Assertions.assertThat;

import io.trunkline.config.ParameterTable.Target;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class ReloadTest {
    private static Reload reload(String running, String fresh) {
        return Reload.apply(Configs.valid(running), Configs.valid(fresh));
    }

    private static List<String> texts(List<Reload.Change> changes) {
        return changes.stream().map(Reload.Change::toString).toList();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', nullValues = "-", textBlock = """
                    client_idle_limit = 1        | client_idle_limit = '2min' | client_idle_limit: 1s -> 2min     | -
                    log_statement = off          | log_statement = on         | log_statement: off -> on          | -
                    reset_query_list = 'ABORT'   | port = 9999                | reset_query_list: ABORT -> ABORT;DISCARD ALL | -
                    port = 7000                  | port = 7001                | - | port: 7000 -> 7001
                    num_init_children = 8        | load_balance_mode = on     | - | num_init_children: 8 -> 32
                    connect_timeout = 100        | connect_timeout = 200      | connect_timeout: 100 -> 200       | -
                    connect_timeout1 = 100       | connect_timeout = 200      | connect_timeout: 10000 -> 200;connect_timeout1: 100 -> 200 | -
                    backend_weight1 = 1          | backend_weight1 = 2        | backend_weight1: 1 -> 2           | -
                    backend_flag0 = ''           | backend_flag0 = 'ALWAYS_PRIMARY' | backend_flag0:  -> ALWAYS_PRIMARY | -
                    sr_check_password = 'old'    | sr_check_password = 'new'  | sr_check_password: ***** -> ***** | -
                    backend_port1 = 5432         | backend_port1 = 5433       | - | backend_port1: 5432 -> 5433
                    backend_hostname1 = 'db1'    | backend_hostname1 = 'db9'  | - | backend_hostname1: db1 -> db9
                    client_idle_limit = '1min'   | client_idle_limit = 60     | - | -
                    sr_check_period = 10         | port = 9999                | - | -
                    """)
    void eachChangeEitherHoldsOrWaitsForARestart(String running, String fresh, String changed, String waiting) {
        Reload reload = reload(running, fresh);
        assertThat(String.join(";", texts(reload.changed()))).isEqualTo(changed == null ? "" : changed);
        assertThat(String.join(";", texts(reload.needingRestart()))).isEqualTo(waiting == null ? "" : waiting);
    }

    @Test
    void theEffectiveConfigurationHasTheNewValuesAndKeepsThoseThatNeedARestart() {
        PgpoolConfig effective = reload(
                        "port = 7000\nclient_idle_limit = 1\nlog_statement = on\n",
                        "port = 7001\nclient_idle_limit = 2\nbackend_hostname0 = 'elsewhere'\n")
                .effective();
        assertThat(effective.get(ConnectionParameters.PORT)).isEqualTo(7000);
        assertThat(effective.get(PoolParameters.CLIENT_IDLE_LIMIT)).hasSeconds(2);
        assertThat(effective.get(LoggingParameters.LOG_STATEMENT)).isFalse();
        assertThat(effective.nodes().get(0).hostname()).isEqualTo("db0");
    }

    @Test
    void anUnusedSlotMayBeFilled() {
        Reload reload = reload("", "backend_hostname4 = 'db4'\nbackend_port4 = 5432\nbackend_weight4 = 1\n");
        assertThat(reload.addedNodes()).extracting(NodeSettings::id).containsExactly(4);
        assertThat(reload.effective().nodes()).extracting(NodeSettings::id).containsExactly(0, 1, 4);
        assertThat(texts(reload.changed()))
                .containsExactly("backend_hostname4:  -> db4", "backend_port4: 0 -> 5432", "backend_weight4: 0 -> 1");
        assertThat(reload.needingRestart()).isEmpty();
    }

    @Test
    void aUsedSlotIsNotEmptiedBeforeARestart() {
        Reload reload = reload("backend_hostname2 = 'db2'\nbackend_port2 = 5432\n", "");
        assertThat(reload.effective().nodes()).extracting(NodeSettings::id).containsExactly(0, 1, 2);
        assertThat(texts(reload.needingRestart()))
                .containsExactly("backend_hostname2: db2 -> ", "backend_port2: 5432 -> 0");
    }

    @Test
    void reloadingTheSameFileChangesNothing() {
        String lines = "write_function_list = 'a,b'\ndatabase_redirect_preference_list = 'x:primary(0.5)'\n";
        Reload reload = reload(lines, lines);
        assertThat(reload.changed()).isEmpty();
        assertThat(reload.needingRestart()).isEmpty();
        assertThat(reload.addedNodes()).isEmpty();
    }

    static Stream<Target> targets() {
        return ParameterTable.all().stream()
                .map(definition ->
                        new Target(definition, definition instanceof NodeParameter ? 1 : ParameterTable.NO_NODE));
    }

    @ParameterizedTest
    @MethodSource("targets")
    void aChangedValueOfAnyParameterHoldsAtOnceOrIsSaidToNeedARestart(Target target) {
        PgpoolConfig running = Configs.valid("");
        PgpoolConfig fresh = changed(target, running);
        Reload reload = Reload.apply(running, fresh);

        String name = target.definition().name() + (target.node() == ParameterTable.NO_NODE ? "" : target.node());
        Reload.Change change = new Reload.Change(name, running.show(target), fresh.show(target));
        boolean keptInUse = List.of("backend_hostname", "backend_port")
                .contains(target.definition().name());
        if (target.definition().context() == ReloadContext.STARTUP || keptInUse) {
            assertThat(reload.needingRestart()).contains(change);
            assertThat(reload.changed()).doesNotContain(change);
            assertThat(reload.effective().value(target)).isEqualTo(running.value(target));
        } else {
            assertThat(reload.changed()).contains(change);
            assertThat(reload.needingRestart()).doesNotContain(change);
            assertThat(reload.effective().value(target))
                    .isEqualTo(fresh.value(target))
                    .isNotEqualTo(running.value(target));
        }
        assertThat(Reload.apply(reload.effective(), running).effective().value(target))
                .as("back again")
                .isEqualTo(running.value(target));
    }

    /** With a value that the parameter does not have in {@code running}: the first of many that its type takes. */
    private static PgpoolConfig changed(Target target, PgpoolConfig running) {
        String name = target.definition().name() + (target.node() == ParameterTable.NO_NODE ? "" : target.node());
        String words = target.definition().type().allowed().replace("one of ", "");
        return Stream.concat(
                        Stream.of(
                                "on",
                                "off",
                                "7",
                                "7777",
                                "0.5",
                                "'2min'",
                                "'0.1.2.3'",
                                "'a:primary'",
                                "'a:1'",
                                "'some'"),
                        Arrays.stream(words.split(",? ")).map(word -> "'" + word + "'"))
                .map(value -> Configs.read(name + " = " + value + "\n"))
                .filter(reading -> !reading.hasErrors())
                .flatMap(reading -> reading.config().stream())
                .filter(config -> !Objects.equals(config.value(target), running.value(target)))
                .findFirst()
                .orElseThrow(() -> new AssertionError("no other value is found for " + name));
    }
}
