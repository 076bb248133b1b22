package io.trunkline.it;

import java.io.IOException;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.jspecify.annotations.Nullable;

/** A session of {@link RoutingCasesTest}, by one of several ways to speak to a server. */
interface CaseSession extends AutoCloseable {
    /**
     * What a statement ended with.
     *
     * @param row the first one; null if none came
     * @param sqlState of its error; null if none came
     */
    record Outcome(
            @Nullable List<@Nullable String> row, @Nullable String sqlState) {
        static Outcome of(List<RawMessage> answers) {
            List<@Nullable String> row = null;
            String sqlState = null;
            for (RawMessage answer : answers) {
                if (answer.tag() == 'D' && row == null) {
                    row = answer.columns();
                } else if (answer.tag() == 'E' && sqlState == null) {
                    sqlState = answer.sqlState();
                }
            }
            return new Outcome(row, sqlState);
        }
    }

    /** How a session speaks. */
    enum Way {
        SIMPLE,
        EXTENDED,
        JDBC
    }

    static CaseSession open(Way way, int port, Map<String, String> options) throws IOException, SQLException {
        Map<String, String> all = new HashMap<>(options);
        all.putIfAbsent("user", RoutingCasesTest.USER);
        all.putIfAbsent("database", Cluster.USER);
        return switch (way) {
            case SIMPLE -> new Raw(port, all, false);
            case EXTENDED -> new Raw(port, all, true);
            case JDBC -> new Jdbc(port, all);
        };
    }

    Outcome run(String sql) throws IOException, SQLException;

    @Override
    void close();

    /** Message by message: Query, or the messages of the extended protocol with a Sync behind each statement. */
    final class Raw implements CaseSession {
        private final RawClient client;
        private final boolean extended;

        Raw(int port, Map<String, String> options, boolean extended) throws IOException {
            this.client = new RawClient(port);
            this.extended = extended;
            List<RawMessage> greeting = client.startUp(RawClient.V3_0, options);
            if (greeting.get(greeting.size() - 1).tag() != 'Z') {
                throw new IOException("not let in: " + greeting);
            }
        }

        @Override
        public Outcome run(String sql) throws IOException {
            if (extended) {
                client.extended(sql).sync();
            } else {
                client.query(sql);
            }
            return finish();
        }

        Outcome prepare(String name, String sql) throws IOException {
            client.parse(name, sql).sync();
            return finish();
        }

        Outcome runPrepared(String name) throws IOException {
            client.bind("", name).describePortal("").execute("", 0).sync();
            return finish();
        }

        Outcome closePrepared(String name) throws IOException {
            client.closeStatement(name).sync();
            return finish();
        }

        private Outcome finish() throws IOException {
            client.send();
            List<RawMessage> answers = new ArrayList<>();
            RawMessage answer;
            do {
                answer = client.receive();
                answers.add(answer);
                if (answer.tag() == 'G') {
                    // nothing to copy
                    client.copyDone().send();
                }
            } while (answer.tag() != 'Z');
            return Outcome.of(answers);
        }

        @Override
        public void close() {
            client.close();
        }
    }

    /** By pgjdbc as it comes, which prepares what it runs often. */
    final class Jdbc implements CaseSession {
        private final Connection connection;

        Jdbc(int port, Map<String, String> options) throws SQLException {
            Properties properties = new Properties();
            properties.setProperty("user", options.getOrDefault("user", ""));
            properties.setProperty("ApplicationName", options.getOrDefault("application_name", "cases"));
            // else it gives its name only after the start, by SET
            properties.setProperty("assumeMinServerVersion", "10");
            connection = DriverManager.getConnection(
                    "jdbc:postgresql://127.0.0.1:" + port + "/" + options.get("database"), properties);
        }

        @Override
        public Outcome run(String sql) throws SQLException {
            try (Statement statement = connection.createStatement()) {
                statement.setEscapeProcessing(false);
                if (!statement.execute(sql)) {
                    return new Outcome(null, null);
                }
                try (ResultSet rows = statement.getResultSet()) {
                    return new Outcome(rows.next() ? columns(rows) : null, null);
                }
            } catch (SQLException refused) {
                if (refused.getSQLState() == null || refused.getSQLState().startsWith("08")) {
                    throw refused;
                }
                return new Outcome(null, refused.getSQLState());
            }
        }

        private static List<@Nullable String> columns(ResultSet rows) throws SQLException {
            List<@Nullable String> row = new ArrayList<>();
            for (int i = 1; i <= rows.getMetaData().getColumnCount(); i++) {
                row.add(rows.getString(i));
            }
            return row;
        }

        @Override
        public void close() {
            try {
                connection.close();
            } catch (SQLException failure) {
                throw new IllegalStateException(failure);
            }
        }
    }
}
