package io.trunkline.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What PostgreSQL 15 and 18 really answered ({@code src/test/scripts/capture-conversations.py}) goes through framing and
 * reply queue, in one piece and byte by byte.
 */
class RecordedConversationTest {
    /** The client's tags of messages that are requests to the queue. */
    private static final String REQUESTS = "QFPBDECS";

    /** Messages that may come at any time: not for the queue. */
    private static final String ANY_TIME = "NAS";

    /** @param sent the tags that the client sent */
    record Step(String sent, String tags, byte[] replies) {}

    private final UnpooledByteBufAllocator allocator = new UnpooledByteBufAllocator(false);

    static List<Named<List<Step>>> conversations() throws IOException {
        return read(false);
    }

    static List<Named<List<Step>>> starts() throws IOException {
        return read(true);
    }

    private static List<Named<List<Step>>> read(boolean starts) throws IOException {
        List<Named<List<Step>>> conversations = new ArrayList<>();
        try (BufferedReader reader = new BufferedReader(new InputStreamReader(
                Objects.requireNonNull(RecordedConversationTest.class.getResourceAsStream("conversations.tsv")),
                StandardCharsets.UTF_8))) {
            for (String line = reader.readLine(); line != null; line = reader.readLine()) {
                List<String> fields = List.of(line.split("\t", -1));
                List<Step> steps = new ArrayList<>();
                for (String step : fields.get(2).split(" ", -1)) {
                    List<String> parts = List.of(step.split(">", -1));
                    steps.add(new Step(parts.get(0), parts.get(1), ByteBufUtil.decodeHexDump(parts.get(2))));
                }
                if (fields.get(1).startsWith("start ") == starts) {
                    conversations.add(Named.of(fields.get(0) + " " + fields.get(1), steps));
                }
            }
        }
        return conversations;
    }

    @ParameterizedTest
    @MethodSource("conversations")
    void isFollowedToItsEnd(List<Step> steps) {
        follow(steps, Integer.MAX_VALUE);
        follow(steps, 1);
        follow(steps, 7);
    }

    private void follow(List<Step> steps, int piece) {
        ReplyQueue queue = new ReplyQueue();
        QueueSink sink = new QueueSink(queue);
        FrameReader reader = new FrameReader(sink);
        for (Step step : steps) {
            step.sent().chars().forEach(tag -> send(queue, (char) tag));
            feed(reader, step.replies(), piece);
            assertThat(sink.seen()).isEqualTo(step.tags());
            assertThat(sink.passed()).isEqualTo(step.replies());
            assertThat(reader.insidePassingMessage()).isFalse();
        }
        assertThat(queue.isEmpty()).isTrue();
        assertThat(queue.isCopyIn()).isFalse();
        assertThat(queue.isDoubtful()).isFalse();
        assertThat(queue.skipsToSync()).isFalse();
        assertThat(allocator.metric().usedHeapMemory()).isZero();
    }

    private static void send(ReplyQueue queue, char tag) {
        if (queue.isCopyIn()) {
            if (tag == 'c' || tag == 'f') {
                queue.copyEnded();
            }
        } else if (REQUESTS.indexOf(tag) >= 0) {
            queue.sent(Request.of(REQUESTS.indexOf(tag)));
        }
    }

    @ParameterizedTest
    @MethodSource("starts")
    void theStartOfAConnectionIsCutIntoItsMessages(List<Step> steps) {
        for (int piece : new int[] {Integer.MAX_VALUE, 1, 7}) {
            StringBuilder tags = new StringBuilder();
            ByteArrayOutputStream rest = new ByteArrayOutputStream();
            FrameReader reader = new FrameReader(new FrameSink() {
                @Override
                public int header(byte tag, int length) {
                    return length + 1;
                }

                @Override
                public int message(byte tag, int length, ByteBuf in, int body, int available) {
                    assertThat(available).isEqualTo(length - 4);
                    tags.append((char) tag);
                    return PASS;
                }

                @Override
                public void run(ByteBuf run) {
                    rest.writeBytes(ByteBufUtil.getBytes(run));
                    run.release();
                }
            });
            feed(reader, steps.get(0).replies(), piece);
            assertThat(tags).hasToString(steps.get(0).tags());
            assertThat(rest.toByteArray()).isEqualTo(steps.get(0).replies());
            assertThat(allocator.metric().usedHeapMemory()).isZero();
        }
    }

    private void feed(FrameReader reader, byte[] bytes, int piece) {
        int at = 0;
        while (at < bytes.length) {
            int size = Math.min(piece, bytes.length - at);
            reader.feed(allocator.buffer().writeBytes(bytes, at, size));
            at += size;
        }
    }

    /** Judges as a backend connection does, all of whose requests are the client's. */
    private static final class QueueSink implements FrameSink {
        private final ReplyQueue queue;
        private final ByteArrayOutputStream passed = new ByteArrayOutputStream();
        private final StringBuilder seen = new StringBuilder();

        QueueSink(ReplyQueue queue) {
            this.queue = queue;
        }

        byte[] passed() {
            byte[] bytes = passed.toByteArray();
            passed.reset();
            return bytes;
        }

        String seen() {
            String tags = seen.toString();
            seen.setLength(0);
            return tags;
        }

        @Override
        public int header(byte tag, int length) {
            seen.append((char) tag);
            if (ANY_TIME.indexOf(tag) < 0) {
                assertThat(queue.received(tag)).isEqualTo(ReplyQueue.Mode.FORWARD);
            }
            return PASS;
        }

        @Override
        public int message(byte tag, int length, ByteBuf in, int body, int available) {
            throw new AssertionError("nothing was asked for");
        }

        @Override
        public void run(ByteBuf run) {
            passed.writeBytes(ByteBufUtil.getBytes(run));
            run.release();
        }
    }
}
