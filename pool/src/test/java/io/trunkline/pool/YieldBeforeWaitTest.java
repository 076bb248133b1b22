package io.trunkline.pool;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.SelectStrategy;
import org.junit.jupiter.api.Test;

class YieldBeforeWaitTest {
    private final YieldBeforeWait strategy = new YieldBeforeWait();

    @Test
    void aLoopWithTasksDoesNotWait() throws Exception {
        assertThat(strategy.calculateStrategy(() -> 3, true)).isEqualTo(3);
        assertThat(strategy.calculateStrategy(() -> 0, true)).isZero();
    }

    @Test
    void aLoopWithoutTasksWaits() throws Exception {
        assertThat(strategy.calculateStrategy(() -> 3, false)).isEqualTo(SelectStrategy.SELECT);
    }
}
