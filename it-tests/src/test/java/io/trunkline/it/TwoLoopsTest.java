package io.trunkline.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** Sessions of two event loops that share too few backends. */
class TwoLoopsTest {
    private static final int CLIENTS = 10;
    private static final int ROUNDS = 30;

    @Test
    void allAreServedAndNoMoreBackendsAreOpenThanAllowed() {
        try (TestProxy proxy =
                TestProxy.start("worker_threads = 2", "pool_mode = transaction", "backend_pool_size = 3")) {
            assertThat(proxy.server().pool().shards()).hasSizeLessThanOrEqualTo(2);
            List<CompletableFuture<Integer>> clients = new ArrayList<>();
            for (int i = 0; i < CLIENTS; i++) {
                String own = 1000 + i + "kB";
                clients.add(CompletableFuture.supplyAsync(() -> work(proxy, own)));
            }
            int most = clients.stream().mapToInt(CompletableFuture::join).max().orElseThrow();
            assertThat(proxy.server().pool().shards()).hasSize(2);
            assertThat(most).isBetween(1, 3);
            Eventually.holds(() -> assertThat(proxy.busy(Cluster.PRIMARY)).isZero());
            assertThat(proxy.server().pool().waiting(Cluster.PRIMARY)).isZero();
        }
    }

    /** @return the most backends that were open on the way */
    private static int work(TestProxy proxy, String own) {
        int most = 0;
        try (RawClient client = proxy.raw()) {
            client.run("SET work_mem = '" + own + "'");
            for (int i = 0; i < ROUNDS; i++) {
                client.run("BEGIN");
                assertThat(client.ask("SELECT current_setting('work_mem'), txid_current()"))
                        .isEqualTo(own);
                most = Math.max(most, proxy.server().pool().open(Cluster.PRIMARY));
                client.run("COMMIT");
            }
            return most;
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }
}
