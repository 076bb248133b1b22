package io.trunkline.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import io.trunkline.protocol.auth.Password;
import io.trunkline.protocol.auth.ScramVerifier;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * How clients prove themselves to Trunkline, what Trunkline has stored, and what the servers ask: all that can be
 * combined, as the table of docs/authentication.md has it. Each combination has a user of its own, with a password of
 * its own; a wrong password is that of somebody else, and comes when the pool is warm.
 */
class AuthenticationTableTest {
    /** What pool_hba.conf wants; OFF is without it. */
    enum Front {
        OFF("trust"),
        TRUST("trust"),
        PASSWORD("password"),
        MD5("md5"),
        SCRAM("scram-sha-256");

        final String method;

        Front(String method) {
            this.method = method;
        }
    }

    /** What Trunkline knows: an entry of pool_passwd in one of three forms, what auth_query tells, or nothing. */
    enum Stored {
        NONE,
        PLAIN,
        MD5,
        SCRAM,
        QUERY
    }

    /** What the servers want. The roles have an md5 hash there with MD5, else a SCRAM verifier. */
    enum Server {
        TRUST,
        PASSWORD,
        MD5,
        SCRAM
    }

    /** Who comes. */
    private enum Client {
        RIGHT,
        WRONG,
        EXPIRED
    }

    /** One combination. */
    record Cell(Front front, Stored stored, Server server) {
        String user() {
            return ("t_" + front + "_" + stored + "_" + server).toLowerCase(Locale.ROOT);
        }

        String expiredUser() {
            return user() + "_x";
        }

        /** How this client fares: empty if it gets in, else a part of the error. */
        Optional<String> expected(Client client) {
            Optional<String> front = atTheFront(client);
            return front.isPresent() ? front : atTheServer(client);
        }

        private Optional<String> atTheFront(Client client) {
            boolean known = stored != Stored.NONE && !(stored == Stored.QUERY && client == Client.EXPIRED);
            boolean right = client != Client.WRONG;
            return switch (front) {
                case TRUST -> Optional.empty();
                case OFF -> stored == Stored.NONE || (known && right) ? Optional.empty() : REJECTED;
                case PASSWORD -> stored == Stored.NONE ? byServer() : known && right ? Optional.empty() : REJECTED;
                case MD5 -> known && right ? Optional.empty() : REJECTED;
                case SCRAM -> known && right && form() != Stored.MD5 ? Optional.empty() : REJECTED;
            };
        }

        /** A password in clear that only the servers can judge: one that asks for none is not enough. */
        private Optional<String> byServer() {
            return server == Server.TRUST ? REJECTED : Optional.empty();
        }

        /** In which form Trunkline has the password. */
        private Stored form() {
            return stored != Stored.QUERY ? stored : server == Server.MD5 ? Stored.MD5 : Stored.SCRAM;
        }

        private Optional<String> atTheServer(Client client) {
            if (server == Server.TRUST) {
                return Optional.empty();
            }
            boolean inClear = front == Front.PASSWORD || form() == Stored.PLAIN;
            boolean queryKnowsNot = stored == Stored.QUERY && client == Client.EXPIRED;
            boolean asksTheClient =
                    stored == Stored.NONE || queryKnowsNot || (front == Front.TRUST && form() == Stored.SCRAM);
            if (asksTheClient) {
                return client == Client.RIGHT ? Optional.empty() : REJECTED;
            }
            if (!inClear && client == Client.EXPIRED && server != Server.PASSWORD) {
                // the server asks who has expired for SCRAM with a made-up salt
                return Optional.of(
                        form() == Stored.MD5
                                ? "the server asks for SCRAM-SHA-256, and only an md5 hash is stored"
                                : "is not the one that the server has");
            }
            if (!inClear) {
                if (server == Server.PASSWORD) {
                    return Optional.of("the server asks for the password in clear, which is not stored");
                }
                if (server == Server.MD5 && form() == Stored.SCRAM) {
                    return Optional.of("the server asks for an md5 hash, and only a SCRAM verifier is stored");
                }
                if (server == Server.SCRAM && form() == Stored.MD5) {
                    return Optional.of("the server asks for SCRAM-SHA-256, and only an md5 hash is stored");
                }
            }
            return client == Client.EXPIRED ? REJECTED : Optional.empty();
        }

