package io.trunkline.protocol.auth;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;

/** The exchanges that make-auth-vectors.py has recorded between libpq 15 and PostgreSQL 15. */
final class Vectors {
    private static final String NONE = "-";

    private Vectors() {}

    /** One exchange; the messages are bodies, in turn from the backend and the frontend. */
    record Exchange(
            String label, String user, Password password, String stored, String sqlState, List<String> messages) {
        byte[] body(int index) {
            return HexFormat.of().parseHex(messages.get(index).substring(2));
        }

        /** What follows the code in an Authentication message. */
        byte[] data(int index) {
            byte[] body = body(index);
            return Arrays.copyOfRange(body, Integer.BYTES, body.length);
        }

        @Override
        public String toString() {
            return label;
        }
    }

    /** A wrong message and how PostgreSQL refuses it. */
    record Refusal(String stage, String hex, String sqlState, String message) {
        byte[] bytes() {
            return hex.equals(NONE) ? new byte[0] : HexFormat.of().parseHex(hex);
        }
    }

    /** A password and the verifier that PostgreSQL made of it. */
    record Prepared(Password password, ScramVerifier verifier) {}

    static List<Exchange> exchanges() {
        return rows("exchanges.tsv").stream()
                .map(r -> new Exchange(
                        r[0],
                        r[1],
                        Password.ofBytes(HexFormat.of().parseHex(r[2])),
                        r[3],
                        r[4],
                        List.of(r[5].split(" "))))
                .toList();
    }

    static Exchange exchange(String label) {
        return exchanges().stream()
                .filter(e -> e.label().equals(label))
                .findFirst()
                .orElseThrow();
    }

    static List<Refusal> refusals() {
        return rows("errors.tsv").stream()
                .map(r -> new Refusal(r[0], r[1], r[2], r[3]))
                .toList();
    }

    static List<Prepared> prepared() {
        return rows("verifiers.tsv").stream()
                .map(r -> new Prepared(Password.ofBytes(HexFormat.of().parseHex(r[0])), ScramVerifier.parse(r[1])))
                .toList();
    }

    private static List<String[]> rows(String name) {
        try (InputStream in = Objects.requireNonNull(Vectors.class.getResourceAsStream(name), name)) {
            return new String(in.readAllBytes(), UTF_8)
                    .lines()
                    .map(line -> line.split("\t", -1))
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
