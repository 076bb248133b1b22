package io.trunkline.pool;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** In which order idle backends are lent, and which of them grow old. */
class IdleQueueTest {
    private final PoolFixture pool = new PoolFixture(PoolFixture.SETTINGS);
    private final BackendConnection first = pool.lend("a").backend();
    private final BackendConnection second = pool.lend("b").backend();
    private final BackendConnection third = pool.lend("c").backend();
    private final IdleQueue idle = new IdleQueue();

    @BeforeEach
    void allAreIdle() {
        List.of(first, second, third).forEach(idle::add);
    }

    @AfterEach
    void everythingIsReleased() {
        pool.finish();
    }

    @Test
    void theOneThatHasRestedLongestIsNext() {
        assertThat(lend()).isSameAs(first);
        idle.add(first);
        assertThat(List.of(lend(), lend(), lend())).containsExactly(second, third, first);
        assertThat(idle.next()).isNull();
        assertThat(idle.isEmpty()).isTrue();
    }

    @Test
    void thoseThatASecondHasNotNeededRest() {
        idle.secondPassed();
        idle.add(lend());
        idle.secondPassed();
        for (int i = 0; i < 5; i++) {
            assertThat(lend()).isSameAs(first);
            idle.add(first);
        }
        assertThat(idle.oldest()).isSameAs(second);
        assertThat(idle.stream()).containsExactlyInAnyOrder(first, second, third);
    }

    @Test
    void theOneOfThemThatWasUsedLastIsLentWhenAllOthersAreTaken() {
        idle.secondPassed();
        idle.add(lend());
        idle.secondPassed();
        assertThat(List.of(lend(), lend(), lend())).containsExactly(first, third, second);
    }

    @Test
    void loadOfTheWholeSecondCounts() {
        idle.secondPassed();
        List<BackendConnection> busy = List.of(lend(), lend(), lend());
        busy.forEach(idle::add);
        idle.secondPassed();
        idle.add(lend());
        assertThat(List.of(lend(), lend(), lend())).containsExactly(second, third, first);
    }

    @Test
    void oneThatIsGoneIsNotLent() {
        assertThat(idle.remove(second)).isTrue();
        assertThat(idle.remove(second)).isFalse();
        assertThat(List.of(lend(), lend())).containsExactly(first, third);
    }

    private BackendConnection lend() {
        BackendConnection next = requireNonNull(idle.next());
        assertThat(idle.remove(next)).isTrue();
        return next;
    }
}
