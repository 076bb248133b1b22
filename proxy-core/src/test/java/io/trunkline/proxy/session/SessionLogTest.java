package io.trunkline.proxy.session;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.trunkline.config.PgpoolConfig;
import io.trunkline.proxy.log.LogFields;
import io.trunkline.proxy.log.LoggedClient;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.slf4j.LoggerFactory;
import org.slf4j.event.KeyValuePair;

/** What is logged of sessions, in the words that scripts look for, and what clients are told of it. */
final class SessionLogTest extends SessionScenario {
    private final ListAppender<ILoggingEvent> appender = new ListAppender<>();

    @BeforeEach
    void listen() {
        appender.start();
        logger().addAppender(appender);
        logger().setLevel(Level.INFO);
        logger().setAdditive(false);
    }

    @AfterEach
    void stopListening() {
        logger().detachAppender(appender);
        logger().setLevel(null);
        logger().setAdditive(true);
    }

    private static Logger logger() {
        return (Logger) LoggerFactory.getLogger("io.trunkline");
    }

    @Test
    void statementsAreLoggedWithTheNodeThatTheyGoTo() {
        set("log_statement = on", "log_per_node_statement = on");

        client.sends("Q(SELECT 1)");

        assertThat(standby().received()).endsWith("Q(SELECT 1)");
        assertThat(logged())
                .containsExactly(
                        "statement: SELECT 1",
                        "DB node id: 1 backend pid: " + standby().pid() + " statement: SELECT 1");
        assertThat(client.received()).isEmpty();
    }

    @Test
    void aDeallocateAllIsLoggedOnceForEachNodeThatGetsIt() {
        proxy.likeOlderPgpool();
        set("log_statement = on", "log_per_node_statement = on");

        client.sends("Q(DEALLOCATE all)");
        assertThat(standby().received()).endsWith("Q(DEALLOCATE all)");
        standby().sends("C(DEALLOCATE ALL) Z(I)");
        assertThat(primary().received()).endsWith("Q(DEALLOCATE all)");

        assertThat(logged())
                .containsExactly(
                        "DB node id: 1 backend pid: " + standby().pid() + " statement: DEALLOCATE all",
                        "statement: DEALLOCATE all",
                        "DB node id: 0 backend pid: " + primary().pid() + " statement: DEALLOCATE all");
    }

    @Test
    void aMessageKnowsWhomItIsAbout() {
        set("log_statement = on");

        client.sends("Q(SELECT 1)");

        LoggedClient about = (LoggedClient) appender.list.get(0).getKeyValuePairs().stream()
                .filter(pair -> pair.key.equals(LogFields.CLIENT))
                .findAny()
                .orElseThrow()
                .value;
        assertThat(about)
                .returns("u", LoggedClient::user)
                .returns("d", LoggedClient::database)
                .returns("app", LoggedClient::applicationName)
                .returns("[local]", LoggedClient::host)
                .returns("", LoggedClient::port)
                .satisfies(who -> assertThat(who.session()).isPositive());
    }

    @ParameterizedTest
    @CsvSource({"notice, true", "debug1, true", "log, true", "info, true", "warning, false", "error, false"})
    void clientMinMessagesDecidesWhetherClientsGetNotices(String minimum, boolean told) {
        set("notice_per_node_statement = on", "client_min_messages = " + minimum);

        client.sends("Q(SELECT 1)");

        assertThat(client.received()).isEqualTo(told ? "N(NOTICE 00000 DB node id: 1 statement: SELECT 1)" : "");
    }

    @Test
    void aClientThatWantsToSeesWhatIsLoggedOfItsSession() {
        set("log_statement = on", "log_client_messages = on", "client_min_messages = log");

        client.sends("Q(SELECT 1)");

        assertThat(client.received())
                .isEqualTo("N(LOG 00000 Query message from frontend.) N(LOG 00000 statement: SELECT 1)");
    }

    @Test
    void theMessagesOfAClientAreLoggedOnceEachWithWhatNamesThem() {
        set("log_client_messages = on");

        client.sends("P(s|SELECT 1) B(p|s) D(Ss) D(Pp) E(p) C(Pp) H S");
        client.sends("X");

        assertThat(logged())
                .containsExactly(
                        "Parse message from frontend. | statement: \"s\", query: \"SELECT 1\"",
                        "Bind message from frontend. | portal: \"p\", statement: \"s\"",
                        "Describe message from frontend. | statement: \"s\"",
                        "Describe message from frontend. | portal: \"p\"",
                        "Execute message from frontend. | portal: \"p\"",
                        "Close message from frontend. | portal: \"p\"",
                        "Flush message from frontend.",
                        "Sync message from frontend.",
                        "Terminate message from frontend.");
    }

