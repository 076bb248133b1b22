package io.trunkline.config;

import io.trunkline.config.TextFile.UnreadableException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The users and passwords of pool_passwd, one {@code user:password} a line; manual, section "Client Authentication". A
 * backslash takes a colon, or another backslash, into the name or the password. Immutable. Nothing here prints a
 * password.
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
        /** Encrypted, and not to be decrypted: one that can be is {@link #PLAIN}. */
        AES
    }

    /** The entry of one user. */
    public static final class Entry {
        private final String user;
        private final Form form;
        private final String secret;
        private final @Nullable SourceLocation location;

        private Entry(String user, Form form, String secret, @Nullable SourceLocation location) {
            this.user = user;
            this.form = form;
            this.secret = secret;
            this.location = location;
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

        /** The line of pool_passwd; empty for a password of pgpool.conf. */
        public Optional<SourceLocation> location() {
            return Optional.ofNullable(location);
        }

        /** Whether the entry can be used to authenticate. */
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

    private final Map<String, Entry> entries;

    private final PasswordDecoder decoder;

    private PoolPasswd(Map<String, Entry> entries, PasswordDecoder decoder) {
        this.entries = Collections.unmodifiableMap(new LinkedHashMap<>(entries));
        this.decoder = decoder;
    }

    public static PoolPasswd empty() {
        return new PoolPasswd(Map.of(), new PasswordDecoder(PasswordKeyFile.none()));
    }

    /**
     * Reads the file that {@code pool_passwd} names, beside pgpool.conf. It need not exist: Pgpool-II makes one only
     * when the first user is added. Also tells what is wrong with the passwords in parameters of pgpool.conf.
     *
     * @param pgpoolConf the path of pgpool.conf
     */
    public static Reading read(Path pgpoolConf, PgpoolConfig config, PasswordKeyFile keyFile) {
        PasswordDecoder decoder = new PasswordDecoder(keyFile);
        List<Diagnostic> diagnostics = new ArrayList<>(decoder.checkParameters(config));
        Map<String, Entry> entries = new LinkedHashMap<>();
        Optional<Path> file = file(pgpoolConf, config).filter(Files::exists);
        file.ifPresent(existing -> read(existing, decoder, entries, diagnostics));
        return new Reading(new PoolPasswd(entries, decoder), List.copyOf(diagnostics));
    }

    /** Reads a file, without a key; that it does not exist is an error. */
    public static Reading read(Path file) {
        return read(file, PasswordKeyFile.none());
    }

    /** Reads a file; that it does not exist is an error. */
    public static Reading read(Path file, PasswordKeyFile keyFile) {
        PasswordDecoder decoder = new PasswordDecoder(keyFile);
        List<Diagnostic> diagnostics = new ArrayList<>();
        Map<String, Entry> entries = new LinkedHashMap<>();
        read(file, decoder, entries, diagnostics);
        return new Reading(new PoolPasswd(entries, decoder), List.copyOf(diagnostics));
    }

    /** Where the file is, or would be: beside pgpool.conf. Empty if the configuration says that there is none. */
    public static Optional<Path> file(Path pgpoolConf, PgpoolConfig config) {
        String name = config.get(ConnectionParameters.POOL_PASSWD);
        return name.isEmpty() ? Optional.empty() : Optional.of(pgpoolConf.resolveSibling(name));
    }

    private static void read(
            Path file, PasswordDecoder decoder, Map<String, Entry> entries, List<Diagnostic> diagnostics) {
        try {
            String text = TextFile.decode(TextFile.bytes(file, TextFile.MAX_BYTES));
            FileMode.of(file).warningUnlessPrivate(file).ifPresent(diagnostics::add);
            boolean encrypted = false;
            int number = 0;
            for (String line : (Iterable<String>) text.lines()::iterator) {
                SourceLocation at = new SourceLocation(file.toString(), ++number);
                if (!line.isBlank() && !line.startsWith("#")) {
                    encrypted |= add(line, at, decoder, entries, diagnostics);
                }
            }
            if (encrypted) {
                diagnostics.addAll(decoder.keyWarnings());
            }
        } catch (UnreadableException e) {
            diagnostics.add(Diagnostic.of(Severity.ERROR, new SourceLocation(file.toString(), 1), e.reason()));
        } catch (IOException e) {
            diagnostics.add(Diagnostic.of(
                    Severity.ERROR,
                    new SourceLocation(file.toString(), 1),
                    "the mode of the file cannot be read: " + TextFile.reason(file, e)));
        }
    }

    /** @return whether the line has an encrypted password */
    private static boolean add(
            String line,
            SourceLocation at,
            PasswordDecoder decoder,
            Map<String, Entry> entries,
            List<Diagnostic> diagnostics) {
        int colon = PoolPasswdLine.colon(line);
        if (colon <= 0 || colon == line.length() - 1) {
            // The line is not shown: what looks like a user may be a password.
            diagnostics.add(Diagnostic.of(Severity.ERROR, at, "user or password is missing; allowed is user:password"));
            return false;
        }
        String user = PoolPasswdLine.unescape(line.substring(0, colon));
        String stored = PoolPasswdLine.unescape(line.substring(colon + 1));
        PasswordDecoder.Decoded decoded = decoder.decode(stored);
        if (!decoded.problem().isEmpty()) {
            diagnostics.add(
                    Diagnostic.of(decoded.severity(), at, "the entry of user \"" + user + "\" " + decoded.problem()));
        }
        if (decoded.severity() == Severity.ERROR) {
            return false;
        }
        if (entries.putIfAbsent(user, new Entry(user, decoded.form(), decoded.secret(), at)) != null) {
            diagnostics.add(Diagnostic.of(
                    Severity.WARNING, at, "user \"" + user + "\" has an entry already; the first one counts"));
        }
        return PasswordDecoder.isEncrypted(stored);
    }

    /** The entry of a user; names are compared as they stand. */
    public Optional<Entry> find(String user) {
        return Optional.ofNullable(entries.get(user));
    }

    /**
     * What Trunkline itself logs in with as a user: the password of a parameter such as sr_check_password, or the user's
     * entry where that is empty, as Pgpool-II does it.
     *
     * @param configured in any of the forms that an entry may have
     */
    public Optional<Entry> find(String user, String configured) {
        if (configured.isEmpty()) {
            return find(user);
        }
        PasswordDecoder.Decoded decoded = decoder.decode(configured);
        return decoded.severity() == Severity.ERROR
                ? Optional.empty()
                : Optional.of(new Entry(user, decoded.form(), decoded.secret(), null));
    }

    /** The entries in the order of the lines. */
    public List<Entry> entries() {
        return List.copyOf(entries.values());
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
