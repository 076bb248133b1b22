package io.trunkline.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;

/** Clients that Trunkline asks for the password in clear: whatever they answer, the empty password included. */
final class ClearText {
    private static final int CLEARTEXT_PASSWORD = 3;

    private ClearText() {}

    /** A session of this user, which has to be let in. */
    static RawClient session(TestProxy proxy, String user, String password) throws IOException {
        RawClient client = asked(proxy, user);
        List<RawMessage> answers =
                client.message('p', RawClient.cString(password)).send().finishStart();
        assertThat(RawClient.tags(answers)).as("%s", answers).matches("RS+KZ");
        assertThat(client.ask("SELECT current_user, txid_current()")).isEqualTo(user);
        return client;
    }

    /** Logs in and out again. */
    static void admitted(TestProxy proxy, String user, String password) throws IOException {
        try (RawClient client = session(proxy, user, password)) {
            client.terminate().send();
            client.awaitClose();
        }
    }

    /** Is told this error and nothing else. */
    static void refused(TestProxy proxy, String user, String password, String sqlState, String text)
            throws IOException {
        try (RawClient client = asked(proxy, user)) {
            List<RawMessage> answers =
                    client.message('p', RawClient.cString(password)).send().finishStart();
            assertThat(RawClient.tags(answers)).as("%s", answers).isEqualTo("E");
            assertThat(RawClient.error(answers).fields())
                    .containsEntry('S', "FATAL")
                    .containsEntry('C', sqlState)
                    .containsEntry('M', text);
            assertThat(client.untilClosed()).isEmpty();
        }
    }

    /** Is told what everybody is told whose password is not right. */
    static void wrong(TestProxy proxy, String user, String password) throws IOException {
        refused(proxy, user, password, "28P01", "password authentication failed for user \"" + user + "\"");
    }

    static void empty(TestProxy proxy, String user) throws IOException {
        refused(proxy, user, "", "28P01", "empty password returned by client");
    }

    private static RawClient asked(TestProxy proxy, String user) throws IOException {
        RawClient client = new RawClient(proxy.port());
        client.startupMessage(RawClient.V3_0, Map.of("user", user, "database", Cluster.USER))
                .send();
        RawMessage request = client.receive();
        assertThat(request.tag()).as("%s", request).isEqualTo('R');
        assertThat(ByteBuffer.wrap(request.body()).getInt()).isEqualTo(CLEARTEXT_PASSWORD);
        return client;
    }
}
