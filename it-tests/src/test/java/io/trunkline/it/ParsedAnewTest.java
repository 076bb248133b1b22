package io.trunkline.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.trunkline.protocol.SqlState;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Statements that sessions share, and that a real server has lost or would answer otherwise now. */
class ParsedAnewTest {
    private static final String ALL_GONE = "DO $$ BEGIN EXECUTE 'DEALLOCATE ALL'; END $$";

    @SuppressWarnings("NullAway.Init") // before each test
    private TestProxy proxy;

    @BeforeEach
    void start() throws IOException {
        proxy = TestProxy.start("worker_threads = 1", "pool_mode = transaction", "backend_pool_size = 1");
        try (RawClient client = proxy.raw()) {
            client.run("DROP TABLE IF EXISTS altered");
            client.run("CREATE TABLE altered (id int)");
            client.run("INSERT INTO altered VALUES (7)");
        }
    }

    @AfterEach
    void stop() {
        proxy.close();
    }

    private static RawClient prepared(RawClient client, String sql) throws IOException {
        client.parse("s", sql).sync().send();
        client.untilReady();
        return client;
    }

    private static List<String> row(List<RawMessage> answer) {
        return answer.stream()
                .filter(message -> message.tag() == 'D')
                .flatMap(message -> message.columns().stream().map(String::valueOf))
                .toList();
    }

    private static List<RawMessage> executed(RawClient client, boolean asks) throws IOException {
        client.bind("", "s");
        if (asks) {
            client.describePortal("");
        }
        client.execute("", 0).sync().send();
        return client.untilReady();
    }

    @Test
    void aSessionDoesNotSeeThatAnotherHasRemovedItsStatements() throws IOException {
        try (RawClient one = proxy.raw();
                RawClient two = proxy.raw()) {
            prepared(one, "INSERT INTO altered SELECT 8 RETURNING id");
            two.run(ALL_GONE);
            two.run("DISCARD ALL");
            assertThat(RawClient.firstValue(executed(one, false))).isEqualTo("8");
            assertThat(one.ask("SELECT count(*), txid_current() FROM altered WHERE id = 8"))
                    .isEqualTo("1");
        }
    }

    @Test
    void aTableThatHasAnotherColumnNowIsReadWithItByWhoAsksForTheColumns() throws IOException {
        try (RawClient one = proxy.raw()) {
            prepared(one, "SELECT *, txid_current() > 0 FROM altered");
            assertThat(row(executed(one, true))).hasSize(2);
            one.run("ALTER TABLE altered ADD COLUMN more int DEFAULT 9");
            List<RawMessage> answer = executed(one, true);
            assertThat(RawClient.tags(answer)).isEqualTo("2TDCZ");
            assertThat(row(answer)).containsExactly("7", "9", "t");
            one.run("ALTER TABLE altered ADD COLUMN most int DEFAULT 10");
            // it goes by what it was told, and its driver knows this error
            assertThat(RawClient.error(executed(one, false)).sqlState()).isEqualTo(SqlState.FEATURE_NOT_SUPPORTED);
            assertThat(row(executed(one, false))).containsExactly("7", "9", "10", "t");
        }
    }
}
