package io.trunkline.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** COPY and its error paths, over both protocols. */
class CopyTest {
    private static TestProxy proxy;
    private RawClient client;

    @BeforeAll
    static void start() throws IOException {
        proxy = TestProxy.start();
        try (RawClient client = proxy.raw()) {
            client.run("CREATE TABLE copied (id int)");
        }
    }

    @AfterAll
    static void stop() throws IOException {
        try (RawClient client = proxy.raw()) {
            client.run("DROP TABLE copied");
        }
        proxy.close();
    }

    @BeforeEach
    void connect() throws IOException {
        client = proxy.raw();
        client.run("TRUNCATE copied");
    }

    @AfterEach
    void disconnect() {
        client.close();
    }

    @Test
    void copyInTakesItsDataAndTheSessionGoesOn() throws IOException {
        client.query("COPY copied FROM STDIN").send();
        assertThat(client.receive().tag()).isEqualTo('G');
        client.copyData("1\n2\n").copyData("3\n").copyDone().query("SELECT 42").send();

        assertThat(client.untilReady()).extracting(RawMessage::toString).containsExactly("C(COPY 3)", "Z(I)");
        assertThat(client.untilReady()).extracting(RawMessage::toString).contains("D[42]");
        assertThat(rows()).isEqualTo("3");
    }

    @Test
    void copyDataSentAheadOfTheServersConsentIsTaken() throws IOException {
        client.query("COPY copied FROM STDIN")
                .copyData("1\n2\n")
                .copyDone()
                .query("SELECT 42")
                .send();

        assertThat(RawClient.tags(client.untilReady())).isEqualTo("GCZ");
        assertThat(client.untilReady()).extracting(RawMessage::toString).contains("D[42]");
        assertThat(rows()).isEqualTo("2");
    }

    @Test
    void copyFailUndoesTheCopy() throws IOException {
        client.query("COPY copied FROM STDIN").send();
        client.receive();
        client.copyData("1\n").copyFail("no more wanted").send();
        List<RawMessage> answers = client.untilReady();

        assertThat(RawClient.error(answers).sqlState()).isEqualTo("57014");
        assertThat(RawClient.error(answers).fields().get('M')).contains("no more wanted");
        assertThat(rows()).isEqualTo("0");
    }

    @Test
    void errorInTheDataIsToldWhileTheClientStillSends() throws IOException {
        client.query("COPY copied FROM STDIN").send();
        client.receive();
        client.copyData("not a number\n");
        for (int i = 0; i < 1000; i++) {
            client.copyData("1\n");
        }
        client.copyDone().query("SELECT 42").send();

        assertThat(RawClient.error(client.untilReady()).sqlState()).isEqualTo("22P02");
        assertThat(client.untilReady()).extracting(RawMessage::toString).contains("D[42]");
        assertThat(rows()).isEqualTo("0");
    }

    @Test
    void extendedCopyWithItsSyncSentAheadWorksAsLibpqDoesIt() throws IOException {
        client.parse("", "COPY copied FROM STDIN")
                .bind("", "")
                .describePortal("")
                .execute("", 0)
                .sync()
                .send();
        assertThat(RawClient.tags(client.until('G'))).isEqualTo("12nG");
        client.copyData("1\n2\n").copyDone().sync().send();

        assertThat(client.untilReady()).extracting(RawMessage::toString).containsExactly("C(COPY 2)", "Z(I)");
        assertThat(rows()).isEqualTo("2");
    }

    @Test
    void extendedCopyThatFailsSkipsToTheSyncBehindItsData() throws IOException {
        client.parse("", "COPY copied FROM STDIN")
                .bind("", "")
                .execute("", 0)
                .sync()
                .send();
        client.until('G');
        client.copyData("broken\n").copyData("1\n").copyDone().sync().send();

        assertThat(RawClient.error(client.untilReady()).sqlState()).isEqualTo("22P02");
        assertThat(client.ask("SELECT 42")).isEqualTo("42");
    }

    @Test
    void extendedCopyOutAnswersLikeRows() throws IOException {
        client.parse("", "COPY (SELECT x FROM generate_series(1, 3) x) TO STDOUT")
                .bind("", "")
                .execute("", 0)
                .sync()
                .send();

        assertThat(RawClient.tags(client.untilReady())).isEqualTo("12HdddcCZ");
    }

    @Test
    void copyOutThatFailsInTheMiddleEndsWithTheError() throws IOException {
        List<RawMessage> answers = client.run("COPY (SELECT 10 / (3 - x) FROM generate_series(1, 5) x) TO STDOUT");

        assertThat(RawClient.tags(answers)).isEqualTo("HddEZ");
        assertThat(client.ask("SELECT 42")).isEqualTo("42");
    }

    @Test
    void queryInTheMiddleOfCopyInIsTheServersToRefuse() throws IOException {
        client.query("COPY copied FROM STDIN").send();
        client.receive();
        client.copyData("1\n").query("SELECT 1").send();

        assertThat(RawClient.error(client.until('E')).sqlState()).isEqualTo("08P01");
    }

    @Test
    void strayCopyMessagesAreIgnored() throws IOException {
        client.copyData("1\n").copyDone().copyFail("nothing").query("SELECT 42").send();

        assertThat(client.untilReady()).extracting(RawMessage::toString).contains("D[42]");
    }

    @Test
    void copyInOneStringWithOtherStatementsWorks() throws IOException {
        client.query("SELECT 1; COPY copied FROM STDIN; SELECT 2").send();
        assertThat(RawClient.tags(client.until('G'))).isEqualTo("TDCG");
        client.copyData("7\n").copyDone().send();

        assertThat(client.untilReady()).extracting(RawMessage::toString).contains("C(COPY 1)", "D[2]", "Z(I)");
    }

    @Test
    void terminateInTheMiddleOfCopyInUndoesIt() throws IOException {
        client.query("COPY copied FROM STDIN").send();
        client.receive();
        client.copyData("1\n").terminate().send();
        client.awaitClose();

        try (RawClient other = proxy.raw()) {
            Eventually.holds(() -> assertThat(
                            Cluster.backends(Cluster.PRIMARY, "query LIKE 'COPY copied%' AND state = 'active'"))
                    .isZero());
            assertThat(other.ask("SELECT count(*), nextval('counter') FROM copied"))
                    .isEqualTo("0");
        }
    }

    private String rows() throws IOException {
        return client.ask("SELECT count(*), nextval('counter') FROM copied");
    }
}
