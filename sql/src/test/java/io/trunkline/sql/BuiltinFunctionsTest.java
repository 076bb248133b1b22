package io.trunkline.sql;

import static org.assertj.core.api.Assertions.assertThat;

import io.trunkline.sql.BuiltinFunctions.Nature;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BuiltinFunctionsTest {
    @ParameterizedTest
    @ValueSource(strings = {"abs", "count", "now", "lower", "generate_series", "date_trunc", "jsonb_agg", "rank"})
    void stableFunctionsAreSo(String name) {
        assertThat(BuiltinFunctions.of(QualifiedName.of(name))).isEqualTo(Nature.STABLE);
        assertThat(BuiltinFunctions.of(QualifiedName.of("pg_catalog", name))).isEqualTo(Nature.STABLE);
        assertThat(BuiltinFunctions.of(QualifiedName.of("public", name))).isEqualTo(Nature.UNKNOWN);
    }

    @ParameterizedTest
    @ValueSource(strings = {"random", "current_setting", "pg_backend_pid", "clock_timestamp", "pg_stat_get_numscans"})
    void whatTellsOfTheServerOrTheMomentIsLocal(String name) {
        assertThat(BuiltinFunctions.of(QualifiedName.of(name))).isEqualTo(Nature.LOCAL);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "nextval",
                "setval",
                "set_config",
                "pg_advisory_lock",
                "lo_create",
                "loread",
                "txid_current",
                "pg_export_snapshot",
                "pg_notify",
                "query_to_xml"
            })
    void whatWritesLocksOrActsIsActing(String name) {
        assertThat(BuiltinFunctions.of(QualifiedName.of(name))).isEqualTo(Nature.ACTING);
        assertThat(BuiltinFunctions.of(QualifiedName.of("pg_catalog", name))).isEqualTo(Nature.ACTING);
    }

    @ParameterizedTest
    @ValueSource(strings = {"my_function", "int4in", "abs local", "#", ""})
    void othersAreUnknown(String name) {
        assertThat(BuiltinFunctions.of(QualifiedName.of(name))).isEqualTo(Nature.UNKNOWN);
    }
}
