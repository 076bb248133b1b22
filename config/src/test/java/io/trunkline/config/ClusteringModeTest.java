package io.trunkline.config;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ClusteringModeTest {
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    master_slave_mode = on                                   | STREAMING_REPLICATION
                    master_slave_mode = on,master_slave_sub_mode = 'stream'  | STREAMING_REPLICATION
                    master_slave_mode = on,master_slave_sub_mode = 'slony'   | STREAMING_REPLICATION
                    master_slave_mode = on,master_slave_sub_mode = 'logical' | LOGICAL_REPLICATION
                    master_slave_mode = off,replication_mode = off           | RAW
                    master_slave_sub_mode = 'logical'                        | STREAMING_REPLICATION
                    """)
    void theOldModeParametersMeanOneOfTheNewModes(String lines, ClusteringMode mode) {
        assertThat(Configs.valid(lines.replace(',', '\n')).get(BackendParameters.BACKEND_CLUSTERING_MODE))
                .isEqualTo(mode);
    }

    @Test
    void replicationByStatementIsRefusedSinceNothingElseWouldKeepTheNodesAlike() {
        ConfigReading old = Configs.read("replication_mode = true\n");
        assertThat(Configs.messages(old, Severity.ERROR))
                .singleElement()
                .asString()
                .startsWith(
                        "pgpool.conf:5: error: parameter \"backend_clustering_mode\": native_replication is not built");
        assertThat(Configs.read("backend_clustering_mode = snapshot_isolation\n")
                        .hasErrors())
                .isTrue();
    }

    @Test
    void bothOldModesAtOnceAreAnError() {
        ConfigReading reading = Configs.read("replication_mode = on\nmaster_slave_mode = on\n");
        assertThat(Configs.messages(reading, Severity.ERROR))
                .singleElement()
                .asString()
                .contains("both on");
    }

    @Test
    void aSubModeOfAnotherKindIsAnError() {
        assertThat(Configs.messages(Configs.read("master_slave_sub_mode = 'raw'\n"), Severity.ERROR))
                .containsExactly("pgpool.conf:5: error: parameter \"master_slave_sub_mode\": \"raw\" is not known;"
                        + " allowed is one of stream, slony, logical");
    }

    @Test
    void theLaterOfOldAndNewNameCounts() {
        ConfigReading newLast = Configs.read("master_slave_mode = on\nbackend_clustering_mode = raw\n");
        assertThat(newLast.config().orElseThrow().get(BackendParameters.BACKEND_CLUSTERING_MODE))
                .isEqualTo(ClusteringMode.RAW);
        assertThat(Configs.messages(newLast))
                .singleElement()
                .asString()
                .startsWith("pgpool.conf:6: warning: parameter \"backend_clustering_mode\"");

        ConfigReading oldLast = Configs.read("backend_clustering_mode = raw\nmaster_slave_mode = on\n");
        assertThat(oldLast.config().orElseThrow().get(BackendParameters.BACKEND_CLUSTERING_MODE))
                .isEqualTo(ClusteringMode.STREAMING_REPLICATION);
        assertThat(Configs.messages(oldLast))
                .singleElement()
                .asString()
                .startsWith("pgpool.conf:6: warning: parameter \"master_slave_mode\"");
    }
}
