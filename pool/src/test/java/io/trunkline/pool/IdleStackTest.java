package io.trunkline.pool;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** In which order idle backends are lent, and which of them grow old. */
class IdleStackTest {
    private final PoolFixture pool = new PoolFixture(PoolFixture.SETTINGS);
    private final BackendConnection first = pool.lend("a").backend();
    private final BackendConnection second = pool.lend("b").backend();
    private final BackendConnection third = pool.lend("c").backend();
    private final IdleStack idle = new IdleStack();

    @AfterEach
    void everythingIsReleased() {
        pool.finish();
    }

    @Test
    void theOneThatCameBackLastIsLentFirst() {
        comeBack(first, second, third);
        assertThat(List.of(lend(), lend(), lend())).containsExactly(third, second, first);
        assertThat(idle.last()).isNull();
        assertThat(idle.oldest()).isNull();
        assertThat(idle.isEmpty()).isTrue();
    }

    @Test
    void theOthersGrowOld() {
        comeBack(first, second, third);
        for (int i = 0; i < 5; i++) {
            assertThat(lend()).isSameAs(third);
            comeBack(third);
        }
        assertThat(idle.oldest()).isSameAs(first);
        assertThat(idle.stream()).containsExactly(first, second, third);
        assertThat(idle.get(0)).isSameAs(third);
        assertThat(idle.get(2)).isSameAs(first);
    }

    @Test
    void oneThatIsGoneIsNotLent() {
        comeBack(first, second, third);
        assertThat(idle.remove(second)).isTrue();
        assertThat(idle.remove(second)).isFalse();
        assertThat(List.of(lend(), lend())).containsExactly(third, first);
    }

    private void comeBack(BackendConnection... backends) {
        for (BackendConnection backend : backends) {
            idle.add(backend);
        }
    }

    private BackendConnection lend() {
        BackendConnection last = requireNonNull(idle.last());
        assertThat(idle.remove(last)).isTrue();
        return last;
    }
}
