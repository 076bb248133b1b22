package io.trunkline.config;

import io.trunkline.config.TextFile.UnreadableException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * The users and passwords of pool_passwd, one {@code user:password} a line; manual, section "Client Authentication".
 * Immutable. Nothing here prints a password.
 */
public final class PoolPasswd {
    /** In which form a password is stored. */
    public enum Form {
        /** Readable, with the prefix TEXT or without any. */
        PLAIN,
        /** {@code md5} and 32 hexadecimal digits, as PostgreSQL stores it. */
        MD5,
        /** {@code SCRAM-SHA-256$...}, as PostgreSQL stores it. */
        SCRAM_SHA_256,
        /** Encrypted with the key file, which this version does not read. */
        AES
    }

    /** The entry of one user. */
    public static final class Entry {
        private final String user;
        private final Form form;
        private final String secret;

        private Entry(String user, Form form, String secret) {
            this.user = user;
            this.form = form;
            this.secret = secret;
        }

        public String user() {
            return user;
        }

        public Form form() {
            return form;
        }

        /**
         * The password itself for {@link Form#PLAIN}; else what is stored, with its prefix, but without that of
         * {@link Form#AES}.
         */
        public String secret() {
            return secret;
        }

        /** Whether this version can authenticate with the entry. */
        public boolean isUsable() {
            return form != Form.AES;
        }

        /** Without the secret. */
        @Override
        public String toString() {
            return user + " (" + form + ")";
        }
    }

    /**
     * What came of reading a file. Entries that are in order can be used even if there are errors beside them.
     *
     * @param passwords the entries
     * @param diagnostics what is wrong with the file
     */
    public record Reading(PoolPasswd passwords, List<Diagnostic> diagnostics) {}

    private static final Pattern MD5 = Pattern.compile("md5[0-9a-fA-F]{32}");
    private static final Pattern SCRAM =
            Pattern.compile("SCRAM-SHA-256\\$[0-9]{1,9}:[A-Za-z0-9+/=]+\\$[A-Za-z0-9+/=]+:[A-Za-z0-9+/=]+");

    private final Map<String, Entry> entries;

    private PoolPasswd(Map<String, Entry> entries) {
        this.entries = Map.copyOf(entries);
    }

    public static PoolPasswd empty() {
        return new PoolPasswd(Map.of());
    }

    /**
     * Reads the file that {@code pool_passwd} names, beside pgpool.conf. It need not exist: Pgpool-II makes one only
     * when the first user is added.
     *
     * @param pgpoolConf the path of pgpool.conf
     */
    public static Reading read(Path pgpoolConf, PgpoolConfig config) {
        String name = config.get(ConnectionParameters.POOL_PASSWD);
        Path file = pgpoolConf.resolveSibling(name);
        if (name.isEmpty() || !Files.exists(file)) {
            return new Reading(empty(), List.of());
        }
        return read(file);
    }

    /** Reads a file; that it does not exist is an error. */
    public static Reading read(Path file) {
        List<Diagnostic> diagnostics = new ArrayList<>();
        Map<String, Entry> entries = new HashMap<>();
        try {
            String text = TextFile.decode(TextFile.bytes(file, TextFile.MAX_BYTES));
            int number = 0;
            for (String line : (Iterable<String>) text.lines()::iterator) {
                SourceLocation at = new SourceLocation(file.toString(), ++number);
                if (!line.isBlank() && !line.startsWith("#")) {
                    add(line, at, entries, diagnostics);
                }
            }
        } catch (UnreadableException e) {
            diagnostics.add(Diagnostic.of(Severity.ERROR, new SourceLocation(file.toString(), 1), e.reason()));
        }
        return new Reading(new PoolPasswd(entries), List.copyOf(diagnostics));
    }

    private static void add(String line, SourceLocation at, Map<String, Entry> entries, List<Diagnostic> diagnostics) {
        int colon = line.indexOf(':');
        if (colon <= 0 || colon == line.length() - 1) {
            // The line is not shown: what looks like a user may be a password.
            diagnostics.add(Diagnostic.of(Severity.ERROR, at, "user or password is missing; allowed is user:password"));
            return;
        }
        String user = line.substring(0, colon);
        String stored = line.substring(colon + 1);
        Entry entry = entry(user, stored);
        if (stored.startsWith("SCRAM-SHA-256$") && entry.form() != Form.SCRAM_SHA_256) {
            diagnostics.add(Diagnostic.of(
                    Severity.ERROR, at, "the SCRAM-SHA-256 entry of user \"" + user + "\" is not complete"));
            return;
        }
        if (entry.form() == Form.AES) {
            diagnostics.add(Diagnostic.of(
                    Severity.WARNING, at, "the AES entry of user \"" + user + "\" cannot be used yet in this version"));
        }
        if (entries.putIfAbsent(user, entry) != null) {
            diagnostics.add(Diagnostic.of(
                    Severity.WARNING, at, "user \"" + user + "\" has an entry already; the first one counts"));
        }
    }

    private static Entry entry(String user, String stored) {
        if (stored.startsWith("TEXT")) {
            return new Entry(user, Form.PLAIN, stored.substring("TEXT".length()));
        }
        if (stored.startsWith("AES")) {
            return new Entry(user, Form.AES, stored.substring("AES".length()));
        }
        if (MD5.matcher(stored).matches()) {
            return new Entry(user, Form.MD5, stored);
        }
        if (SCRAM.matcher(stored).matches()) {
            return new Entry(user, Form.SCRAM_SHA_256, stored);
        }
        return new Entry(user, Form.PLAIN, stored);
    }

    /** The entry of a user; names are compared as they stand. */
    public Optional<Entry> find(String user) {
        return Optional.ofNullable(entries.get(user));
    }

    public int size() {
        return entries.size();
    }

    /** Without any secret. */
    @Override
    public String toString() {
        return "pool_passwd with " + entries.size() + " entries";
    }
}
