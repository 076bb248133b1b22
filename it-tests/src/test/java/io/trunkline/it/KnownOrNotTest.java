package io.trunkline.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.postgresql.util.PSQLException;

/** A client with a wrong password cannot tell by the time that it takes whether the user exists. */
class KnownOrNotTest {
    private static final int ROUNDS = 41;

    /** Where the median lies does not hang on the load of the machine as much as the mean; and both sides bear it. */
    private static final double BOUND = 2.0;

    @ParameterizedTest
    @ValueSource(strings = {"scram-sha-256", "password"})
    void bothTakeAlike(String method) {
        try (TestProxy proxy = TestProxy.start(
                Cluster.shared(),
                List.of(
                        "enable_pool_hba = on",
                        "auth_query_user = '" + Cluster.shared().superuser() + "'",
                        "auth_query_cache_ttl = 1h"),
                List.of(),
                List.of("host all all all " + method))) {
            List<Long> known = new ArrayList<>();
            List<Long> unknown = new ArrayList<>();
            for (int round = -5; round < ROUNDS; round++) {
                long one = refused(proxy, Cluster.SCRAM_USER);
                long other = refused(proxy, "nobody_here");
                if (round >= 0) {
                    known.add(one);
                    unknown.add(other);
                }
            }
            assertThat((double) median(known) / median(unknown)).isBetween(1 / BOUND, BOUND);
        }
    }

    private static long refused(TestProxy proxy, String user) {
        long start = System.nanoTime();
        assertThatThrownBy(() -> proxy.connectAs(user, "wrong").close())
                .isInstanceOf(PSQLException.class)
                .hasMessageContaining("password authentication failed for user \"" + user + "\"");
        return System.nanoTime() - start;
    }

    private static long median(List<Long> nanos) {
        Collections.sort(nanos);
        return nanos.get(nanos.size() / 2);
    }
}
