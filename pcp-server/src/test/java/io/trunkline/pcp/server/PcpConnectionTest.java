package io.trunkline.pcp.server;

import static io.trunkline.pcp.server.PcpTalk.request;
import static org.assertj.core.api.Assertions.assertThat;

import io.trunkline.pcp.AdminOutcome;
import io.trunkline.pcp.server.PcpTalk.Connection;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Framing, login, order and deadlines. */
class PcpConnectionTest {
    private static final String COUNT = "l CommandComplete|3|";

    @TempDir
    Path directory = Path.of("");

    private PcpTalk talk;
    private final List<Connection> connections = new ArrayList<>();

    @BeforeEach
    void prepare() {
        talk = new PcpTalk(directory, 2);
    }

    @AfterEach
    void leaveNothing() {
        connections.forEach(Connection::close);
    }

    private Connection connect() {
        Connection connection = talk.connect();
        connections.add(connection);
        return connection;
    }

    private Connection logIn() {
        Connection connection = connect();
        assertThat(connection.logIn(PcpTalk.PASSWORD)).containsExactly("r AuthenticationOK|");
        return connection;
    }

    private static String error(String message, String detail) {
        return "E SERROR|CXX000|M" + message + "|D" + detail + "||";
    }

    private static String fatal(String message, String detail) {
        return "E SFATAL|CXX000|M" + message + "|D" + detail + "||";
    }

    @Test
    void whoProvesThePasswordIsAnsweredRequestAfterRequest() {
        Connection connection = logIn();

        assertThat(connection.ask('L', "")).containsExactly(COUNT);
        assertThat(connection.ask('L', "")).containsExactly(COUNT);
        assertThat(connection.ask('X', "")).isEmpty();
        assertThat(connection.isOpen()).isFalse();
    }

    @Test
    void aWrongPasswordEndsTheConnectionWithAnError() {
        Connection connection = connect();

        assertThat(connection.logIn("guess"))
                .containsExactly(
                        fatal("authentication failed for user \"admin\"", "username and/or password does not match"));
        assertThat(connection.isOpen()).isFalse();
    }

    @Test
    void anUnknownUserGetsTheSameError() {
        Connection connection = connect();

        connection.send(request('R', PcpTalk.proof("nobody", PcpTalk.PASSWORD, connection.salt())));

        assertThat(connection.answers())
                .containsExactly(
                        fatal("authentication failed for user \"nobody\"", "username and/or password does not match"));
    }

    @Test
    void aSaltServesForOneLogin() {
        Connection connection = connect();
        byte[] proof = PcpTalk.proof(PcpTalk.USER, PcpTalk.PASSWORD, connection.salt());
        connection.send(request('R', proof));
        assertThat(connection.answers()).containsExactly("r AuthenticationOK|");

        connection.send(request('R', proof));

        assertThat(connection.answers())
                .containsExactly(fatal("authentication failed", "username and/or password does not match"));
        assertThat(connection.isOpen()).isFalse();
    }

    @Test
    void aUserWithoutAPasswordIsNoLogin() {
        Connection connection = connect();
        connection.salt();

        assertThat(connection.ask('R', "admin"))
                .containsExactly(fatal("failed to authenticate PCP user", "error while reading authentication packet"));
    }

    @Test
    void pcpConfIsReadAtEachLogin() throws Exception {
        logIn();
        talk.password("another");
        assertThat(connect().logIn("another")).containsExactly("r AuthenticationOK|");
        Files.delete(talk.pcpConf);

        assertThat(connect().logIn("another"))
                .containsExactly(fatal(
                        "failed to authenticate PCP user",
                        "could not open " + talk.pcpConf + ". reason: No such file or directory"));
    }

