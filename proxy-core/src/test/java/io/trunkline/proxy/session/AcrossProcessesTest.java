package io.trunkline.proxy.session;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** What the sessions of two processes share during a restart. */
class AcrossProcessesTest {
    private static final byte[] KEY = {1, 2, 3, 4};

    @Test
    void cancelRequestIsLookedForInTheOlderProcessAndThenInTheNewer() {
        CancelKeys keys = new CancelKeys();
        List<String> asked = new ArrayList<>();
        CancelKeys.Elsewhere older = (number, key) -> {
            asked.add("older " + number);
            return CompletableFuture.completedFuture(number == 1);
        };
        CancelKeys.Elsewhere newer = (number, key) -> {
            asked.add("newer " + number);
            return number == 2
                    ? CompletableFuture.completedFuture(true)
                    : CompletableFuture.failedFuture(new IllegalStateException("gone"));
        };
        assertThat(keys.cancelElsewhere(1, KEY, null)).isCompletedWithValue(false);
        keys.before(older);
        keys.after(newer);

        assertThat(keys.cancelElsewhere(1, KEY, null)).isCompletedWithValue(true);
        assertThat(keys.cancelElsewhere(2, KEY, null)).isCompletedWithValue(true);
        assertThat(keys.cancelElsewhere(3, KEY, null)).isCompletedWithValue(false);
        assertThat(asked).containsExactly("older 1", "older 2", "newer 2", "older 3", "newer 3");
        asked.clear();
        assertThat(keys.cancelElsewhere(2, KEY, newer)).isCompletedWithValue(false);
        assertThat(keys.cancelElsewhere(2, KEY, older)).isCompletedWithValue(true);
        assertThat(asked).as("never back to who has asked").containsExactly("older 2", "newer 2");
    }

    @Test
    void numbersOfSessionsGoOnWhereTheOtherProcessHasStopped() {
        CancelKeys keys = new CancelKeys();
        keys.continueAfter(41);

        assertThat(keys.nextNumber()).isEqualTo(42);
        assertThat(keys.last()).isEqualTo(42);
    }

    @Test
    void placesThatAreTakenElsewhereAreNotFree() {
        SessionSlots slots = new SessionSlots(3, 0);
        slots.elsewhere(2);
        List<Integer> served = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            int number = i;
            slots.take(Runnable::run, () -> served.add(number));
        }
        assertThat(slots.taken()).isEqualTo(1);
        assertThat(slots.waiting()).isEqualTo(3);

        slots.elsewhere(1);
        assertThat(served).containsExactly(1);
        slots.elsewhere(0);
        assertThat(served).containsExactly(1, 2);
        assertThat(slots.taken()).isEqualTo(3);
        assertThat(slots.waiting()).isEqualTo(1);
    }

    @Test
    void reservedPlacesStayReservedForBothTogether() {
        SessionSlots slots = new SessionSlots(3, 1);
        slots.elsewhere(1);

        assertThat(slots.take(Runnable::run, () -> {})).isNotNull();
        assertThat(slots.take(Runnable::run, () -> {})).isNull();
    }
}
