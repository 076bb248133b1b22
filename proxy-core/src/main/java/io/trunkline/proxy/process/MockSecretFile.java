package io.trunkline.proxy.process;

import io.trunkline.protocol.auth.MockScramSecret;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.HexFormat;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The file that keeps the {@link MockScramSecret} over restarts, beside the pid file. Whoever reads it can tell users who
 * exist from those who do not, and nothing else.
 */
final class MockSecretFile {
    private static final Logger log = LoggerFactory.getLogger(MockSecretFile.class);

    /** No secret is longer; as hex digits. */
    private static final int MAX_BYTES = 1_024;

    private MockSecretFile() {}

    static Path beside(Path pidFile) {
        return pidFile.resolveSibling(pidFile.getFileName() + ".secret");
    }

    /**
     * The secret that is kept in a file. One that is missing is made; one that cannot be used is replaced, with a warning.
     * If it cannot be written either, the secret lasts as long as the process.
     */
    static MockScramSecret load(Path file) {
        try {
            if (Files.size(file) > MAX_BYTES) {
                throw new IllegalArgumentException("too long");
            }
            String text = Files.readString(file, StandardCharsets.ISO_8859_1).strip();
            return MockScramSecret.of(HexFormat.of().parseHex(text));
        } catch (NoSuchFileException e) {
            log.debug("{} does not exist yet", file);
        } catch (IOException | IllegalArgumentException e) {
            log.warn(
                    "the secret in {} cannot be used and is replaced ({}): users who do not exist get other salts than before",
                    file,
                    e instanceof IOException ? e.toString() : "its contents are not what was written");
        }
        MockScramSecret fresh = MockScramSecret.random();
        write(file, fresh);
        return fresh;
    }

    private static void write(Path file, MockScramSecret secret) {
        Path draft = file.resolveSibling(file.getFileName() + ".new");
        try {
            Files.deleteIfExists(draft);
            Files.createFile(draft, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
            Files.writeString(draft, HexFormat.of().formatHex(secret.toBytes()) + "\n");
            Files.move(draft, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            log.warn("the secret for unknown users is not kept over a restart: {}", e.toString());
        }
    }
}