    @Test
    void nothingIsAnsweredBeforeTheLogin() {
        Connection connection = connect();

        assertThat(connection.ask('Z', "l"))
                .containsExactly(fatal("authentication failed for new PCP connection", "connection not authorized"));
        assertThat(connection.isOpen()).isFalse();
        assertThat(talk.operations.asked).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 3, 260, -1, Integer.MIN_VALUE, Integer.MAX_VALUE})
    void aLengthThatCannotBeEndsTheConnection(int length) {
        Connection connection = logIn();
        byte[] bytes = request('L', "");
        for (int i = 0; i < 4; i++) {
            bytes[1 + i] = (byte) (length >> (24 - 8 * i));
        }

        connection.send(bytes);

        assertThat(connection.answers())
                .containsExactly(fatal("invalid PCP packet", "incorrect packet length (" + length + ")"));
        assertThat(connection.isOpen()).isFalse();
    }

    @Test
    void theLongestRequestIsTaken() {
        Connection connection = logIn();

        // its length is 259
        assertThat(connection.ask('I', "0".repeat(254) + "\0"))
                .contains("i ArraySize|1|", "i CommandComplete|")
                .hasSize(3);
    }

    @Test
    void requestsMayComeInPiecesAndTogether() {
        Connection connection = logIn();
        byte[] one = request('L', "");
        for (byte b : one) {
            connection.send(new byte[] {b});
        }
        assertThat(connection.answers()).containsExactly(COUNT);

        byte[] two = new byte[2 * one.length];
        System.arraycopy(one, 0, two, 0, one.length);
        System.arraycopy(one, 0, two, one.length, one.length);
        connection.send(two);

        assertThat(connection.answers()).containsExactly(COUNT, COUNT);
    }

    @Test
    void theNextRequestWaitsForTheAnswerToThisOne() {
        talk.operations.done = new CompletableFuture<>();
        Connection connection = logIn();
        connection.send(request('J', "1 \0s"));
        connection.send(request('Z', "l"));
        assertThat(connection.answers()).isEmpty();
        assertThat(talk.operations.asked).containsExactly("SWITCHOVER 1");

        talk.operations.done.complete(new AdminOutcome(true, ""));

        assertThat(connection.answers()).containsExactly("d CommandComplete|", "z CommandComplete|");
        assertThat(talk.operations.asked).containsExactly("SWITCHOVER 1", "reload");
    }

    @Test
    void aRequestThatTakesTooLongIsAnsweredWithAnErrorAndTheNextIsServed() {
        talk.operations.processes = new CompletableFuture<>();
        Connection connection = logIn();
        assertThat(connection.ask('N', "")).isEmpty();

        connection.later(Duration.ofSeconds(61));

        assertThat(connection.answers())
                .containsExactly(
                        error("the PCP request has not been answered within 60 s", "what it has begun may go on"));
        assertThat(connection.ask('L', "")).containsExactly(COUNT);
    }

    @Test
    void whoDoesNotLogInIsSentAway() {
        Connection connection = connect();
        connection.salt();
        connection.later(Duration.ofSeconds(59));
        assertThat(connection.isOpen()).isTrue();

        connection.later(Duration.ofSeconds(2));

        assertThat(connection.answers())
                .containsExactly(fatal("authentication failed for new PCP connection", "no password within 60 s"));
        assertThat(connection.isOpen()).isFalse();
    }

    @Test
    void whoHasLoggedInMayBeSilent() {
        Connection connection = logIn();

        connection.later(Duration.ofHours(3));

        assertThat(connection.ask('L', "")).containsExactly(COUNT);
    }

    @Test
    void oneTooManyTakesThePlaceOfTheOneThatHasBeenSilentForLongest() {
        Connection first = logIn();
        Connection second = logIn();
        assertThat(first.ask('L', "")).containsExactly(COUNT);

        Connection third = logIn();

        assertThat(second.isOpen()).isFalse();
        assertThat(first.ask('L', "")).containsExactly(COUNT);
        assertThat(third.ask('L', "")).containsExactly(COUNT);
    }

    @Test
    void whereAllAreAtWorkOneMoreIsRefused() {
        talk.operations.done = new CompletableFuture<>();
        logIn().send(request('O', "2\0"));
        logIn().send(request('O', "2\0"));

        Connection third = connect();

        assertThat(third.answers())
                .containsExactly(fatal("no more PCP connections are possible at the moment", "all are at work"));
        assertThat(third.isOpen()).isFalse();
    }

    @Test
    void aMessageThatBeginsLikeAFieldIsChangedSoThatClientsCanReadIt() {
        talk.operations.cache = new AdminOutcome(false, "Memory is full");

        assertThat(logIn().ask('G', "")).containsExactly(error("memory is full", ""));
    }

    @Test
    void aLongTextIsCutBetweenCharacters() {
        talk.operations.rotation = new AdminOutcome(false, "xy" + "é".repeat(200));

        // 254 bytes, as one more would be half a character
        assertThat(logIn().ask('V', "l"))
                .containsExactly(error("process log rotation request failed", "xy" + "é".repeat(126)));
    }
}