        @Override
        public String toString() {
            return "front " + front + ", stored " + stored + ", server " + server;
        }
    }

    private static final Optional<String> REJECTED = Optional.of("password authentication failed for user");

    /** One proxy for each kind of configuration. */
    private enum Kind {
        OFF,
        OFF_WITH_QUERY,
        RULES,
        RULES_WITH_QUERY
    }

    private static final Map<Kind, TestProxy> PROXIES = new EnumMap<>(Kind.class);

    static Stream<Arguments> cells() {
        return allCells().stream().map(Arguments::of);
    }

    private static List<Cell> allCells() {
        List<Cell> cells = new ArrayList<>();
        for (Front front : Front.values()) {
            for (Stored stored : Stored.values()) {
                for (Server server : Server.values()) {
                    cells.add(new Cell(front, stored, server));
                }
            }
        }
        return cells;
    }

    @BeforeAll
    static void start() {
        Cluster.shared();
        StringBuilder roles = new StringBuilder();
        for (Cell cell : allCells()) {
            for (String user : List.of(cell.user(), cell.expiredUser())) {
                roles.append("SET password_encryption = '")
                        .append(cell.server == Server.MD5 ? "md5" : "scram-sha-256")
                        .append("'; CREATE ROLE ")
                        .append(user)
                        .append(" LOGIN PASSWORD '")
                        .append(password(user))
                        .append("'")
                        .append(user.endsWith("_x") ? " VALID UNTIL '2001-01-01'" : "")
                        .append(group(cell.server))
                        .append(';');
            }
        }
        Cluster.shared().node(Cluster.PRIMARY).query(roles.toString());
        Cluster.awaitStandbys();
        List<String> passwords = new ArrayList<>();
        for (Cell cell : allCells()) {
            for (String user : List.of(cell.user(), cell.expiredUser())) {
                entry(cell, user).ifPresent(passwords::add);
            }
        }
        List<String> rules = new ArrayList<>();
        for (Front front : Front.values()) {
            rules.add("host all /^t_" + front.name().toLowerCase(Locale.ROOT) + "_ all " + front.method);
        }
        for (Kind kind : Kind.values()) {
            List<String> settings = new ArrayList<>();
            if (kind == Kind.OFF_WITH_QUERY || kind == Kind.RULES_WITH_QUERY) {
                settings.add("auth_query_user = '" + Cluster.shared().superuser() + "'");
            }
            boolean off = kind == Kind.OFF || kind == Kind.OFF_WITH_QUERY;
            settings.add("enable_pool_hba = " + (off ? "off" : "on"));
            PROXIES.put(kind, TestProxy.start(Cluster.shared(), settings, passwords, rules));
        }
    }

    @AfterAll
    static void stop() {
        PROXIES.values().forEach(TestProxy::close);
        PROXIES.clear();
        StringBuilder roles = new StringBuilder();
        allCells()
                .forEach(cell -> roles.append("DROP ROLE ")
                        .append(cell.user())
                        .append(", ")
                        .append(cell.expiredUser())
                        .append(';'));
        Cluster.shared().node(Cluster.PRIMARY).query(roles.toString());
    }

