package io.trunkline.config;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Tells in which form a password is stored, in pool_passwd or in a parameter such as sr_check_password, and decrypts it.
 * What it decrypts lives in memory only. Immutable, safe for any thread.
 */
final class PasswordDecoder {
    private static final String AES = "AES";
    private static final String TEXT = "TEXT";
    private static final String SCRAM_PREFIX = "SCRAM-SHA-256$";
    private static final Pattern MD5 = Pattern.compile("md5[0-9a-fA-F]{32}");
    private static final Pattern SCRAM =
            Pattern.compile("SCRAM-SHA-256\\$[0-9]{1,9}:[A-Za-z0-9+/=]+\\$[A-Za-z0-9+/=]+:[A-Za-z0-9+/=]+");

    /**
     * A password out of its stored text.
     *
     * @param form AES if and only if it cannot be decrypted
     * @param secret as {@link PoolPasswd.Entry#secret()} has it
     * @param severity of the problem
     * @param problem what is wrong, in words that follow "the password" or "the entry"; empty if nothing is
     */
    record Decoded(PoolPasswd.Form form, String secret, Severity severity, String problem) {
        private static Decoded of(PoolPasswd.Form form, String secret) {
            return new Decoded(form, secret, Severity.NOTE, "");
        }

        private static Decoded undecipherable(String encrypted, String why) {
            return new Decoded(PoolPasswd.Form.AES, encrypted, Severity.WARNING, "is AES-encrypted, and " + why);
        }

        /** Without the secret. */
        @Override
        public String toString() {
            return form.toString();
        }
    }

    private final PasswordKeyFile file;
    private final PasswordKeyFile.Reading reading;

    /** With the key that the file holds now; blocks. */
    PasswordDecoder(PasswordKeyFile file) {
        this.file = file;
        this.reading = file.read();
    }

    static boolean isEncrypted(String stored) {
        return stored.startsWith(AES);
    }

    /** Whether a parameter is a password that {@link #decode} reads. */
    private static boolean isPassword(ParameterDefinition<?> definition) {
        return definition.isSecret() && definition.name().endsWith("_password");
    }

    /** What to tell about the key file where something is encrypted. */
    List<Diagnostic> keyWarnings() {
        return reading.warnings();
    }

    Decoded decode(String stored) {
        if (stored.startsWith(TEXT)) {
            return Decoded.of(PoolPasswd.Form.PLAIN, stored.substring(TEXT.length()));
        }
        if (isEncrypted(stored)) {
            return decrypt(stored.substring(AES.length()));
        }
        if (MD5.matcher(stored).matches()) {
            // the digits in the case in which PostgreSQL writes them, and servers compare them
            return Decoded.of(PoolPasswd.Form.MD5, stored.toLowerCase(Locale.ROOT));
        }
        if (SCRAM.matcher(stored).matches()) {
            return Decoded.of(PoolPasswd.Form.SCRAM_SHA_256, stored);
        }
        if (stored.startsWith(SCRAM_PREFIX)) {
            return new Decoded(
                    PoolPasswd.Form.SCRAM_SHA_256, stored, Severity.ERROR, "is an incomplete SCRAM-SHA-256 verifier");
        }
        return Decoded.of(PoolPasswd.Form.PLAIN, stored);
    }

    private Decoded decrypt(String encrypted) {
        if (reading.key().isEmpty()) {
            return Decoded.undecipherable(encrypted, reading.problem());
        }
        String keyFile = file.path().map(path -> " of key file " + path).orElse("");
        Optional<byte[]> decrypted = reading.key().get().decrypt(encrypted);
        if (decrypted.isEmpty()) {
            return Decoded.undecipherable(encrypted, "cannot be decrypted with the key" + keyFile);
        }
        if (decrypted.get().length == 0) {
            return Decoded.undecipherable(encrypted, "what was encrypted is an empty password");
        }
        try {
            String password = StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(decrypted.get()))
                    .toString();
            if (password.indexOf('\0') < 0) {
                return Decoded.of(PoolPasswd.Form.PLAIN, password);
            }
        } catch (CharacterCodingException noise) {
            // said below: a wrong key gives this now and then
        }
        return Decoded.undecipherable(encrypted, "decrypted with the key" + keyFile + " it is no UTF-8 text");
    }

    /** What is wrong with the passwords that parameters of pgpool.conf hold; never shows one. */
    List<Diagnostic> checkParameters(PgpoolConfig config) {
        List<Diagnostic> diagnostics = new ArrayList<>();
        config.entries().forEach((target, entry) -> {
            String name = target.definition().name();
            if (isPassword(target.definition()) && entry.value() instanceof String text) {
                Decoded decoded = decode(text);
                if (!decoded.problem().isEmpty()) {
                    String id = target.node() == ParameterTable.NO_NODE ? "" : Integer.toString(target.node());
                    diagnostics.add(Diagnostic.about(
                            Severity.WARNING, entry.at(), name + id, "the password " + decoded.problem()));
                }
            }
        });
        diagnostics.sort(
                Comparator.comparingInt(diagnostic -> diagnostic.location().line()));
        return diagnostics;
    }
}
