package io.trunkline.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import io.trunkline.it.AuthenticationCell.Client;
import io.trunkline.it.AuthenticationCell.Front;
import io.trunkline.it.AuthenticationCell.Stored;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.EnumMap;
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
 * combined, as the table of docs/authentication.md has it, but for what {@link IdentityTableTest} has. Each combination has a user of its own, with a password of
 * its own; a wrong password is that of somebody else, and comes when the pool is warm.
 */
class AuthenticationTableTest {
    /** One proxy for each kind of configuration. */
    private enum Kind {
        OFF,
        OFF_WITH_QUERY,
        RULES,
        RULES_WITH_QUERY
    }

    private static final Map<Kind, TestProxy> PROXIES = new EnumMap<>(Kind.class);

    static Stream<Arguments> cells() {
        return AuthenticationCell.all(Front.ON_TCP).stream().map(Arguments::of);
    }

    @BeforeAll
    static void start() {
        Cluster.shared();
        StringBuilder roles = new StringBuilder();
        AuthenticationCell.all(Front.ON_TCP).forEach(cell -> roles.append(cell.createRoles()));
        Cluster.shared().node(Cluster.PRIMARY).query(roles.toString());
        Cluster.awaitStandbys();
        List<String> passwords = new ArrayList<>();
        for (AuthenticationCell cell : AuthenticationCell.all(Front.ON_TCP)) {
            passwords.addAll(cell.entries(Cluster.shared().node(Cluster.PRIMARY)));
        }
        List<String> rules = AuthenticationCell.rules("host");
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
        AuthenticationCell.all(Front.ON_TCP).forEach(cell -> roles.append(cell.dropRoles()));
        Cluster.shared().node(Cluster.PRIMARY).query(roles.toString());
    }

    private static TestProxy proxy(AuthenticationCell cell) {
        boolean query = cell.stored() == Stored.QUERY;
        Kind kind = cell.isWithoutRules()
                ? (query ? Kind.OFF_WITH_QUERY : Kind.OFF)
                : (query ? Kind.RULES_WITH_QUERY : Kind.RULES);
        return Objects.requireNonNull(PROXIES.get(kind));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("cells")
    void combination(AuthenticationCell cell) {
        comes(cell, Client.RIGHT, cell.user(), AuthenticationCell.password(cell.user()));
        comes(cell, Client.WRONG, cell.user(), AuthenticationCell.password("somebody else"));
        comes(cell, Client.RIGHT, cell.user(), AuthenticationCell.password(cell.user()));
        comes(cell, Client.EXPIRED, cell.expiredUser(), AuthenticationCell.password(cell.expiredUser()));
    }

    @ParameterizedTest
    @EnumSource(
            value = Front.class,
            names = {"CERT", "PEER"},
            mode = EnumSource.Mode.EXCLUDE)
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

    private static void comes(AuthenticationCell cell, Client client, String user, String password) {
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
}