    private static TestProxy proxy(Cell cell) {
        boolean query = cell.stored == Stored.QUERY;
        Kind kind = cell.front == Front.OFF
                ? (query ? Kind.OFF_WITH_QUERY : Kind.OFF)
                : (query ? Kind.RULES_WITH_QUERY : Kind.RULES);
        return Objects.requireNonNull(PROXIES.get(kind));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("cells")
    void combination(Cell cell) {
        comes(cell, Client.RIGHT, cell.user(), password(cell.user()));
        comes(cell, Client.WRONG, cell.user(), password("somebody else"));
        comes(cell, Client.RIGHT, cell.user(), password(cell.user()));
        comes(cell, Client.EXPIRED, cell.expiredUser(), password(cell.expiredUser()));
    }

    @ParameterizedTest
    @EnumSource(Front.class)
    void whoDoesNotExistIsToldNoMoreThanThat(Front front) {
        String ghost = "t_" + front.name().toLowerCase(Locale.ROOT) + "_ghost";
        for (Map.Entry<Kind, TestProxy> each : PROXIES.entrySet()) {
            boolean off = each.getKey() == Kind.OFF || each.getKey() == Kind.OFF_WITH_QUERY;
            if (off == (front == Front.OFF)) {
                Optional<String> error = error(each.getValue(), ghost, "anything");
                boolean relayed = front == Front.TRUST
                        || each.getKey() == Kind.OFF
                        || (front == Front.PASSWORD && each.getKey() == Kind.RULES);
                assertThat(error)
                        .hasValueSatisfying(text -> assertThat(text)
                                .contains(
                                        relayed
                                                ? "role \"" + ghost + "\" does not exist"
                                                : "password authentication failed for user \"" + ghost + "\""));
            }
        }
    }

    private static void comes(Cell cell, Client client, String user, String password) {
        Optional<String> wanted = cell.expected(client);
        Optional<String> error = error(proxy(cell), user, password);
        if (wanted.isEmpty()) {
            assertThat(error).as("%s: %s", cell, client).isEmpty();
        } else {
            assertThat(error)
                    .as("%s: %s", cell, client)
                    .hasValueSatisfying(text -> assertThat(text).contains(wanted.get()));
        }
    }

    /** What a session on the primary fails with, empty if it does not. */
    private static Optional<String> error(TestProxy proxy, String user, String password) {
        try (Connection connection = proxy.connectAs(user, password);
                Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery("SELECT current_user, txid_current()")) {
            if (!rows.next() || !rows.getString(1).equals(user)) {
                fail("let in as somebody else than %s", user);
            }
            return Optional.empty();
        } catch (SQLException failure) {
            return Optional.of(String.valueOf(failure.getMessage()));
        }
    }

    // ---- passwords

    private static String password(String user) {
        return "secret of " + user;
    }

    private static String group(Server server) {
        return switch (server) {
            case TRUST -> "";
            case PASSWORD -> " IN ROLE " + Cluster.PASSWORD_ROLES;
            case MD5 -> " IN ROLE " + Cluster.MD5_ROLES;
            case SCRAM -> " IN ROLE " + Cluster.SCRAM_ROLES;
        };
    }

    /** The line of pool_passwd. The verifier is the server's own where that has one. */
    private static Optional<String> entry(Cell cell, String user) {
        return switch (cell.stored) {
            case NONE, QUERY -> Optional.empty();
            case PLAIN -> Optional.of(user + ":TEXT" + password(user));
            case MD5 -> Optional.of(user + ":" + md5(password(user) + user));
            case SCRAM -> Optional.of(user + ":" + (cell.server == Server.MD5 ? scram(user) : verifier(user)));
        };
    }

    private static String verifier(String user) {
        return Cluster.ask(Cluster.PRIMARY, "SELECT rolpassword FROM pg_authid WHERE rolname = '" + user + "'");
    }

    /** A verifier where the server has an md5 hash. */
    private static String scram(String user) {
        return ScramVerifier.of(Password.of(password(user)), 4096).format();
    }

    private static String md5(String text) {
        try {
            byte[] digest = MessageDigest.getInstance("MD5").digest(text.getBytes(StandardCharsets.UTF_8));
            return "md5" + HexFormat.of().formatHex(digest);
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError(e);
        }
    }
}
