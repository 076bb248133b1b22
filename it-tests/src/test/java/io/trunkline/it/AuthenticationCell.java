package io.trunkline.it;

import io.trunkline.localcluster.LocalNode;
import io.trunkline.protocol.auth.Password;
import io.trunkline.protocol.auth.ScramVerifier;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * One combination of how clients prove themselves to Trunkline, what Trunkline has stored, and what the servers ask; and
 * how clients fare then, as the table of docs/authentication.md has it. Each has a user of its own, with a password of its
 * own, and another one that has expired.
 */
record AuthenticationCell(Front front, Stored stored, Server server) {
    static final Optional<String> REJECTED = Optional.of("password authentication failed for user");

    /** What pool_hba.conf wants; OFF is without it. */
    enum Front {
        OFF("trust"),
        TRUST("trust"),
        PASSWORD("password"),
        MD5("md5"),
        SCRAM("scram-sha-256"),
        CERT("cert"),
        PEER("peer");

        /** Those that any client on TCP can be asked for. */
        static final List<Front> ON_TCP = List.of(OFF, TRUST, PASSWORD, MD5, SCRAM);

        /** Those that ask somebody else than the client who it is, and nothing of its password. */
        static final List<Front> BY_IDENTITY = List.of(CERT, PEER);

        final String method;

        Front(String method) {
            this.method = method;
        }

        boolean isWithoutPassword() {
            return this == TRUST || BY_IDENTITY.contains(this);
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
    enum Client {
        RIGHT,
        WRONG,
        EXPIRED
    }

    static List<AuthenticationCell> all(List<Front> fronts) {
        List<AuthenticationCell> cells = new ArrayList<>();
        for (Front front : fronts) {
            for (Stored stored : Stored.values()) {
                for (Server server : Server.values()) {
                    cells.add(new AuthenticationCell(front, stored, server));
                }
            }
        }
        return cells;
    }

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
            case TRUST, CERT, PEER -> Optional.empty();
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
                stored == Stored.NONE || queryKnowsNot || (front.isWithoutPassword() && form() == Stored.SCRAM);
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

    boolean isWithoutRules() {
        return front == Front.OFF;
    }

    /** Whether the server of this client is asked by the client itself, through Trunkline. */
    boolean isRelayed(Client client) {
        boolean unknown = stored == Stored.NONE;
        return switch (front) {
            case OFF -> unknown;
            case TRUST, CERT, PEER ->
                unknown || form() == Stored.SCRAM || (stored == Stored.QUERY && client == Client.EXPIRED);
            default -> false;
        };
    }

    /** The lines of pool_hba.conf that lead each user to its method. */
    static List<String> rules(String type) {
        List<String> rules = new ArrayList<>();
        for (Front front : Front.ON_TCP) {
            rules.add(type + " all /^t_" + front.name().toLowerCase(Locale.ROOT) + "_ all " + front.method);
        }
        return rules;
    }

    /** Statements that make the roles. */
    String createRoles() {
        StringBuilder roles = new StringBuilder();
        for (String user : List.of(user(), expiredUser())) {
            roles.append("SET password_encryption = '")
                    .append(server == Server.MD5 ? "md5" : "scram-sha-256")
                    .append("'; CREATE ROLE ")
                    .append(user)
                    .append(" LOGIN PASSWORD '")
                    .append(password(user))
                    .append("'")
                    .append(user.equals(expiredUser()) ? " VALID UNTIL '2001-01-01'" : "")
                    .append(group())
                    .append(';');
        }
        return roles.toString();
    }

    String dropRoles() {
        return "DROP ROLE " + user() + ", " + expiredUser() + ";";
    }

    static String password(String user) {
        return "secret of " + user;
    }

    private String group() {
        return switch (server) {
            case TRUST -> "";
            case PASSWORD -> " IN ROLE " + Cluster.PASSWORD_ROLES;
            case MD5 -> " IN ROLE " + Cluster.MD5_ROLES;
            case SCRAM -> " IN ROLE " + Cluster.SCRAM_ROLES;
        };
    }

    /** The lines of pool_passwd. The verifier is the server's own where that has one. */
    List<String> entries(LocalNode node) {
        List<String> lines = new ArrayList<>();
        for (String user : List.of(user(), expiredUser())) {
            switch (stored) {
                case PLAIN -> lines.add(user + ":TEXT" + password(user));
                case MD5 -> lines.add(user + ":" + md5(password(user) + user));
                case SCRAM -> lines.add(user + ":" + (server == Server.MD5 ? scram(user) : verifier(node, user)));
                default -> {}
            }
        }
        return lines;
    }

    private static String verifier(LocalNode node, String user) {
        return Cluster.ask(node, "SELECT rolpassword FROM pg_authid WHERE rolname = '" + user + "'");
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
