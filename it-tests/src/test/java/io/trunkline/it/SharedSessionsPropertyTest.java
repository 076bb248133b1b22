package io.trunkline.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.lifecycle.AfterContainer;
import net.jqwik.api.lifecycle.BeforeContainer;

/**
 * Three sessions that take turns, and with that their backends, get the answers that they would get on connections of their
 * own: of settings, statements by all their names, and what keeps a backend with its session.
 */
class SharedSessionsPropertyTest {
    private static final int SESSIONS = 3;

    /** What all that shares depends on, as its session sees it. */
    private static final String SETTINGS =
            "SELECT concat_ws(' ', current_user, session_user, current_setting('TimeZone'),"
                    + " current_setting('search_path'), current_setting('work_mem'), current_setting('application_name'),"
                    + " current_setting('default_transaction_read_only'), current_setting('default_transaction_isolation'))";

    private static final List<String> ACTIONS = List.of(
            "Q(" + SETTINGS + ")",
            "Q(" + SETTINGS + ")",
            "Q(SELECT name FROM whose)",
            "Q(SELECT 1 / 0)",
            "Q(BEGIN)",
            "Q(COMMIT)",
            "Q(ROLLBACK)",
            "Q(SET TimeZone = 'Asia/Tokyo')",
            "Q(SET TimeZone = 'UTC')",
            "Q(SET TIME ZONE DEFAULT)",
            "Q(SET search_path = path_a)",
            "Q(SET search_path = path_b)",
            "Q(RESET search_path)",
            "Q(SET work_mem = '5MB')",
            "Q(SET LOCAL work_mem = '6MB')",
            "Q(SELECT set_config('work_mem', '7MB', false))",
            "Q(SELECT set_config('work_mem', '8MB', true))",
            "Q(SAVEPOINT a) Q(SET work_mem = '9MB') Q(ROLLBACK TO a)",
            "Q(BEGIN) Q(SET search_path = path_b) Q(ROLLBACK)",
            "Q(SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY)",
            "Q(SET SESSION CHARACTERISTICS AS TRANSACTION READ WRITE)",
            "Q(SET SESSION CHARACTERISTICS AS TRANSACTION ISOLATION LEVEL REPEATABLE READ)",
            "Q(SET default_transaction_isolation = 'read committed')",
            "Q(SET ROLE pg_monitor)",
            "Q(RESET ROLE)",
            "Q(SET application_name = 'mine')",
            "Q(RESET application_name)",
            "Q(RESET ALL)",
            "Q(SELECT pg_advisory_unlock_all(); CLOSE ALL; UNLISTEN *; RESET ALL)",
            "Q(DISCARD ALL)",
            "Q(PREPARE q AS SELECT name FROM whose)",
            "Q(EXECUTE q)",
            "Q(EXECUTE q; EXECUTE q)",
            "Q(SELECT 1; EXECUTE q)",
            "Q(SELECT 1; SET work_mem = '3MB')",
            "Q(SET app.mine = 'yes')",
            "Q(RESET app.mine)",
            "Q(SELECT coalesce(current_setting('app.mine', true), ''))",
            "Q(CREATE TEMP TABLE held AS EXECUTE q)",
            "P(e|EXECUTE q) B(e|) E S",
            "Q(PREPARE q AS SELECT 'several'; EXECUTE q)",
            "P(|EXECUTE q) B(|) E S",
            "P(|EXECUTE q) D() B(|) E S",
            "P(|EXECUTE q) B(|) E S P(|EXECUTE q) B(|) E S",
            "P(s|EXECUTE q) B(s|) E S C(s) S",
            "Q(DEALLOCATE q) Q(PREPARE q AS SELECT 2)",
            "Q(DEALLOCATE q) Q(EXECUTE q)",
            "P(|DEALLOCATE q) B(|) E P(|PREPARE q AS SELECT 3) B(|) E S",
            "Q(PREPARE q AS SELECT 4) Q(EXECUTE q)",
            "Q(DEALLOCATE q)",
            "Q(DEALLOCATE s)",
            "Q(DEALLOCATE ALL)",
            "Q(EXECUTE s(1))",
            "P(s|SELECT name, $1::int FROM whose) S",
            "P(s|SELECT name, $1::int FROM whose) B(s|1) E S",
            "P(s|SELECT name, $1::int FROM whose) D(s) B(s|1) E S",
            "P(s|SELECT 7, $1::int) B(s|no number) E S",
            "P(s|SELECT 7, $1::int) B(s|2) E S",
            "P(|SELECT 1 / 0) B(|) E P(s|SELECT 7, $1::int) B(s|2) E S",
            "P(s|SELECT nothing, $1::int) B(s|2) E S",
            "B(s|3) E S",
            "B(s|3) E S",
            "B(s|0) E B(s|no number) E B(s|4) E S",
            "D(s) S",
            "C(s) S",
            "C(s) P(s|SELECT 8, $1::int) B(s|4) E C(s) S",
            "P(|SELECT 9, $1::int) S B(|5) E S",
            "P(t|SET work_mem = '4MB') B(t) E C(t) S",
            "P(|SET search_path = path_a) B(|) E P(s|SELECT name, $1::int FROM whose) B(s|1) E S",
            "Q(CREATE TEMP TABLE held (id int))",
            "Q(INSERT INTO held VALUES (1))",
            "Q(SELECT count(*) FROM held)",
            "Q(DROP TABLE held)",
            "Q(DECLARE c CURSOR WITH HOLD FOR SELECT generate_series(1, 3))",
            "Q(FETCH c)",
            "Q(CLOSE c)");

