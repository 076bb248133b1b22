package io.trunkline.cli.demo;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class ProcessMarkTest {
    private final ProcessMark own = ProcessMark.of(ProcessHandle.current());

    private ProcessMark later(long millis) {
        return new ProcessMark(own.pid(), own.startedMillis() + millis);
    }

    @Test
    void theStartIsKnownToASecondOnly() {
        assertThat(own.isAlive()).isTrue();
        assertThat(later(1_000).isAlive()).isTrue();
        assertThat(later(-1_000).isAlive()).isTrue();
    }

    @Test
    void anotherProcessWithTheNumberIsNotMeant() {
        assertThat(later(10_000).isAlive()).isFalse();
        assertThat(later(-10_000).isAlive()).isFalse();
    }

    @Test
    void textAndBack() {
        assertThat(ProcessMark.parse(own.toString())).isEqualTo(own);
    }
}
