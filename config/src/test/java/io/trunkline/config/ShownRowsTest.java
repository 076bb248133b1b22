package io.trunkline.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class ShownRowsTest {
    private final PgpoolConfig config = Configs.valid("""
            health_check_period = 30
            health_check_period1 = '1min'
            health_check_password = 'geheim'
            sr_check_password = 'geheim'
            wd_port1 = 9000
            heartbeat_hostname1 = 'peer'
            """);

    @Test
    void allBeginsWithTheArraysAndGoesOnByName() {
        List<String> items = config.showAll().stream().map(ShownValue::item).toList();
        assertThat(items)
                .startsWith(
                        "backend_hostname0",
                        "backend_port0",
                        "backend_weight0",
                        "backend_flag0",
                        "backend_application_name0",
                        "backend_data_directory0",
                        "backend_hostname1")
                .contains("wd_port1", "heartbeat_hostname1", "health_check_period0", "connect_timeout1")
                .doesNotContain("delegate_IP", "backend_port", "wd_port0")
                .doesNotHaveDuplicates();
        long singles = ParameterTable.all().stream()
                .filter(Parameter.class::isInstance)
                .count();
        assertThat(items.subList(items.size() - (int) singles, items.size())).isSorted();
    }

    @Test
    void arraysAreShownForTheNodesInTheBaseUnit() {
        assertThat(config.showArray("health_check_period").orElseThrow())
                .extracting(row -> row.item() + "=" + row.value())
                .containsExactly("health_check_period0=30", "health_check_period1=60");
        assertThat(config.showArray("backend").orElseThrow()).hasSize(12);
        assertThat(config.showArray("watchdog").orElseThrow())
                .extracting(ShownValue::item)
                .containsExactly("wd_port1");
        assertThat(config.showArray("port")).isEmpty();
        assertThat(config.showArray("nonsense")).isEmpty();
    }

    @Test
    void secretsAreMaskedEverywhere() {
        assertThat(config.show("sr_check_password")).contains("*****");
        assertThat(config.show("health_check_password0")).contains("*****");
        assertThat(config.showAll()).noneMatch(row -> row.value().contains("geheim"));
    }

    @Test
    void aSingleValueIsFoundByNewAndOldNameWithTheIdWhereItNeedsOne() {
        assertThat(config.show("backend_hostname1")).contains("db1");
        assertThat(config.show("delegate_IP")).contains("");
        assertThat(config.show("backend_hostname")).isEmpty();
        assertThat(config.show("port0")).isEmpty();
        assertThat(config.show("nonsense")).isEmpty();
    }
}