    @Test
    void aMessageThatWaitsWhileSettingsChangeIsLoggedOnce() {
        set("log_client_messages = on");

        client.sends("Q(SELECT 1) Q(SHOW pool_nodes)");
        set("log_client_messages = on", "log_disconnections = on");
        standby().sends("C(SELECT 1) Z(I)");

        assertThat(logged())
                .containsExactly(
                        "Query message from frontend. | query: \"SELECT 1\"",
                        "Query message from frontend. | query: \"SHOW pool_nodes\"");
        assertThat(client.received()).endsWith("T(node) D(1) C(SELECT 1) Z(I)");
    }

    @Test
    void copiedDataIsCounted() {
        set("log_client_messages = on");

        client.sends("Q(COPY t FROM STDIN)");
        primary().sends("G");
        client.sends("d(a) d(b) d(c)");
        client.sends("c");

        assertThat(logged())
                .containsExactly(
                        "Query message from frontend. | query: \"COPY t FROM STDIN\"",
                        "CopyData message from frontend. | count: 3",
                        "CopyDone message from frontend.");
    }

    @Test
    void aQueryTooLongToBeLookedIntoIsLoggedAsFarAsItIsSeen() {
        set("log_client_messages = on");

        client.sends("Q(SELECT '" + "x".repeat(2_000) + "')");

        assertThat(logged()).singleElement().asString().startsWith("Query message from frontend. | query: \"");
    }

    @Test
    void repliesAreLoggedEachOrWithTheirNumber() {
        set("log_backend_messages = terse");
        client.sends("Q(SELECT 1)");
        standby().sends("T(a) D(1) D(2) D(3) C(SELECT 3) Z(I)");
        assertThat(client.received()).isEqualTo("T(a) D(1) D(2) D(3) C(SELECT 3) Z(I)");
        assertThat(logged())
                .endsWith(
                        "RowDescription message from backend 1",
                        "DataRow message from backend 1",
                        "last DataRow message from backend 1 repeated 2 times",
                        "CommandComplete message from backend 1",
                        "ReadyForQuery message from backend 1");
        appender.list.clear();

        set("log_backend_messages = verbose");
        client.sends("Q(SELECT 1)");
        standby().sends("T(a) D(1) D(2) C(SELECT 2) Z(I)");
        assertThat(client.received()).isEqualTo("T(a) D(1) D(2) C(SELECT 2) Z(I)");
        assertThat(logged())
                .containsExactly(
                        "RowDescription message from backend 1",
                        "DataRow message from backend 1",
                        "DataRow message from backend 1",
                        "CommandComplete message from backend 1",
                        "ReadyForQuery message from backend 1");
    }

    @Test
    void aClientThatWantsToSeesRepliesAnnouncedInTheirOrder() {
        set("log_backend_messages = verbose", "client_min_messages = log");
        client.sends("Q(SELECT 1)");
        client.received();

        standby().sends("C(SELECT 0) Z(I)");

        assertThat(client.received())
                .isEqualTo("N(LOG 00000 CommandComplete message from backend 1) C(SELECT 0)"
                        + " N(LOG 00000 ReadyForQuery message from backend 1) Z(I)");
    }

    @Test
    void aSessionFollowsChangedSettingsAndNothingIsLoggedOnceTheyAreOff() {
        set("log_client_messages = on", "log_backend_messages = verbose", "log_statement = on");
        client.sends("Q(SELECT 1)");
        standby().sends("C(SELECT 1) Z(I)");
        assertThat(logged()).isNotEmpty();
        appender.list.clear();

        set();
        client.sends("Q(SELECT 2)");
        standby().sends("C(SELECT 1) Z(I)");

        assertThat(client.received()).isEqualTo("C(SELECT 1) Z(I) C(SELECT 1) Z(I)");
        assertThat(logged()).isEmpty();
    }

    @Test
    void beginAndEndOfASessionAreLoggedInTheWordsOfPgpool() {
        set("log_connections = on", "log_disconnections = on");

        ProxyFixture.Client next = proxy.start();
        next.disconnects();

        assertThat(logged())
                .satisfiesExactly(
                        began -> assertThat(began).isEqualTo("new connection received | connecting host=[local]"),
                        ended -> assertThat(ended)
                                .matches("frontend disconnection: session time: 0:00:\\d\\d\\.\\d{3} user=u database=d"
                                        + " host=\\[local]"));
    }

    private void set(String... settings) {
        PgpoolConfig config = PgpoolConfig.parse(
                        "pgpool.conf",
                        "backend_hostname0 = 'db'\nbackend_port0 = 5432\n" + String.join("\n", settings) + "\n")
                .config()
                .orElseThrow();
        proxy.logging(SessionLogging.of(config));
    }

    /** Texts, with the detail behind a bar. */
    private List<String> logged() {
        List<String> texts = new ArrayList<>();
        for (ILoggingEvent event : appender.list) {
            StringBuilder text = new StringBuilder(event.getFormattedMessage());
            for (KeyValuePair pair : event.getKeyValuePairs()) {
                if (pair.key.equals(LogFields.DETAIL)) {
                    text.append(" | ").append(pair.value);
                }
            }
            texts.add(text.toString());
        }
        return texts;
    }
}
