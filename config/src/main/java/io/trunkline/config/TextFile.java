package io.trunkline.config;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/** Reads a file of text whole, up to a limit. */
public final class TextFile {
    /** More than any file of users has; a device or a mistaken name does not fill the memory. */
    public static final int MAX_BYTES = 16 << 20;

    private TextFile() {}

    /** A file that could not be read; the message names it and the reason. */
    public static final class UnreadableException extends Exception {
        private static final long serialVersionUID = 1L;

        private final String reason;

        UnreadableException(String reason) {
            super(reason);
            this.reason = reason;
        }

        public String reason() {
            return reason;
        }
    }

    /**
     * The content of a file.
     *
     * @param limit in bytes; a longer file is not read
     */
    public static byte[] bytes(Path path, int limit) throws UnreadableException {
        try (InputStream in = Files.newInputStream(path)) {
            byte[] bytes = in.readNBytes(limit + 1);
            if (bytes.length > limit) {
                throw new UnreadableException("file " + path + " is too large for a configuration");
            }
            return bytes;
        } catch (NoSuchFileException e) {
            throw new UnreadableException("file " + path + " does not exist");
        } catch (IOException e) {
            throw new UnreadableException("file " + path + " cannot be read: " + reason(path, e));
        }
    }

    static String reason(Path path, IOException e) {
        if (Files.isDirectory(path)) {
            return "it is a directory";
        }
        return e instanceof AccessDeniedException ? "permission denied" : String.valueOf(e.getMessage());
    }

    /** UTF-8; what is not, such as an old comment in another encoding, is taken byte by byte so that nothing is lost. */
    public static String decode(byte[] bytes) {
        try {
            String text = StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes))
                    .toString();
            return text.startsWith("\ufeff") ? text.substring(1) : text;
        } catch (CharacterCodingException e) {
            return new String(bytes, StandardCharsets.ISO_8859_1);
        }
    }
}
