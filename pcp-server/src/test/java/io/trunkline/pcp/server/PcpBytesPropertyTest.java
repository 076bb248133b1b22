package io.trunkline.pcp.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.trunkline.pcp.server.PcpTalk.Connection;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import net.jqwik.api.lifecycle.AfterContainer;
import net.jqwik.api.lifecycle.BeforeContainer;

/** Whatever a client sends: it gets an answer or the end, and others are served as before. */
class PcpBytesPropertyTest {
    private static final String TYPES = "LIHNPBWCDdJjOTtZVGAF";

    private static final String ANSWERS = "mrlihnpbwcdtzvgaE";

    private static Path directory = Path.of("");

    @BeforeContainer
    static void makeDirectory() throws IOException {
        directory = Files.createTempDirectory("pcp");
    }

    @AfterContainer
    static void removeDirectory() throws IOException {
        Files.deleteIfExists(directory.resolve("pcp.conf"));
        Files.delete(directory);
    }

    @Property(tries = 300)
    void randomBytesHurtNobody(@ForAll @Size(max = 600) byte[] bytes, @ForAll boolean loggedIn, @ForAll long seed) {
        withAnother((talk, connection) -> {
            if (loggedIn) {
                connection.logIn(PcpTalk.PASSWORD);
            }
            sendInPieces(connection, bytes, new Random(seed));
        });
    }

    @Property(tries = 300)
    void mutatedRequestsHurtNobody(
            @ForAll @Size(min = 1, max = 12) List<@IntRange(max = 19) Integer> kinds,
            @ForAll @IntRange(max = 3) int mutations,
            @ForAll long seed) {
        Random random = new Random(seed);
        byte[] bytes = requests(kinds, random);
        for (int i = 0; i < mutations; i++) {
            bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(256);
        }
        withAnother((talk, connection) -> {
            connection.logIn(PcpTalk.PASSWORD);
            sendInPieces(connection, bytes, random);
        });
    }

    @Property(tries = 200)
    void anyFragmentationGivesTheSameAnswers(
            @ForAll @Size(min = 1, max = 12) List<@IntRange(max = 19) Integer> kinds, @ForAll long seed) {
        byte[] bytes = requests(kinds, new Random(seed));
        List<String> atOnce = new ArrayList<>();
        List<String> inPieces = new ArrayList<>();
        withAnother((talk, connection) -> {
            connection.logIn(PcpTalk.PASSWORD);
            connection.send(bytes);
            atOnce.addAll(connection.answers());
        });
        withAnother((talk, connection) -> {
            connection.logIn(PcpTalk.PASSWORD);
            sendInPieces(connection, bytes, new Random(seed));
            inPieces.addAll(connection.answers());
        });
        assertThat(inPieces).isEqualTo(atOnce);
    }

    private interface Deed {
        void doIt(PcpTalk talk, Connection connection);
    }

    /** Does it, lets all deadlines pass, and asks for something on a connection that was there before, and on a new one. */
    private static void withAnother(Deed deed) {
        PcpTalk talk = new PcpTalk(directory, 3);
        Connection other = talk.connect();
        Connection connection = talk.connect();
        Connection late = talk.connect();
        try {
            assertThat(other.logIn(PcpTalk.PASSWORD)).containsExactly("r AuthenticationOK|");
            deed.doIt(talk, connection);
            connection.later(Duration.ofDays(2));
            assertThat(connection.answers()).allMatch(answer -> ANSWERS.indexOf(answer.charAt(0)) >= 0);
            assertThat(other.ask('L', "")).containsExactly("l CommandComplete|3|");
            assertThat(late.logIn(PcpTalk.PASSWORD)).containsExactly("r AuthenticationOK|");
        } finally {
            connection.close();
            other.close();
            late.close();
        }
    }

    private static byte[] requests(List<Integer> kinds, Random random) {
        List<byte[]> parts = kinds.stream()
                .map(kind -> PcpTalk.request(TYPES.charAt(kind), body(TYPES.charAt(kind), random)))
                .toList();
        byte[] all = new byte[parts.stream().mapToInt(part -> part.length).sum()];
        int at = 0;
        for (byte[] part : parts) {
            System.arraycopy(part, 0, all, at, part.length);
            at += part.length;
        }
        return all;
    }

    private static String body(char type, Random random) {
        return switch (type) {
            case 'T', 't' -> "sfi".substring(random.nextInt(3)).substring(0, 1);
            case 'Z', 'V' -> "l";
            case 'J', 'j' -> random.nextInt(4) + " \0" + (random.nextBoolean() ? "s" : "n");
            case 'A' -> "client_min_messages\0notice\0";
            default -> random.nextInt(5) - 1 + "\0";
        };
    }

    private static void sendInPieces(Connection connection, byte[] bytes, Random random) {
        int at = 0;
        while (at < bytes.length && connection.isOpen()) {
            int end = Math.min(bytes.length, at + 1 + random.nextInt(40));
            connection.send(Arrays.copyOfRange(bytes, at, end));
            at = end;
        }
    }
}
