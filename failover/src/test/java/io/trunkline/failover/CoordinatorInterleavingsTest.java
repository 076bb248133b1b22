package io.trunkline.failover;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

/**
 * The coordinator in many worlds, each decided by a seed: faults, requests, what comes of commands, and the order of what
 * happens at the same moment. {@code -Dtrunkline.simulation.seed=N} runs the world N alone, and logs.
 */
class CoordinatorInterleavingsTest {
    private static final int SEEDS = 10_000;
    private static final String SEED = "trunkline.simulation.seed";

    private final Logger logger = (Logger) LoggerFactory.getLogger(Coordinator.class.getPackageName());

    @BeforeEach
    void logsOnlyOfOneWorld() {
        logger.setLevel(System.getProperty(SEED) == null ? Level.OFF : Level.INFO);
    }

    @AfterEach
    void logsAgain() {
        logger.setLevel(null);
    }

    @Test
    void whateverHappensTheInvariantsHold() {
        String one = System.getProperty(SEED);
        long from = one == null ? 0 : Long.parseLong(one);
        long to = one == null ? SEEDS : from + 1;
        int failovers = 0;
        int withPrimary = 0;
        for (long seed = from; seed < to; seed++) {
            SimulatedHistory history = new SimulatedHistory(seed, one != null);
            try {
                history.run();
            } catch (RuntimeException | AssertionError failure) {
                fail("seed " + seed + " (-D" + SEED + "=" + seed + "): " + failure.getMessage(), failure);
            }
            failovers += history.promotions();
            withPrimary += history.endsWithPrimary() ? 1 : 0;
        }
        if (one == null) {
            assertThat(failovers).as("promotions in all the worlds").isGreaterThan(SEEDS / 2);
            assertThat(withPrimary)
                    .as("worlds in which writes were served in the end")
                    .isGreaterThan(SEEDS * 3 / 4);
        }
    }
}
