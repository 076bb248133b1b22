package io.trunkline.config;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

final class CompatVersionTest {
    private static CompatVersion read(String text) throws InvalidValueException {
        return AdministrationParameters.PGPOOL_COMPAT_VERSION.type().parse(text);
    }

    @Test
    void releasesAreReadAsTheyAreWritten() throws InvalidValueException {
        for (CompatVersion version : CompatVersion.values()) {
            assertThat(read(version.release())).isEqualTo(version);
            assertThat(version.number()).startsWith(version.release() + ".");
        }
        assertThat(AdministrationParameters.PGPOOL_COMPAT_VERSION.defaultValue())
                .isEqualTo(CompatVersion.V4_7);
    }

    @Test
    void newerReleasesAreAtLeastTheOlderOnes() {
        assertThat(CompatVersion.V4_4.isAtLeast(CompatVersion.V4_3)).isTrue();
        assertThat(CompatVersion.V4_3.isAtLeast(CompatVersion.V4_3)).isTrue();
        assertThat(CompatVersion.V4_2.isAtLeast(CompatVersion.V4_3)).isFalse();
    }

    @Test
    void theVersionReadsAsPgpoolPrintsIt() {
        assertThat(CompatVersion.V4_3.fullText()).isEqualTo("4.3.5 (tamahomeboshi)");
        assertThat(CompatVersion.V4_7.fullText()).isEqualTo("4.7.2 (tasukiboshi)");
    }
}
