package io.trunkline.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.RepeatedTest;

/** A proxy that ends in the midst of work leaves no connection to any server open, though its process goes on. */
class ProxyEndTest {
    private static final String OF_PROXY = "usename = '" + Cluster.USER + "'";
    private static final int CLIENTS = 6;

    @RepeatedTest(10)
    void noBackendStays() throws IOException {
        int before = backends();
        List<RawClient> clients = new ArrayList<>();
        try (TestProxy proxy =
                TestProxy.start("worker_threads = 2", "pool_mode = transaction", "backend_pool_size = 3")) {
            for (int i = 0; i < CLIENTS; i++) {
                RawClient client = proxy.raw();
                clients.add(client);
                client.run("LISTEN channel_" + i);
                // not waited for: what it is about has to be looked up first, and half of them wait for others
                client.query("SELECT count(*) FROM pg_class AS c" + i).send();
            }
        } finally {
            clients.forEach(RawClient::close);
        }
        Eventually.holds(() -> assertThat(backends()).as(() -> described()).isLessThanOrEqualTo(before));
    }

    /** Of each what it has run last, as that tells who has opened it. */
    private static String described() {
        String all =
                "SELECT coalesce(string_agg(concat_ws(' ', application_name, state, backend_start, query), '; '), 'none')"
                        + " FROM pg_stat_activity WHERE " + OF_PROXY;
        return Cluster.ask(Cluster.PRIMARY, all) + " and on the standby " + Cluster.ask(TestProxy.READ_NODE, all);
    }

    private static int backends() {
        return Cluster.backends(Cluster.PRIMARY, OF_PROXY) + Cluster.backends(TestProxy.READ_NODE, OF_PROXY);
    }
}
