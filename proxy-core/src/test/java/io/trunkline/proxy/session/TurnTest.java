package io.trunkline.proxy.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.embedded.EmbeddedChannel;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class TurnTest {
    private final EmbeddedChannel home = new EmbeddedChannel();
    private int again;
    private final Turn turn = new Turn(home.eventLoop(), () -> again++);

    @AfterEach
    void finish() {
        home.finishAndReleaseAll();
    }

    /** Requests, each of which takes longer than the clock's grain. */
    private void untilOver() {
        long end = System.nanoTime() + 10_000_000_000L;
        while (!turn.isOver()) {
            assertThat(System.nanoTime()).isLessThan(end);
        }
    }

    @Test
    void aTurnEndsAndComesAgainOnceOthersHaveHadTheirs() {
        untilOver();
        assertThat(turn.isOver()).isTrue();
        assertThat(again).isZero();
        home.runPendingTasks();
        assertThat(again).isOne();
        assertThat(turn.isOver()).isFalse();
    }

    @Test
    void whoSendsLittleAtATimeHasANewTurnEachTime() {
        for (int i = 0; i < 100_000; i++) {
            assertThat(turn.isOver()).isFalse();
            turn.ends();
        }
        home.runPendingTasks();
        assertThat(again).isZero();
    }

    @Test
    void theEndOfAReadDoesNotGiveBackATurnThatIsOver() {
        untilOver();
        turn.ends();
        assertThat(turn.isOver()).isTrue();
        home.runPendingTasks();
        assertThat(again).isOne();
    }
}