    record Step(int session, String action) {}

    @SuppressWarnings("NullAway.Init") // before the first try
    private static TestProxy balancing;

    @SuppressWarnings("NullAway.Init") // before the first try
    private static TestProxy plain;

    @BeforeContainer
    static void start() {
        for (String path : List.of("a", "b")) {
            Cluster.shared()
                    .node(Cluster.PRIMARY)
                    .query(
                            Cluster.USER,
                            "CREATE SCHEMA IF NOT EXISTS path_" + path + "; GRANT USAGE ON SCHEMA path_" + path
                                    + " TO PUBLIC; CREATE OR REPLACE VIEW path_" + path + ".whose AS SELECT '" + path
                                    + "' AS name; GRANT SELECT ON path_" + path + ".whose TO PUBLIC");
        }
        Cluster.shared().node(Cluster.PRIMARY).query("GRANT pg_monitor TO " + Cluster.USER);
        Cluster.awaitStandbys();
        balancing = TestProxy.start("worker_threads = 1", "pool_mode = transaction", "backend_pool_size = 4");
        plain = TestProxy.start(
                "worker_threads = 1", "pool_mode = transaction", "backend_pool_size = 4", "load_balance_mode = off");
    }

    @AfterContainer
    static void stop() {
        balancing.close();
        plain.close();
    }

    @Property(tries = 150, seed = "7")
    void sessionsDoNotNoticeThatTheyShareBackends(@ForAll("turns") List<Step> steps) throws IOException {
        assertThat(answers(plain.port(), steps)).isEqualTo(answers(direct(), steps));
    }

    @Property(tries = 100, seed = "8")
    void norWhereReadsGoToAnotherNode(@ForAll("turns") List<Step> steps) throws IOException {
        assertThat(answers(balancing.port(), steps)).isEqualTo(answers(direct(), steps));
    }

    private static int direct() {
        return Cluster.shared().node(Cluster.PRIMARY).port();
    }

    @Provide
    Arbitrary<List<Step>> turns() {
        return Combinators.combine(Arbitraries.integers().between(0, SESSIONS - 1), Arbitraries.of(ACTIONS))
                .as(Step::new)
                .list()
                .ofMinSize(2)
                .ofMaxSize(30);
    }

    private static List<String> answers(int port, List<Step> steps) throws IOException {
        List<RawClient> clients = new ArrayList<>();
        List<String> answers = new ArrayList<>();
        try {
            for (int i = 0; i < SESSIONS; i++) {
                RawClient client = new RawClient(port);
                clients.add(client);
                client.startUp(RawClient.V3_0, Map.of("user", Cluster.USER, "database", Cluster.USER));
            }
            for (Step step : steps) {
                RawClient client = clients.get(step.session());
                int ready = say(client, step.action());
                client.send();
                answers.add(step.toString());
                for (; ready > 0; ready--) {
                    client.untilReady().forEach(message -> answers.add(described(message)));
                }
            }
        } finally {
            clients.forEach(RawClient::close);
        }
        return answers;
    }

    /** @return the ReadyForQuery that will come */
    private static int say(RawClient client, String action) {
        int ready = 0;
        int at = 0;
        try {
            while (at < action.length()) {
                char tag = action.charAt(at);
                int end = at + 1;
                String content = "";
                if (end < action.length() && action.charAt(end) == '(') {
                    int depth = 0;
                    do {
                        char c = action.charAt(end++);
                        depth += c == '(' ? 1 : c == ')' ? -1 : 0;
                    } while (depth > 0);
                    content = action.substring(at + 2, end - 1);
                }
                int bar = content.indexOf('|');
                String name = bar < 0 ? content : content.substring(0, bar);
                String rest = content.substring(bar + 1);
                switch (tag) {
                    case 'Q' -> client.query(content);
                    case 'P' -> client.parse(name, rest);
                    case 'B' -> client.bind("", name, bar < 0 || rest.isEmpty() ? new String[0] : new String[] {rest});
                    case 'D' -> client.describeStatement(name);
                    case 'C' -> client.closeStatement(name);
                    case 'E' -> client.execute("", 0);
                    default -> client.sync();
                }
                ready += tag == 'Q' || tag == 'S' ? 1 : 0;
                at = end + 1;
            }
        } catch (IOException impossible) {
            throw new UncheckedIOException(impossible);
        }
        return ready;
    }

    private static String described(RawMessage message) {
        return switch (message.tag()) {
            case 'E', 'N' ->
                message.tag() + " " + message.sqlState() + " "
                        + message.fields().get('M');
            case 'S' -> {
                ByteBuffer body = ByteBuffer.wrap(message.body());
                yield "S " + RawMessage.text(body) + "=" + RawMessage.text(body);
            }
            default -> message.toString();
        };
    }
}
