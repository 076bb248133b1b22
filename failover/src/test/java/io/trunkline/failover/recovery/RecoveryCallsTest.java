package io.trunkline.failover.recovery;

import static org.assertj.core.api.Assertions.assertThat;

import io.trunkline.pool.NodeAddress;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RecoveryCallsTest {
    private static final RecoverySource PRIMARY = new RecoverySource(new NodeAddress(1, "db1", 5433, 0));

    private static RecoveryTarget target(String host, String directory) {
        return new RecoveryTarget(new NodeAddress(0, host, 5432, 0), directory, "");
    }

    @Test
    void argumentsComeInTheOrderOfTheExtension() {
        assertThat(RecoveryCalls.recovery("recovery_1st_stage", target("db0", "/data/0"), PRIMARY))
                .isEqualTo("SELECT pgpool_recovery('recovery_1st_stage', 'db0', '/data/0', '5433', 0, '5432', 'db1')");
        assertThat(RecoveryCalls.remoteStart(target("db0", "/data/0")))
                .isEqualTo("SELECT pgpool_remote_start('db0', '/data/0')");
    }

    @ParameterizedTest
    @CsvSource({"''", "/var/run/postgresql"})
    void hostThatIsNoNameBecomesLocalhost(String host) {
        RecoverySource primary = new RecoverySource(new NodeAddress(1, host, 5433, 0));
        assertThat(RecoveryCalls.recovery("s", target(host, "/d"), primary))
                .isEqualTo("SELECT pgpool_recovery('s', 'localhost', '/d', '5433', 0, '5432', 'localhost')");
    }

    @ParameterizedTest
    @CsvSource(quoteCharacter = '"', textBlock = """
            plain, 'plain'
            it's, 'it''s'
            "'); DROP TABLE x; --", "'''); DROP TABLE x; --'"
            a\\b, E'a\\\\b'
            \\', E'\\\\'''
            """)
    void valueCannotLeaveItsLiteral(String value, String literal) {
        assertThat(RecoveryCalls.literal(value)).isEqualTo(literal);
    }
}
