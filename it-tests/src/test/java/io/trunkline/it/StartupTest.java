package io.trunkline.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The first packets of a connection. */
class StartupTest {
    private static final int V3_9 = 0x0003_0009;
    private static final int V2_0 = 0x0002_0000;
    private static final int SSL_REQUEST = 80_877_103;
    private static final int GSSENC_REQUEST = 80_877_104;
    private static final Map<String, String> APP = Map.of("user", Cluster.USER, "database", Cluster.USER);

    private static TestProxy proxy;

    @BeforeAll
    static void start() {
        proxy = TestProxy.start("authentication_timeout = 2s").knowing("here", "here_with_settings");
    }

    @AfterAll
    static void stop() {
        proxy.close();
    }

    @Test
    void protocol30GetsAShortCancelKeyAndTheParametersOfTheServer() throws IOException {
        try (RawClient client = new RawClient(proxy.port())) {
            List<RawMessage> start = client.startUp(RawClient.V3_0, APP);

            assertThat(RawClient.tags(start)).matches("RS+KZ");
            assertThat(client.cancelKey()).hasSize(4);
            assertThat(client.parameters())
                    .containsEntry("server_encoding", "UTF8")
                    .containsEntry("in_hot_standby", "off")
                    .containsEntry("session_authorization", Cluster.USER)
                    .containsKeys("server_version", "DateStyle", "TimeZone", "standard_conforming_strings");
        }
    }

    @Test
    void protocol32GetsALongCancelKeyWithoutNegotiation() throws IOException {
        try (RawClient client = new RawClient(proxy.port())) {
            List<RawMessage> start = client.startUp(RawClient.V3_2, APP);

            assertThat(RawClient.tags(start)).matches("RS+KZ");
            assertThat(client.cancelKey()).hasSize(32);
            assertThat(client.ask("SELECT 42")).isEqualTo("42");
        }
    }

    @Test
    void newerMinorVersionsAreNegotiatedDown() throws IOException {
        try (RawClient client = new RawClient(proxy.port())) {
            List<RawMessage> start = client.startUp(V3_9, APP);

            ByteBuffer negotiation = ByteBuffer.wrap(start.get(0).body());
            assertThat(start.get(0).tag()).isEqualTo('v');
            assertThat(negotiation.getInt() & 0xffff).isEqualTo(2);
            assertThat(negotiation.getInt()).isZero();
            assertThat(client.cancelKey()).hasSize(32);
            assertThat(client.ask("SELECT 42")).isEqualTo("42");
        }
    }

    @Test
    void protocolOptionsThatNobodyKnowsAreNamedAndIgnored() throws IOException {
        try (RawClient client = new RawClient(proxy.port())) {
            List<RawMessage> start = client.startUp(
                    RawClient.V3_0,
                    Map.of("user", Cluster.USER, "database", Cluster.USER, "_pq_.command_progress", "on"));

            ByteBuffer negotiation = ByteBuffer.wrap(start.get(0).body());
            assertThat(start.get(0).tag()).isEqualTo('v');
            assertThat(negotiation.getInt() & 0xffff).isZero();
            assertThat(negotiation.getInt()).isEqualTo(1);
            assertThat(RawMessage.text(negotiation)).isEqualTo("_pq_.command_progress");
            assertThat(client.ask("SELECT 42")).isEqualTo("42");
        }
    }

    @Test
    void protocol2IsRefused() throws IOException {
        assertRefused(client -> client.startupMessage(V2_0, Map.of()), "0A000", "unsupported frontend protocol 2.0");
    }

    @ParameterizedTest
    @ValueSource(strings = {"true", "database", "on", "1"})
    void replicationIsRefused(String value) throws IOException {
        assertRefused(
                client -> client.startupMessage(
                        RawClient.V3_0, Map.of("user", "postgres", "database", "postgres", "replication", value)),
                "0A000",
                "replication");
    }

    @Test
    void replicationThatIsSwitchedOffIsNotRefused() throws IOException {
        try (RawClient client = new RawClient(proxy.port())) {
            List<RawMessage> start = client.startUp(
                    RawClient.V3_0, Map.of("user", Cluster.USER, "database", Cluster.USER, "replication", "false"));

            assertThat(RawClient.tags(start)).endsWith("Z");
        }
    }

    @Test
    void startupPacketOf10001BytesIsRefused() throws IOException {
        assertRefused(client -> client.packet(new byte[10_001 - 4]), "08P01", "startup packet");
    }

