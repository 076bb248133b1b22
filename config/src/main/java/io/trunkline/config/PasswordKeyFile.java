package io.trunkline.config;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The file with the {@link PasswordKey}: the one that {@code -k} names, else that of {@code PGPOOLKEYFILE}, else
 * {@code .pgpoolkey} in the home directory; manual, section "AES256 encrypted password".
 */
public final class PasswordKeyFile {
    /** What the environment calls the file. */
    public static final String VARIABLE = "PGPOOLKEYFILE";

    /** Pgpool-II reads no more than this of the first line, and a longer key is cut there. */
    private static final int MAX_KEY_BYTES = 255;

    /**
     * What came of reading the file.
     *
     * @param key empty if there is none
     * @param problem why there is none, as the end of a sentence; empty if there is one
     * @param warnings worth telling whoever uses the key
     */
    public record Reading(Optional<PasswordKey> key, String problem, List<Diagnostic> warnings) {}

    private final Optional<Path> path;

    private PasswordKeyFile(Optional<Path> path) {
        this.path = path;
    }

    /** A file that is named. */
    public static PasswordKeyFile of(Path path) {
        return new PasswordKeyFile(Optional.of(path));
    }

    /** The file of this process, by its environment and the home directory of its account. */
    public static PasswordKeyFile ofAccount() {
        return ofAccount(System.getenv());
    }

    static PasswordKeyFile ofAccount(Map<String, String> environment) {
        String named = environment.get(VARIABLE);
        if (named == null) {
            return new PasswordKeyFile(Optional.of(Path.of(System.getProperty("user.home", ""), ".pgpoolkey")));
        }
        return new PasswordKeyFile(named.isEmpty() ? Optional.empty() : Optional.of(Path.of(named)));
    }

    /** No file, and so no key. */
    static PasswordKeyFile none() {
        return new PasswordKeyFile(Optional.empty());
    }

    /** Empty if the environment says that there is none. */
    public Optional<Path> path() {
        return path;
    }

    /** Reads the key: the first line, without its end and as C strings end at a zero byte. Blocks. */
    public Reading read() {
        if (path.isEmpty()) {
            return missing("there is no key file");
        }
        Path file = path.get();
        try {
            if (!Files.exists(file)) {
                return missing("there is no key file " + file);
            }
            if (!Files.isRegularFile(file)) {
                return missing("key file " + file + " is not a plain file");
            }
            byte[] text;
            try (InputStream in = Files.newInputStream(file)) {
                text = in.readNBytes(MAX_KEY_BYTES);
            }
            if (text.length == 0) {
                return missing("key file " + file + " is empty");
            }
            int end = 0;
            while (end < text.length && text[end] != '\n' && text[end] != 0) {
                end++;
            }
            PasswordKey key = PasswordKey.of(Arrays.copyOf(text, end));
            Arrays.fill(text, (byte) 0);
            return new Reading(
                    Optional.of(key),
                    "",
                    FileMode.of(file).warningUnlessOwners(file).stream().toList());
        } catch (IOException e) {
            return missing("key file " + file + " cannot be read: " + TextFile.reason(file, e));
        }
    }

    private static Reading missing(String problem) {
        return new Reading(Optional.empty(), problem, List.of());
    }
}
