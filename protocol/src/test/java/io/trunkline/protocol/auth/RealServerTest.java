package io.trunkline.protocol.auth;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.trunkline.protocol.auth.ScratchServer.Connection;
import io.trunkline.protocol.auth.ScratchServer.Connection.Message;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Our frontend's side against a running PostgreSQL; skipped where none is installed. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class RealServerTest {
    private static final int CODE_POINTS_PER_QUERY = 100;

    private ScratchServer server;
    private Connection admin;

    @BeforeAll
    void startServer() throws Exception {
        assumeTrue(ScratchServer.isAvailable(), "no PostgreSQL is installed");
        server = new ScratchServer();
        admin = server.connect("admin");
        admin.awaitReady();
        createRole("alice", "pencil".getBytes(UTF_8));
        admin.query("set password_encryption = 'md5'; create role md5user login password 'pencil';"
                + " reset password_encryption");
    }

    @AfterAll
    void stopServer() throws Exception {
        if (admin != null) {
            admin.close();
        }
        if (server != null) {
            server.stop();
        }
    }

    @Test
    void passwordLogsIn() throws Exception {
        try (Connection connection = server.connect("alice")) {
            assertThat(scram(connection, p -> ScramKeys.derive(Password.of("pencil"), p, 4096)))
                    .isTrue();
            connection.awaitReady();
            assertThat(connection.query("select current_user")).containsExactly("alice");
        }
    }

    @Test
    void keysOfAFrontendThatProvedItsPasswordLogIn() throws Exception {
        ScramVerifier stored = ScramVerifier.parse(stored("alice"));
        ScramServer front = ScramServer.forUser("alice", stored, NonceSource.RANDOM, ChannelBinding.NONE);
        ScramKeys keys = ScramExchangeTest.login(front, Password.of("pencil")).keys();

        try (Connection connection = server.connect("alice")) {
            assertThat(scram(connection, p -> keys)).isTrue();
            connection.awaitReady();
            assertThat(connection.query("select current_user")).containsExactly("alice");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"alice", "nobody"})
    void wrongPasswordAndUnknownUserAreRefusedInTheWordsThatWeUse(String user) throws Exception {
        try (Connection connection = server.connect(user)) {
            ScramClient client =
                    ScramClient.choose(connection.receive().data(), NonceSource.RANDOM, ChannelBinding.NONE);
            connection.send('p', client.initialResponse());
            ScramParameters parameters =
                    client.receiveFirst(connection.receive().data());
            connection.send('p', client.respond(ScramKeys.derive(Password.of("pen"), parameters, 4096)));

            Message refusal = connection.receive();

            AuthenticationFailure ours = AuthenticationFailure.passwordRejected(user, "");
            assertThat(refusal.tag()).isEqualTo('E');
            assertThat(refusal.fields()).containsEntry('C', ours.sqlState()).containsEntry('M', ours.getMessage());
            assertThat(client.isComplete()).isFalse();
        }
    }

    @Test
    void md5PasswordLogsIn() throws Exception {
        Md5Password password = Md5Password.of("md5user", Password.of("pencil"));
        assertThat(password.format()).isEqualTo(stored("md5user"));

        try (Connection connection = server.connect("md5user")) {
            Message request = connection.receive();
            assertThat(request.request()).isEqualTo(AuthenticationRequest.MD5_PASSWORD);
            connection.send('p', password.response(request.data()).toMessage());
            assertThat(connection.receive().request()).isEqualTo(AuthenticationRequest.OK);
        }
    }

    @Test
    void verifierThatWeMakeIsOneThatTheServerTakes() throws Exception {
        Password password = Password.of("gr\u00fc\u00dfe\u00ad \u2168");
        admin.query("create role carol login password '"
                + ScramVerifier.of(password, ScramParameters.DEFAULT_ITERATIONS).format() + "'");

        try (Connection connection = server.connect("carol")) {
            assertThat(scram(connection, p -> ScramKeys.derive(password, p, 4096)))
                    .isTrue();
        }
    }

    /** At the edges of every range of the SASLprep tables the server must make the same of a password as we do. */
    @Test
    void passwordsArePreparedAsTheServerPreparesThem() throws Exception {
        List<Password> passwords = new ArrayList<>();
        int kinds = 0;
        for (int c = 0x80; c <= 0x10FFFF; c++) {
            int now = kinds(c);
            if (now != kinds && (c < 0xD800 || c > 0xDFFF)) {
                passwords.add(Password.of(Character.toString(c) + "\u2168"));
            }
            kinds = now;
        }
        // every third is enough to find a table that is off, and keeps the test at a few seconds
        List<Password> sample = new ArrayList<>();
        for (int i = 0; i < passwords.size(); i += Integer.getInteger("trunkline.test.saslprep.step", 3)) {
            sample.add(passwords.get(i));
        }
        for (int from = 0; from < sample.size(); from += CODE_POINTS_PER_QUERY) {
            List<Password> part = sample.subList(from, Math.min(from + CODE_POINTS_PER_QUERY, sample.size()));
            List<String> verifiers = verifiersOf(part);
            for (int i = 0; i < part.size(); i++) {
                ScramVerifier verifier = ScramVerifier.parse(verifiers.get(i));
                assertThat(verifier.matches("probe", part.get(i)))
                        .as(HexFormat.of().formatHex(part.get(i).toBytes()))
                        .isTrue();
            }
        }
    }

    private interface KeySource {
        ScramKeys keysFor(ScramParameters parameters) throws AuthenticationFailure;
    }

    private static boolean scram(Connection connection, KeySource source) throws IOException, AuthenticationFailure {
        Message offer = connection.receive();
        assertThat(offer.request()).isEqualTo(AuthenticationRequest.SASL);
        ScramClient client = ScramClient.choose(offer.data(), NonceSource.RANDOM, ChannelBinding.NONE);
        connection.send('p', client.initialResponse());
        Message challenge = connection.receive();
        assertThat(challenge.request()).isEqualTo(AuthenticationRequest.SASL_CONTINUE);
        connection.send('p', client.respond(source.keysFor(client.receiveFirst(challenge.data()))));
        Message end = connection.receive();
        assertThat(end.request()).isEqualTo(AuthenticationRequest.SASL_FINAL);
        client.receiveFinal(end.data());
        assertThat(connection.receive().request()).isEqualTo(AuthenticationRequest.OK);
        return client.isComplete();
    }

    private static int kinds(int c) {
        return (StringprepTables.NON_ASCII_SPACE.contains(c) ? 1 : 0)
                + (StringprepTables.MAPPED_TO_NOTHING.contains(c) ? 2 : 0)
                + (StringprepTables.PROHIBITED.contains(c) ? 4 : 0)
                + (StringprepTables.UNASSIGNED.contains(c) ? 8 : 0)
                + (StringprepTables.RIGHT_TO_LEFT.contains(c) ? 16 : 0)
                + (StringprepTables.LEFT_TO_RIGHT.contains(c) ? 32 : 0);
    }

    private List<String> verifiersOf(List<Password> passwords) throws IOException {
        admin.query(passwords.stream()
                .map(p -> "create role probe" + passwords.indexOf(p) + " password " + literal(p.toBytes()))
                .collect(Collectors.joining(";")));
        List<String> verifiers = admin.query(
                "select rolpassword from pg_authid where rolname ~ '^probe'" + " order by substr(rolname, 6)::int");
        admin.query(verifiers.stream()
                .map(v -> "drop role probe" + verifiers.indexOf(v))
                .collect(Collectors.joining(";")));
        return verifiers;
    }

    private String stored(String role) throws IOException {
        return admin.query("select rolpassword from pg_authid where rolname = '" + role + "'")
                .get(0);
    }

    private void createRole(String role, byte[] password) throws IOException {
        admin.query("create role " + role + " login password " + literal(password));
    }

    private static String literal(byte[] password) {
        return "E'\\x" + HexFormat.ofDelimiter("\\x").formatHex(password) + "'";
    }
}
