package io.trunkline.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What breaks the protocol ends its own connection, with 08P01, and touches nobody else's. */
class ProtocolErrorsTest {
    private static TestProxy proxy;
    private static RawClient bystander;

    /** What a client does that has started, and is idle. */
    interface Offence {
        void by(RawClient client) throws IOException;
    }

    @BeforeAll
    static void start() throws IOException {
        proxy = TestProxy.start();
        bystander = proxy.raw();
        bystander.run("BEGIN");
    }

    @AfterAll
    static void stop() {
        bystander.close();
        proxy.close();
    }

    @AfterEach
    void bystanderIsUntouched() throws IOException {
        assertThat(bystander.ask("SELECT 42")).isEqualTo("42");
    }

    static Stream<Arguments> offences() {
        return Stream.of(
                offence("a type that does not exist", client -> client.message('?', new byte[4])),
                offence("a message type of servers only", client -> client.message('Z', new byte[] {'I'})),
                offence("a length below 4", client -> client.header('Q', 3)),
                offence("a negative length", client -> client.header('Q', -1)),
                offence("a query without its terminator", client -> client.message('Q', bytes("SELECT 1"))),
                offence("a Parse without its terminators", client -> client.message('P', bytes("name"))),
                offence("an empty Bind", client -> client.message('B')),
                offence("a Describe of neither statement nor portal", client -> client.message('D', bytes("Xname\0"))),
                offence("an empty Describe", client -> client.message('D')),
                offence("an Execute without a terminator", client -> client.message('E', bytes("p"))),
                offence("a Close of neither statement nor portal", client -> client.message('C', bytes("?\0"))),
                offence("an oversized Describe", client -> client.header('D', 100_000_000)),
                offence("a Sync with a body", client -> client.message('S', new byte[10])),
                offence("a password out of turn", client -> client.message('p', bytes("secret\0"))));
    }

    private static Arguments offence(String name, Offence offence) {
        return Arguments.of(name, offence);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("offences")
    void offenderIsCutOff(String name, Offence offence) throws IOException {
        try (RawClient client = proxy.raw()) {
            offence.by(client);
            client.send();
            List<RawMessage> answers = client.untilClosed();

            assertThat(RawClient.error(answers).fields())
                    .as(name)
                    .containsEntry('S', "FATAL")
                    .containsEntry('C', "08P01");
        }
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("offences")
    void offenderInTheMiddleOfABatchIsCutOffAndItsTransactionUndone(String name, Offence offence) throws IOException {
        try (RawClient client = proxy.raw()) {
            client.extended("CREATE TABLE offended (id int)").flush().send();
            client.until('C');
            offence.by(client);
            client.send();

            assertThat(RawClient.error(client.untilClosed()).sqlState())
                    .as(name)
                    .isEqualTo("08P01");
        }
        Eventually.holds(() -> assertThat(Cluster.shared()
                        .node(Cluster.PRIMARY)
                        .query(Cluster.USER, "SELECT 1 FROM pg_class WHERE relname = 'offended'"))
                .isEmpty());
    }

    @Test
    void queryBeforeTheLoginIsOverWaitsOrIsRefusedAndNeverRunsUnproven() throws IOException {
        try (TestProxy asking = TestProxy.start(
                        Cluster.shared(), List.of(), List.of(Cluster.SCRAM_USER + ":TEXT" + Cluster.PASSWORD));
                RawClient client = new RawClient(asking.port())) {
            client.startupMessage(RawClient.V3_0, Map.of("user", Cluster.SCRAM_USER, "database", Cluster.USER))
                    .query("SELECT 42")
                    .send();

            List<RawMessage> answers = client.untilClosed();
            assertThat(RawClient.tags(answers)).isEqualTo("RE");
            assertThat(RawClient.error(answers).sqlState()).isEqualTo("08P01");
        }
    }

    @Test
    void connectionThatEndsInTheMiddleOfAMessageLeavesNothingBehind() throws IOException {
        try (RawClient client = proxy.raw()) {
            client.run("BEGIN");
            client.query("SELECT pg_backend_pid() /* truncated */").send();
            client.untilReady();
            client.header('Q', 1000).bytes(bytes("SELECT ")).send();
        }
        Eventually.holds(() -> assertThat(Cluster.backends(Cluster.PRIMARY, "query LIKE '%truncated%'"))
                .isZero());
    }

    @Test
    void randomBytesNeverHangAConnection() throws IOException {
        Random random = new Random(42);
        for (int i = 0; i < 100; i++) {
            try (RawClient client = proxy.raw()) {
                byte[] garbage = new byte[5 + random.nextInt(400)];
                random.nextBytes(garbage);
                // no message has such a type
                garbage[0] = (byte) (garbage[0] & 0x1f);
                client.bytes(garbage).send();
                assertThat(RawClient.error(client.untilClosed()).sqlState()).isEqualTo("08P01");
            }
        }
    }

    @Test
    void randomBytesInPlaceOfAStartupPacketEndTheConnection() throws IOException {
        Random random = new Random(43);
        for (int i = 0; i < 100; i++) {
            try (RawClient client = new RawClient(proxy.port())) {
                byte[] garbage = new byte[8 + random.nextInt(400)];
                random.nextBytes(garbage);
                garbage[0] = 1;
                client.bytes(garbage).send();
                assertThat(RawClient.error(client.untilClosed()).sqlState()).isEqualTo("08P01");
            }
        }
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }
}