    @Test
    void startupPacketOf10000BytesIsTaken() throws IOException {
        String name = "x".repeat(63);
        int rest = 10_000
                - 8
                - ("user".length() + Cluster.USER.length() + 2)
                - ("database".length() + Cluster.USER.length() + 2)
                - ("application_name".length() + 2)
                - 1;
        try (RawClient client = new RawClient(proxy.port())) {
            client.startUp(
                    RawClient.V3_0,
                    Map.of(
                            "user",
                            Cluster.USER,
                            "database",
                            Cluster.USER,
                            "application_name",
                            name + "y".repeat(rest - name.length())));

            assertThat(client.ask("SHOW application_name")).isEqualTo(name);
        }
    }

    @Test
    void httpRequestIsAProtocolViolation() throws IOException {
        byte[] request = "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n".getBytes(StandardCharsets.US_ASCII);

        assertRefused(client -> client.bytes(request), "08P01", "startup packet");
    }

    @Test
    void startupMessageWithoutAUserIsRefused() throws IOException {
        assertRefused(client -> client.startupMessage(RawClient.V3_0, Map.of()), "28000", "no PostgreSQL user name");
    }

    @Test
    void startupMessageWithoutItsTerminatorIsRefused() throws IOException {
        byte[] packet = ByteBuffer.allocate(4 + 8)
                .putInt(RawClient.V3_0)
                .put("user\0app".getBytes(StandardCharsets.US_ASCII))
                .array();

        assertRefused(client -> client.packet(packet), "08P01", "");
    }

    @Test
    void unknownDatabaseGetsTheServersError() throws IOException {
        assertRefused(
                client -> client.startupMessage(
                        RawClient.V3_0, Map.of("user", Cluster.USER, "database", "no_such_database")),
                "3D000",
                "database \"no_such_database\" does not exist");
    }

    @Test
    void invalidStartupParameterGetsTheServersError() throws IOException {
        assertRefused(
                client -> client.startupMessage(
                        RawClient.V3_0,
                        Map.of("user", Cluster.USER, "database", Cluster.USER, "no_such_parameter", "x")),
                "42704",
                "no_such_parameter");
    }

    @Test
    void encryptionIsDeclinedAndTheStartGoesOnInClear() throws IOException {
        try (RawClient client = new RawClient(proxy.port())) {
            client.packet(ByteBuffer.allocate(4).putInt(GSSENC_REQUEST).array()).send();
            assertThat(client.receiveByte()).isEqualTo('N');
            client.packet(ByteBuffer.allocate(4).putInt(SSL_REQUEST).array()).send();
            assertThat(client.receiveByte()).isEqualTo('N');
            client.startUp(Cluster.USER, Cluster.USER);

            assertThat(client.ask("SELECT 42")).isEqualTo("42");
        }
    }

    @Test
    void startupMessageMayComeByteByByteWithAQueryBehindIt() throws IOException {
        try (RawClient client = new RawClient(proxy.port())) {
            client.startupMessage(RawClient.V3_0, APP).query("SELECT 42").sendInPieces(1);

            assertThat(RawClient.tags(client.finishStart())).matches("RS+KZ");
            assertThat(RawClient.firstValue(client.untilReady())).isEqualTo("42");
        }
    }

    @Test
    void clientThatSaysNothingIsCutOffByAuthenticationTimeout() throws IOException {
        try (RawClient client = new RawClient(proxy.port())) {
            assertThat(client.receiveByte()).isEqualTo(-1);
        }
    }

    @Test
    void startupParametersHoldOnEveryNode() throws IOException {
        try (RawClient client = new RawClient(proxy.port())) {
            client.startUp(
                    RawClient.V3_0,
                    Map.of(
                            "user",
                            Cluster.USER,
                            "database",
                            Cluster.USER,
                            "options",
                            "-c work_mem=1234kB",
                            "application_name",
                            "startup test"));
            String ask = "SELECT current_setting('work_mem') || current_setting('application_name') || ' ' || port";

            assertThat(client.parameters()).containsEntry("application_name", "startup test");
            assertThat(client.ask(ask + ", nextval('counter') FROM here"))
                    .isEqualTo("1234kBstartup test " + Cluster.port(Cluster.PRIMARY));
            assertThat(client.ask("SELECT w || a || ' ' || port FROM here_with_settings"))
                    .isEqualTo("1234kBstartup test " + Cluster.port(TestProxy.READ_NODE));
        }
    }

    private interface Opening {
        RawClient of(RawClient client) throws IOException;
    }

    private static void assertRefused(Opening opening, String sqlState, String text) throws IOException {
        try (RawClient client = new RawClient(proxy.port())) {
            opening.of(client).send();
            List<RawMessage> answers = client.untilClosed();

            RawMessage error = RawClient.error(answers);
            assertThat(error.fields()).containsEntry('S', "FATAL").containsEntry('C', sqlState);
            assertThat(error.fields().get('M')).contains(text);
        }
    }
}
