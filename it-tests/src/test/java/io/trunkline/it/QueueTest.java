package io.trunkline.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Clients beyond num_init_children. */
class QueueTest {

    @Test
    void twoThousandClientsAreServedInTheOrderOfTheirArrival() throws IOException {
        int sessions = 20;
        int all = 2_000;
        try (TestProxy proxy = TestProxy.start("num_init_children = " + sessions, "listen_backlog_multiplier = 100")) {
            Deque<RawClient> served = new ArrayDeque<>();
            Deque<RawClient> waiting = new ArrayDeque<>();
            try {
                for (int i = 0; i < sessions; i++) {
                    served.add(proxy.raw());
                }
                for (int i = sessions; i < all; i++) {
                    RawClient client = new RawClient(proxy.port());
                    client.startupMessage(RawClient.V3_0, Map.of("user", Cluster.USER, "database", Cluster.USER))
                            .query("SELECT " + i)
                            .send();
                    waiting.add(client);
                    int arrived = i + 1;
                    if (i % 100 == 99 || i == all - 1) {
                        Eventually.isTrue(
                                arrived + " have arrived", () -> proxy.server().clients() == arrived);
                    }
                }
                assertThat(proxy.server().slots().taken()).isEqualTo(sessions);

                for (int i = sessions; i < all; i++) {
                    RawClient next = waiting.remove();
                    RawClient afterIt = waiting.peekLast();
                    assertThat(afterIt == null || afterIt.isSilent()).isTrue();
                    try (RawClient ending = served.remove()) {
                        ending.terminate().send();
                    }
                    assertThat(RawClient.tags(next.finishStart())).endsWith("Z");
                    assertThat(RawClient.firstValue(next.untilReady())).isEqualTo(Integer.toString(i));
                    served.add(next);
                }
            } finally {
                served.forEach(RawClient::close);
                waiting.forEach(RawClient::close);
            }
        }
    }

    @Test
    void clientThatGivesUpWaitingLosesItsPlace() throws IOException {
        try (TestProxy proxy = TestProxy.start("num_init_children = 1");
                RawClient first = proxy.raw();
                RawClient impatient = new RawClient(proxy.port());
                RawClient patient = new RawClient(proxy.port())) {
            Map<String, String> app = Map.of("user", Cluster.USER, "database", Cluster.USER);
            impatient.startupMessage(RawClient.V3_0, app).send();
            Eventually.isTrue("one waits", () -> proxy.server().slots().waiting() == 1);
            patient.startupMessage(RawClient.V3_0, app).send();
            Eventually.isTrue("two wait", () -> proxy.server().slots().waiting() == 2);
            impatient.reset();
            Eventually.isTrue("one waits", () -> proxy.server().slots().waiting() == 1);
            assertThat(patient.isSilent()).isTrue();
            first.terminate().send();

            assertThat(RawClient.tags(patient.finishStart())).endsWith("Z");
        }
    }

    @Test
    void clientWithoutProofNeverEntersTheQueue() throws IOException {
        try (TestProxy proxy = TestProxy.start(
                        Cluster.shared(),
                        List.of("num_init_children = 1"),
                        List.of(Cluster.SCRAM_USER + ":TEXT" + Cluster.PASSWORD));
                RawClient first = proxy.raw();
                RawClient unproven = new RawClient(proxy.port())) {
            unproven.startupMessage(RawClient.V3_0, Map.of("user", Cluster.SCRAM_USER, "database", Cluster.USER))
                    .send();
            assertThat(unproven.receive().tag()).isEqualTo('R');
            assertThat(proxy.server().slots().waiting()).isZero();
            assertThat(first.ask("SELECT 1")).isEqualTo("1");
        }
    }

    @Test
    void reservedConnectionsRefuseTheLastOnesWithPgpoolsText() throws IOException {
        try (TestProxy proxy = TestProxy.start("num_init_children = 3", "reserved_connections = 1")) {
            List<RawClient> taken = new ArrayList<>(List.of(proxy.raw(), proxy.raw()));
            try (RawClient tooMany = new RawClient(proxy.port())) {
                RawMessage error = RawClient.error(tooMany.startUp(Cluster.USER, Cluster.USER));
                assertThat(error.fields())
                        .containsEntry('S', "FATAL")
                        .containsEntry('C', "53300")
                        .containsEntry('M', "Sorry, too many clients already");
            }
            taken.remove(0).close();
            Eventually.holds(() -> {
                try (RawClient again = new RawClient(proxy.port())) {
                    assertThat(RawClient.tags(again.startUp(Cluster.USER, Cluster.USER)))
                            .endsWith("Z");
                }
            });
            taken.forEach(RawClient::close);
        }
    }
}
