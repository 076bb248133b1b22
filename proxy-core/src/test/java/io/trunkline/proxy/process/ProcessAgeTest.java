package io.trunkline.proxy.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

class ProcessAgeTest {
    private static final String BEFORE_START = "S 1 2 2 0 -1 4194304 10 20 0 0 5 6 0 0 20 0 17 0 ";

    @Test
    void ofAnyName() {
        assertThat(ProcessAge.of("42 (a (b) c) " + BEFORE_START + "123450 9 9 9", "1235.75 2000.00\n"))
                .isEqualTo(Duration.ofMillis(1250));
    }

    @Test
    void anotherFormIsAnError() {
        assertThatThrownBy(() -> ProcessAge.of("42 (x) S 1", "1.0 1.0")).isInstanceOf(RuntimeException.class);
        assertThatThrownBy(() -> ProcessAge.of("42 (x) " + BEFORE_START + "1 2", "?"))
                .isInstanceOf(RuntimeException.class);
    }

    @Test
    void thisProcessIsALittleOlderThanItsVirtualMachine() {
        Assumptions.assumeTrue(Files.isReadable(Path.of("/proc/self/stat")), "there is no /proc here");
        Duration machine =
                Duration.ofMillis(ManagementFactory.getRuntimeMXBean().getUptime());
        assertThat(ProcessAge.now())
                .hasValueSatisfying(age -> assertThat(age).isBetween(machine.minusMillis(50), machine.plusSeconds(10)));
    }
}
