package io.trunkline.pcp.server;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.Arrays;
import java.util.Optional;

/** What a client asks. */
final class PcpRequest {
    private final char type;
    private final byte[] body;

    PcpRequest(char type, byte[] body) {
        this.type = type;
        this.body = body;
    }

    char type() {
        return type;
    }

    /** The type for people, who may get one that is no letter. */
    String typeText() {
        return type > ' ' && type < 0x7f ? String.valueOf(type) : String.format("\\x%02x", (int) type);
    }

    /** The text that begins at this offset, up to its NUL or the end; empty if the body ends before. */
    String text(int offset) {
        int end = offset;
        while (end < body.length && body[end] != 0) {
            end++;
        }
        return end <= offset ? "" : new String(body, offset, end - offset, UTF_8);
    }

    /** The text after the first NUL; absent if there is none. */
    Optional<String> secondText() {
        for (int i = 0; i < body.length; i++) {
            if (body[i] == 0) {
                return Optional.of(text(i + 1));
            }
        }
        return Optional.empty();
    }

    /** The first byte, NUL if there is none. */
    char flag() {
        return body.length == 0 ? 0 : (char) (body[0] & 0xff);
    }

    /** Without a password. */
    @Override
    public String toString() {
        return type == 'R' ? "R" : typeText() + Arrays.toString(body);
    }
}
