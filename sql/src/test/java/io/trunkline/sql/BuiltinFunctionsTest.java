package io.trunkline.sql;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BuiltinFunctionsTest {
    @ParameterizedTest
    @ValueSource(strings = {"abs", "count", "now", "lower", "generate_series", "date_trunc", "jsonb_agg", "rank"})
    void listsStableFunctions(String name) {
        assertThat(BuiltinFunctions.isKnownStable(name)).isTrue();
        assertThat(BuiltinFunctions.isKnownStable(QualifiedName.of("pg_catalog", name)))
                .isTrue();
        assertThat(BuiltinFunctions.isKnownStable(QualifiedName.of("public", name)))
                .isFalse();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "nextval",
                "setval",
                "random",
                "set_config",
                "pg_advisory_lock",
                "lo_create",
                "txid_current",
                "current_setting",
                "pg_backend_pid",
                "pg_notify",
                "query_to_xml",
                "int4in",
                "#",
                ""
            })
    void doesNotListWhatWritesOrDependsOnTheServer(String name) {
        assertThat(BuiltinFunctions.isKnownStable(name)).isFalse();
    }
}
