package io.trunkline.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.trunkline.protocol.auth.AuthenticationFailure;
import io.trunkline.protocol.auth.AuthenticationRequest;
import io.trunkline.protocol.auth.ChannelBinding;
import io.trunkline.protocol.auth.Md5Password;
import io.trunkline.protocol.auth.NonceSource;
import io.trunkline.protocol.auth.Password;
import io.trunkline.protocol.auth.ScramClient;
import io.trunkline.protocol.auth.ScramKeys;
import io.trunkline.protocol.auth.ScramParameters;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Over TLS, a client that names a user who does not exist goes the same steps as one with a wrong password, message by
 * message and of the same lengths, and is told the same.
 */
class UnknownUserOverTlsTest {
    private static final TlsFixture TLS = new TlsFixture();

    /** As long as {@link Cluster#SCRAM_USER}: the error has the name in it. */
    private static final String UNKNOWN = "scram_nobd";

    private static final String WRONG = "wrong";

    @ParameterizedTest(name = "{0}, known from {1}")
    @CsvSource({
        "off, auth_query, scram_user",
        "password, auth_query, scram_user",
        "md5, auth_query, md5_user",
        "scram-sha-256, auth_query, scram_user",
        "off, pool_passwd and auth_query, scram_user",
        "md5, pool_passwd, md5_user",
        "scram-sha-256, pool_passwd, scram_user"
    })
    void goesTheStepsOfAWrongPassword(String rule, String source, String known) throws Exception {
        List<String> settings = new ArrayList<>(List.of(TLS.settings()));
        if (source.contains("auth_query")) {
            settings.add("auth_query_user = '" + Cluster.shared().superuser() + "'");
        }
        List<String> passwords = source.contains("pool_passwd")
                ? List.of(
                        Cluster.SCRAM_USER + ":TEXT" + Cluster.PASSWORD, Cluster.MD5_USER + ":TEXT" + Cluster.PASSWORD)
                : List.of();
        List<String> rules = List.of();
        if (!rule.equals("off")) {
            settings.add("enable_pool_hba = on");
            rules = List.of("hostssl all all all " + rule);
        }
        try (TestProxy proxy = TestProxy.start(Cluster.shared(), settings, passwords, rules)) {
            List<String> ofWrongPassword = steps(proxy, known);
            assertThat(ofWrongPassword).hasSizeGreaterThan(1).last().asString().contains("28P01");
            assertThat(steps(proxy, UNKNOWN)).isEqualTo(ofWrongPassword);
            // neither is remembered in a way that shows
            assertThat(steps(proxy, UNKNOWN)).isEqualTo(ofWrongPassword);
            assertThat(steps(proxy, known)).isEqualTo(ofWrongPassword);
        }
    }

    /** What the server side says until it closes the connection, without what is random in it. */
    private static List<String> steps(TestProxy proxy, String user) throws Exception {
        try (RawClient client = new RawClient(proxy.port())) {
            client.sslRequest().send();
            assertThat(client.receiveByte()).isEqualTo('S');
            client.encrypt(TLS.context(null))
                    .startupMessage(RawClient.V3_0, Map.of("user", user, "database", Cluster.USER))
                    .send();
            List<String> steps = new ArrayList<>();
            ScramClient scram = null;
            RawMessage message = client.receive();
            while (message.tag() == 'R') {
                ByteBuffer body = ByteBuffer.wrap(message.body());
                int code = body.getInt();
                byte[] data = Arrays.copyOfRange(message.body(), 4, message.body().length);
                AuthenticationRequest request =
                        AuthenticationRequest.ofCode(code).orElseThrow();
                String step = request + ", " + data.length + " bytes";
                switch (request) {
                    case CLEARTEXT_PASSWORD -> answer(client, RawClient.cString(WRONG));
                    case MD5_PASSWORD ->
                        answer(
                                client,
                                Md5Password.of(user, Password.of(WRONG))
                                        .response(data)
                                        .toMessage());
                    case SASL -> {
                        step += " " + new String(data, StandardCharsets.US_ASCII).replace('\0', ' ');
                        scram = ScramClient.choose(data, NonceSource.RANDOM, ChannelBinding.NONE);
                        answer(client, scram.initialResponse());
                    }
                    case SASL_CONTINUE -> {
                        step += " " + prove(Objects.requireNonNull(scram), data, client);
                    }
                    default -> assertThat(request).as("let in as %s", user).isNull();
                }
                steps.add(step);
                message = client.receive();
            }
            assertThat(message.tag()).isEqualTo('E');
            steps.add(message.fields().toString().replace(user, "USER"));
            assertThat(client.untilClosed()).isEmpty();
            return steps;
        }
    }

    /** @return of which lengths salt and count are */
    private static String prove(ScramClient scram, byte[] data, RawClient client)
            throws AuthenticationFailure, IOException {
        ScramParameters parameters = scram.receiveFirst(data);
        answer(
                client,
                scram.respond(
                        ScramKeys.derive(Password.of(WRONG), parameters, ScramParameters.DEFAULT_MAX_ITERATIONS)));
        return "salt of " + parameters.salt().length + " bytes, " + parameters.iterations() + " iterations";
    }

    private static void answer(RawClient client, byte[] body) throws IOException {
        client.message('p', body).send();
    }
}
