package io.trunkline.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The extended and the simple protocol, said message by message. */
class PipelineTest {
    private static final String READ = "SELECT port FROM here";
    private static final String WRITE = "SELECT port, nextval('counter') FROM here";
    private static final String HERE_READ = Cluster.port(TestProxy.READ_NODE);
    private static final String HERE_WRITE = Cluster.port(Cluster.PRIMARY);

    private static TestProxy proxy;
    private RawClient client;

    @BeforeAll
    static void start() {
        proxy = TestProxy.start();
    }

    @AfterAll
    static void stop() {
        proxy.close();
    }

    @BeforeEach
    void connect() throws IOException {
        // DDL of the test before has made the proxy forget
        client = proxy.knowing("here").raw();
    }

    @AfterEach
    void disconnect() {
        client.close();
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 7})
    void fragmentsMakeNoDifference(int size) throws IOException {
        client.query(READ);
        client.extended("SELECT $1::text || 'ü'", "a").sync();
        client.query(WRITE);
        client.extended("SELECT 2").sync().sendInPieces(size);

        assertThat(RawClient.values(client.untilReady())).containsExactly(HERE_READ);
        assertThat(RawClient.values(client.untilReady())).containsExactly("aü");
        assertThat(RawClient.values(client.untilReady())).containsExactly(HERE_WRITE);
        assertThat(RawClient.values(client.untilReady())).containsExactly("2");
    }

    @Test
    void manyExtendedQueriesAreAnsweredInOrder() throws IOException {
        int count = 5_000;
        Thread sender = new Thread(() -> {
            try {
                for (int i = 0; i < count; i++) {
                    client.extended("SELECT $1::int", Integer.toString(i)).sync();
                    if (i % 50 == 49) {
                        client.send();
                    }
                }
            } catch (IOException failure) {
                throw new java.io.UncheckedIOException(failure);
            }
        });
        sender.start();

        for (int i = 0; i < count; i++) {
            List<RawMessage> answer = client.untilReady();
            assertThat(RawClient.tags(answer)).isEqualTo("12TDCZ");
            assertThat(RawClient.firstValue(answer)).isEqualTo(Integer.toString(i));
        }
    }

    @Test
    void oneBatchOfManyExecutesWithOneSync() throws IOException {
        client.parse("s", "SELECT $1::int");
        for (int i = 0; i < 6_000; i++) {
            client.bind("", "s", Integer.toString(i)).execute("", 0);
        }
        client.sync().send();
        List<RawMessage> answers = client.untilReady();

        assertThat(RawClient.values(answers))
                .hasSize(6_000)
                .startsWith("0", "1")
                .endsWith("5999");
    }

    @Test
    void flushBringsAnswersWithoutSync() throws IOException {
        client.parse("s", READ).describeStatement("s").flush().send();
        assertThat(RawClient.tags(client.until('T'))).isEqualTo("1tT");
        client.bind("", "s").execute("", 0).flush().send();
        List<RawMessage> answers = client.until('C');
        client.sync().send();

        assertThat(RawClient.tags(answers)).isEqualTo("2DC");
        assertThat(RawClient.values(answers)).containsExactly(HERE_READ);
        assertThat(RawClient.tags(client.untilReady())).isEqualTo("Z");
    }

    @Test
    void readsAndWritesOverSeveralSyncsAnswerInOrderAndNoWriteIsOnAStandby() throws IOException {
        List<Boolean> writes = new ArrayList<>();
        Random random = new Random(7);
        for (int i = 0; i < 300; i++) {
            boolean write = random.nextBoolean();
            client.extended("SELECT port, " + i + (write ? ", nextval('counter')" : "") + " FROM here")
                    .sync();
            writes.add(write);
        }
        client.send();

        for (int i = 0; i < 300; i++) {
            List<RawMessage> answer = client.untilReady();
            RawMessage row = answer.get(3);
            assertThat(RawClient.tags(answer)).isEqualTo("12TDCZ");
            assertThat(row.columns().get(1)).isEqualTo(Integer.toString(i));
            assertThat(row.columns().get(0)).isIn(writes.get(i) ? List.of(HERE_WRITE) : List.of(HERE_READ, HERE_WRITE));
        }
    }

    @Test
    void writeInOneBatchWithReadsIsOnThePrimaryAndSoIsWhatFollows() throws IOException {
        client.extended(READ).extended(WRITE).extended(READ).sync().send();
        List<RawMessage> answers = client.untilReady();

        assertThat(RawClient.tags(answers)).isEqualTo("12TDC12TDC12TDCZ");
        assertThat(RawClient.values(answers).subList(1, 3)).containsExactly(HERE_WRITE, HERE_WRITE);
        assertThat(client.ask(READ)).isEqualTo(HERE_READ);
    }

    @Test
    void simpleQueriesSentAheadAnswerInOrder() throws IOException {
        for (int i = 0; i < 100; i++) {
            client.query("SELECT " + i + ", port FROM here")
                    .query("SELECT " + i + ", port, nextval('counter') FROM here");
        }
        client.send();

        for (int i = 0; i < 100; i++) {
            assertThat(RawClient.firstValue(client.untilReady())).isEqualTo(Integer.toString(i));
            RawMessage written = client.untilReady().get(1);
            assertThat(written.columns().subList(0, 2)).containsExactly(Integer.toString(i), HERE_WRITE);
        }
    }

    @Test
    void readsAndWritesOneAfterTheOtherSwitchNodes() throws IOException {
        for (int i = 0; i < 20; i++) {
            assertThat(client.ask(READ)).isEqualTo(HERE_READ);
            assertThat(RawClient.firstValue(client.extended(WRITE).sync().send().untilReady()))
                    .isEqualTo(HERE_WRITE);
        }
    }

    @Test
    void errorInABatchSkipsTheRestUpToSync() throws IOException {
        client.extended("SELECT 1")
                .extended("SELECT 1 / $1::int", "0")
                .extended(WRITE)
                .sync();
        client.extended("SELECT 2").sync().send();
        List<RawMessage> failed = client.untilReady();
        List<RawMessage> next = client.untilReady();

        assertThat(RawClient.tags(failed)).isEqualTo("12TDC1EZ");
        assertThat(RawClient.error(failed).sqlState()).isEqualTo("22012");
        assertThat(RawClient.values(next)).containsExactly("2");
    }

    @Test
    void errorInABatchUndoesItsWrites() throws IOException {
        client.run("CREATE TABLE undone (id int)");
        client.extended("INSERT INTO undone VALUES (1)")
                .extended("SELECT 1/0")
                .sync()
                .send();
        client.untilReady();
        String left = client.ask("/* NO LOAD BALANCE */ SELECT count(*), nextval('counter') FROM undone");
        client.run("DROP TABLE undone");

        assertThat(left).isEqualTo("0");
    }

    @Test
    void failedParseOnOneNodeLeavesNothingBehind() throws IOException {
        client.parse("bad", "SELECT no_such_column FROM here").sync().send();
        assertThat(RawClient.error(client.untilReady()).sqlState()).isEqualTo("42703");
        client.parse("bad", READ).bind("", "bad").execute("", 0).sync().send();

        assertThat(RawClient.values(client.untilReady())).containsExactly(HERE_READ);
    }

    @Test
    void preparedStatementIsUsedOnBothNodes() throws IOException {
        client.parse("read", READ).parse("write", WRITE).sync().send();
        client.untilReady();
        for (int i = 0; i < 3; i++) {
            client.bind("", "read").execute("", 0).sync();
            client.bind("", "write").execute("", 0).sync();
        }
        client.query("BEGIN READ WRITE").send();
        client.bind("", "read").execute("", 0).sync();
        client.query("COMMIT").send();

        for (int i = 0; i < 3; i++) {
            assertThat(RawClient.firstValue(client.untilReady())).isIn(HERE_READ, HERE_WRITE);
            assertThat(RawClient.firstValue(client.untilReady())).isEqualTo(HERE_WRITE);
        }
        client.untilReady();
        List<RawMessage> inTransaction = client.untilReady();
        assertThat(RawClient.tags(inTransaction)).isEqualTo("2DCZ");
        assertThat(RawClient.firstValue(inTransaction)).isEqualTo(HERE_WRITE);
    }

    @Test
    void nameThatIsTakenIsRefusedByTheServer() throws IOException {
        client.parse("twice", "SELECT 1")
                .sync()
                .parse("twice", "SELECT 2")
                .sync()
                .send();
        client.untilReady();

        assertThat(RawClient.error(client.untilReady()).sqlState()).isEqualTo("42P05");
    }

    @Test
    void closedNameCanBeUsedAgainOnBothNodes() throws IOException {
        client.parse("s", READ).bind("", "s").execute("", 0).sync().send();
        client.untilReady();
        client.query("BEGIN")
                .bind("", "s")
                .execute("", 0)
                .sync()
                .query("COMMIT")
                .send();
        client.untilReady();
        client.untilReady();
        client.untilReady();
        client.closeStatement("s")
                .parse("s", WRITE)
                .bind("", "s")
                .execute("", 0)
                .sync()
                .send();
        List<RawMessage> second = client.untilReady();
        client.closeStatement("s")
                .parse("s", READ)
                .bind("", "s")
                .execute("", 0)
                .sync()
                .send();
        List<RawMessage> third = client.untilReady();

        assertThat(RawClient.tags(second)).isEqualTo("312DCZ");
        assertThat(RawClient.values(second)).containsExactly(HERE_WRITE);
        assertThat(RawClient.tags(third)).isEqualTo("312DCZ");
    }

    @Test
    void missingNamesGetTheServersErrorsAndCloseOfThemSucceeds() throws IOException {
        client.describeStatement("nobody").sync().send();
        assertThat(RawClient.error(client.untilReady()).sqlState()).isEqualTo("26000");
        client.describePortal("nobody").sync().send();
        assertThat(RawClient.error(client.untilReady()).sqlState()).isEqualTo("34000");
        client.bind("", "nobody").sync().send();
        assertThat(RawClient.error(client.untilReady()).sqlState()).isEqualTo("26000");
        client.execute("nobody", 0).sync().send();
        assertThat(RawClient.error(client.untilReady()).sqlState()).isEqualTo("34000");
        client.closeStatement("nobody").closePortal("nobody").sync().send();
        assertThat(RawClient.tags(client.untilReady())).isEqualTo("33Z");
    }

    @Test
    void portalIsReadInPartsAndGoesWithTheTransaction() throws IOException {
        client.parse("", "SELECT x FROM generate_series(1, 5) x")
                .bind("p", "")
                .execute("p", 2)
                .flush()
                .send();
        assertThat(RawClient.tags(client.until('s'))).isEqualTo("12DDs");
        client.execute("p", 2).execute("p", 2).sync().send();
        assertThat(RawClient.tags(client.untilReady())).isEqualTo("DDsDCZ");
        client.execute("p", 0).sync().send();
        assertThat(RawClient.error(client.untilReady()).sqlState()).isEqualTo("34000");
    }

    @Test
    void portalLivesOnOverSyncsInATransaction() throws IOException {
        client.run("BEGIN");
        client.parse("", "SELECT x FROM generate_series(1, 5) x")
                .bind("p", "")
                .execute("p", 2)
                .sync()
                .send();
        assertThat(RawClient.tags(client.untilReady())).isEqualTo("12DDsZ");
        client.execute("p", 0).sync().send();

        assertThat(RawClient.values(client.untilReady())).containsExactly("3", "4", "5");
    }

    @Test
    void emptyStatementsAreAnswered() throws IOException {
        client.query("").extended("").sync().query(";").query("-- nothing").send();

        assertThat(RawClient.tags(client.untilReady())).isEqualTo("IZ");
        assertThat(RawClient.tags(client.untilReady())).isEqualTo("12nIZ");
        assertThat(RawClient.tags(client.untilReady())).isEqualTo("IZ");
        assertThat(RawClient.tags(client.untilReady())).isEqualTo("IZ");
    }

    @Test
    void severalStatementsInOneStringAreOneTransaction() throws IOException {
        List<RawMessage> answers = client.run("SELECT 1; SELECT port FROM here; SELECT 1/0; SELECT 2");

        assertThat(RawClient.tags(answers)).isEqualTo("TDCTDCEZ");
        assertThat(RawClient.values(answers).get(1)).isEqualTo(HERE_WRITE);
    }

    @Test
    void syncAloneIsAnswered() throws IOException {
        client.sync().sync().send();

        assertThat(RawClient.tags(client.untilReady())).isEqualTo("Z");
        assertThat(RawClient.tags(client.untilReady())).isEqualTo("Z");
    }

    @Test
    void functionCallIsAnswered() throws IOException {
        String oid = client.ask("SELECT 'pg_catalog.int4pl'::regproc::oid");
        byte[] call = ByteBuffer.allocate(4 + 2 + 2 + 2 + 2 * 8 + 2)
                .putInt(Integer.parseInt(oid))
                .putShort((short) 1)
                .putShort((short) 1)
                .putShort((short) 2)
                .putInt(4)
                .putInt(40)
                .putInt(4)
                .putInt(2)
                .putShort((short) 1)
                .array();
        client.message('F', call).send();
        List<RawMessage> answers = client.untilReady();

        assertThat(RawClient.tags(answers)).isEqualTo("VZ");
        assertThat(ByteBuffer.wrap(answers.get(0).body()).getInt(4)).isEqualTo(42);
    }

    @Test
    void queryBeyondTheInspectionLimitStreamsToThePrimary() throws IOException {
        String padding = " /* " + "x".repeat(3_000_000) + " */";
        client.query("SELECT port FROM here" + padding)
                .extended("SELECT port FROM here" + padding)
                .sync()
                .send();

        assertThat(RawClient.values(client.untilReady())).containsExactly(HERE_WRITE);
        assertThat(RawClient.values(client.untilReady())).containsExactly(HERE_WRITE);
        assertThat(client.ask(READ)).isEqualTo(HERE_READ);
    }

    @Test
    void namedStatementBeyondTheInspectionLimitCanBeUsed() throws IOException {
        String padding = " /* " + "x".repeat(200_000) + " */";
        client.parse("long", "SELECT port FROM here" + padding).sync().send();
        assertThat(RawClient.tags(client.untilReady())).isEqualTo("1Z");
        client.query(READ)
                .bind("", "long")
                .execute("", 0)
                .sync()
                .closeStatement("long")
                .sync()
                .send();

        client.untilReady();
        assertThat(RawClient.values(client.untilReady())).containsExactly(HERE_WRITE);
        assertThat(RawClient.tags(client.untilReady())).isEqualTo("3Z");
        client.parse("long", READ).bind("", "long").execute("", 0).sync().send();
        assertThat(RawClient.tags(client.untilReady())).isEqualTo("12DCZ");
    }

    @Test
    void hugeBindStreams() throws IOException {
        String value = "y".repeat(20_000_000);
        client.extended("SELECT length($1::text)", value).sync().send();

        assertThat(RawClient.values(client.untilReady())).containsExactly("20000000");
    }

    @Test
    void transactionStatusIsToldInReadyForQuery() throws IOException {
        assertThat(last(client.run("BEGIN"))).isEqualTo('T');
        assertThat(last(client.run("SELECT 1/0"))).isEqualTo('E');
        assertThat(RawClient.error(client.run("SELECT 1")).sqlState()).isEqualTo("25P02");
        assertThat(last(client.run("ROLLBACK"))).isEqualTo('I');
    }

    @Test
    void noticesAndWarningsPass() throws IOException {
        List<RawMessage> answers = client.run("DO $$ BEGIN RAISE NOTICE 'hello'; RAISE WARNING 'careful'; END $$");

        assertThat(RawClient.tags(answers)).isEqualTo("NNCZ");
        assertThat(answers.get(0).fields()).containsEntry('M', "hello");
    }

    private static char last(List<RawMessage> answers) {
        RawMessage ready = answers.get(answers.size() - 1);
        return (char) ready.body()[0];
    }
}
