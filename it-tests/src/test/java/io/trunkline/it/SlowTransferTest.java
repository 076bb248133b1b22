package io.trunkline.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Gigabytes through a proxy with a heap of 64 MB. Only with {@code -Pslow}. */
@Tag("slow")
@Timeout(value = 15, unit = TimeUnit.MINUTES)
class SlowTransferTest {
    private static ProxyProcess proxy;

    @BeforeAll
    static void start() throws IOException {
        proxy = ProxyProcess.start("-Xmx64m", "-XX:MaxDirectMemorySize=64m", "-XX:+ExitOnOutOfMemoryError");
    }

    @AfterAll
    static void stop() throws IOException {
        proxy.close();
    }

    @Test
    void valueOf900MegabytesPasses() throws IOException {
        try (RawClient client = new RawClient(proxy.port())) {
            client.startUp(Cluster.USER, Cluster.USER);
            client.query("SELECT repeat('x', 900000000), txid_current()").send();
            assertThat(client.receive().tag()).isEqualTo('T');
            assertThat(client.skipMessage()).isGreaterThan(900_000_000);
            assertThat(RawClient.tags(client.untilReady())).isEqualTo("CZ");
        }
        assertThat(proxy.isAlive()).isTrue();
    }

    @Test
    void resultOf5GigabytesPasses() throws IOException {
        try (RawClient client = new RawClient(proxy.port())) {
            client.startUp(Cluster.USER, Cluster.USER);
            client.query("SELECT repeat('x', 1000000), txid_current() FROM generate_series(1, 5000)")
                    .send();
            assertThat(client.receive().tag()).isEqualTo('T');
            long bytes = 0;
            for (int i = 0; i < 5000; i++) {
                bytes += client.skipMessage();
            }
            assertThat(bytes).isGreaterThan(5_000_000_000L);
            assertThat(RawClient.tags(client.untilReady())).isEqualTo("CZ");
        }
        assertThat(proxy.isAlive()).isTrue();
    }
}
