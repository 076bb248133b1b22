package io.trunkline.cli.passwd;

import io.trunkline.cli.CommandFailure;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Where a server is and who connects, in libpq's form {@code host=... port=... user=... dbname=...} (manual, section
 * "Keyword/Value Connection Strings"); what is left out comes from PGHOST, PGPORT, PGUSER and PGDATABASE. Printed without
 * the password.
 */
final class ConnectionString {
    private static final List<String> KEYWORDS = List.of("host", "port", "user", "dbname", "password");
    private static final int DEFAULT_PORT = 5432;
    private static final int MAX_PORT = 65535;

    private final Map<String, String> values;
    private final Map<String, String> environment;
    private final int port;

    private ConnectionString(Map<String, String> values, Map<String, String> environment) {
        this.values = values;
        this.environment = environment;
        this.port = parsePort(value("port", "PGPORT", Integer.toString(DEFAULT_PORT)));
    }

    /** Reads one; it may be empty. */
    static ConnectionString parse(String text, Map<String, String> environment) {
        Map<String, String> values = new HashMap<>();
        int at = skipBlanks(text, 0);
        while (at < text.length()) {
            int equals = text.indexOf('=', at);
            String keyword = equals < 0 ? text.substring(at) : text.substring(at, equals);
            if (equals < 0 || !KEYWORDS.contains(keyword.strip())) {
                throw new CommandFailure("the connection string has \"" + keyword.strip() + "\" where one of "
                        + String.join(", ", KEYWORDS) + " and a value are allowed");
            }
            StringBuilder value = new StringBuilder();
            at = readValue(text, skipBlanks(text, equals + 1), value);
            values.put(keyword.strip(), value.toString());
            at = skipBlanks(text, at);
        }
        return new ConnectionString(values, environment);
    }

    private static int skipBlanks(String text, int from) {
        int at = from;
        while (at < text.length() && Character.isWhitespace(text.charAt(at))) {
            at++;
        }
        return at;
    }

    /** Up to a blank, or in single quotes; a backslash takes the next character as it is. */
    private static int readValue(String text, int from, StringBuilder value) {
        boolean quoted = from < text.length() && text.charAt(from) == '\'';
        for (int at = quoted ? from + 1 : from; at < text.length(); at++) {
            char c = text.charAt(at);
            if (quoted ? c == '\'' : Character.isWhitespace(c)) {
                return at + 1;
            }
            if (c == '\\' && at + 1 < text.length()) {
                at++;
            }
            value.append(text.charAt(at));
        }
        if (quoted) {
            throw new CommandFailure("the connection string has a quote that is not closed");
        }
        return text.length();
    }

    private static int parsePort(String text) {
        try {
            int port = Integer.parseInt(text);
            if (port > 0 && port <= MAX_PORT) {
                return port;
            }
        } catch (NumberFormatException e) {
            // said below, as for a number out of bounds
        }
        throw new CommandFailure("\"" + text + "\" is no port; allowed is 1 to " + MAX_PORT);
    }

    private String value(String keyword, String variable, String otherwise) {
        String value = values.getOrDefault(keyword, "");
        if (value.isEmpty()) {
            value = environment.getOrDefault(variable, "");
        }
        return value.isEmpty() ? otherwise : value;
    }

    String host() {
        String host = value("host", "PGHOST", "localhost");
        if (host.startsWith("/")) {
            throw new CommandFailure("host " + host + " is a Unix socket, and this command connects by TCP only");
        }
        return host;
    }

    int port() {
        return port;
    }

    String user() {
        return value("user", "PGUSER", System.getProperty("user.name", ""));
    }

    String database() {
        return value("dbname", "PGDATABASE", user());
    }

    /** The password that is written down: here, in PGPASSWORD, or in the password file. */
    Optional<String> password() {
        String own = value("password", "PGPASSWORD", "");
        if (!own.isEmpty()) {
            return Optional.of(own);
        }
        return PgPass.of(environment).find(host(), port, database(), user());
    }

    @Override
    public String toString() {
        return user() + "@" + host() + ":" + port + "/" + database();
    }
}
