package io.trunkline.pool;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** In which order idle backends are lent, and which of them grow old. */
class IdleQueueTest {
    private static final long LONG_NANOS = IdleQueue.REST_NANOS * 1_000;

    private final PoolFixture pool = new PoolFixture(PoolFixture.SETTINGS);
    private final BackendConnection first = pool.lend("a").backend();
    private final BackendConnection second = pool.lend("b").backend();
    private final BackendConnection third = pool.lend("c").backend();
    private final IdleQueue idle = new IdleQueue();

    @AfterEach
    void everythingIsReleased() {
        pool.finish();
    }

    @Test
    void theOneThatCameBackLastIsNext() {
        cameBackLongAgo(first, second, third);
        assertThat(List.of(lend(), lend(), lend())).containsExactly(third, second, first);
        assertThat(idle.next()).isNull();
        assertThat(idle.isEmpty()).isTrue();
    }

    @Test
    void oneThatHasJustComeBackRests() {
        cameBackLongAgo(first, second);
        comesBackNow(third);
        assertThat(List.of(lend(), lend(), lend())).containsExactly(second, first, third);
    }

    @Test
    void whereAllHaveJustComeBackTheFirstOfThemIsNext() {
        comesBackNow(first);
        comesBackNow(second);
        assertThat(List.of(lend(), lend())).containsExactly(first, second);
    }

    @Test
    void theOthersGrowOld() {
        cameBackLongAgo(first, second, third);
        for (int i = 0; i < 5; i++) {
            assertThat(lend()).isSameAs(third);
            cameBackLongAgo(third);
        }
        assertThat(idle.oldest()).isSameAs(first);
        assertThat(idle.stream()).containsExactly(first, second, third);
        assertThat(idle.get(0)).isSameAs(third);
        assertThat(idle.get(2)).isSameAs(first);
    }

    @Test
    void oneThatIsGoneIsNotLent() {
        cameBackLongAgo(first, second, third);
        assertThat(idle.remove(second)).isTrue();
        assertThat(idle.remove(second)).isFalse();
        assertThat(List.of(lend(), lend())).containsExactly(third, first);
    }

    private void cameBackLongAgo(BackendConnection... backends) {
        for (BackendConnection backend : backends) {
            backend.idleSince(System.nanoTime() - LONG_NANOS);
            idle.add(backend);
        }
    }

    private void comesBackNow(BackendConnection backend) {
        // and stays so, however slow the test is
        backend.idleSince(System.nanoTime() + LONG_NANOS);
        idle.add(backend);
    }

    private BackendConnection lend() {
        BackendConnection next = requireNonNull(idle.next());
        assertThat(idle.remove(next)).isTrue();
        return next;
    }
}
