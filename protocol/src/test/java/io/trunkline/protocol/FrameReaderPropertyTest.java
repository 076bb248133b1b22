package io.trunkline.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.jspecify.annotations.Nullable;

/** However the bytes are cut, the sink sees the same messages and the target gets the same bytes. */
class FrameReaderPropertyTest {
    /** What a {@link FrameReader} is to do with a message. */
    enum Fate {
        PASS_AT_HEADER,
        DROP_AT_HEADER,
        PASS_AFTER_LOOK,
        DROP_AFTER_LOOK,
        INJECT_THEN_PASS,
        INJECT_THEN_DROP
    }

    /**
     * @param look how many of the bytes are asked for, if any
     * @param stops how often the message is stopped before
     * @param resumesInside whether the sink resumes inside its callback rather than later
     */
    record Message(byte tag, byte[] body, Fate fate, int look, int stops, boolean resumesInside) {
        int length() {
            return body.length + 4;
        }

        boolean passes() {
            return fate == Fate.PASS_AT_HEADER || fate == Fate.PASS_AFTER_LOOK || fate == Fate.INJECT_THEN_PASS;
        }

        boolean isLookedAt() {
            return fate != Fate.PASS_AT_HEADER && fate != Fate.DROP_AT_HEADER;
        }

        int needs() {
            return Math.min(5 + look, 1 + length());
        }
    }

    private final UnpooledByteBufAllocator allocator = new UnpooledByteBufAllocator(false);

    @Property(tries = 1500)
    void anyFragmentationGivesTheSameEventsAndBytes(
            @ForAll("conversations") List<Message> messages, @ForAll Random cuts) {
        Sink sink = new Sink(messages);
        feedInPieces(sink, encode(messages), cuts);

        assertThat(sink.judged).isEqualTo(messages.size());
        assertThat(sink.out.toByteArray()).isEqualTo(expectedBytes(messages));
        assertThat(sink.reader.isStopped()).isFalse();
        assertThat(sink.reader.heldBytes()).isZero();
        assertThat(sink.reader.insidePassingMessage()).isFalse();
        sink.reader.close();
        assertEverythingReleased();
    }

    @Property(tries = 500)
    void aReaderThatIsClosedAnywhereReleasesEverything(
            @ForAll("conversations") List<Message> messages, @ForAll Random cuts) {
        byte[] bytes = encode(messages);
        Sink sink = new Sink(messages);
        sink.closesAt = cuts.nextInt(messages.size() + 1);
        feedInPieces(sink, Arrays.copyOf(bytes, cuts.nextInt(bytes.length + 1)), cuts);
        sink.reader.close();
        sink.reader.feed(allocator.buffer().writeBytes(bytes));
        sink.reader.resume();
        sink.reader.close();

        byte[] got = sink.out.toByteArray();
        assertThat(Arrays.copyOf(expectedBytes(messages), got.length)).isEqualTo(got);
        assertEverythingReleased();
    }

    @Property(tries = 300)
    void anImpossibleLengthIsAViolationAndReleasesEverything(
            @ForAll("conversations") List<Message> messages, @ForAll("shortLengths") int length, @ForAll Random cuts) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        bytes.writeBytes(encode(messages));
        bytes.writeBytes(
                new byte[] {'Q', (byte) (length >> 24), (byte) (length >> 16), (byte) (length >> 8), (byte) length});
        bytes.writeBytes(new byte[100]);
        Sink sink = new Sink(messages);
        assertThatThrownBy(() -> feedInPieces(sink, bytes.toByteArray(), cuts))
                .isInstanceOf(ProtocolViolation.class)
                .hasMessage("invalid length " + length + " of a message of type 'Q'");
        assertEverythingReleased();
    }

    @Property(tries = 300)
    void randomBytesNeverHangOrLeak(@ForAll byte[] garbage, @ForAll Random cuts) {
        Sink sink = new Sink(List.of());
        try {
            feedInPieces(sink, garbage, cuts);
        } catch (ProtocolViolation expected) {
            assertThat(expected).hasMessageContaining("invalid length");
        }
        sink.reader.close();
        assertEverythingReleased();
    }

    @Provide
    Arbitrary<List<Message>> conversations() {
        return Combinators.combine(
                        Arbitraries.integers().between('A', 'z').map(Integer::byteValue),
                        Arbitraries.bytes().array(byte[].class).ofMinSize(0).ofMaxSize(60),
                        Arbitraries.of(Fate.class),
                        Arbitraries.integers().between(0, 70),
                        Arbitraries.integers().between(0, 2),
                        Arbitraries.of(true, false))
                .as(Message::new)
                .list()
                .ofMaxSize(25);
    }

    @Provide
    Arbitrary<Integer> shortLengths() {
        return Arbitraries.oneOf(
                Arbitraries.integers().between(Integer.MIN_VALUE, 3), Arbitraries.of(-1, 0, 3, Integer.MIN_VALUE));
    }

    private void feedInPieces(Sink sink, byte[] bytes, Random cuts) {
        int at = 0;
        boolean fine = cuts.nextBoolean();
        while (at < bytes.length) {
            int size = Math.min(bytes.length - at, fine ? 1 + cuts.nextInt(7) : cuts.nextInt(200));
            sink.reader.feed(allocator.buffer().writeBytes(bytes, at, size));
            at += size;
            if (sink.reader.isStopped() && cuts.nextBoolean()) {
                sink.reader.resume();
            }
        }
        while (sink.reader.isStopped() && !sink.isClosed()) {
            sink.reader.resume();
        }
    }

    private static byte[] encode(List<Message> messages) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        messages.forEach(message -> out.writeBytes(encode(message)));
        return out.toByteArray();
    }

    private static byte[] encode(Message message) {
        byte[] bytes = new byte[5 + message.body().length];
        bytes[0] = message.tag();
        bytes[4] = (byte) message.length();
        System.arraycopy(message.body(), 0, bytes, 5, message.body().length);
        return bytes;
    }

    private static byte[] expectedBytes(List<Message> messages) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (Message message : messages) {
            if (message.fate() == Fate.INJECT_THEN_PASS || message.fate() == Fate.INJECT_THEN_DROP) {
                out.writeBytes(Sink.INJECTED);
            }
            if (message.passes()) {
                out.writeBytes(encode(message));
            }
        }
        return out.toByteArray();
    }

    private void assertEverythingReleased() {
        assertThat(allocator.metric().usedHeapMemory()).isZero();
        assertThat(allocator.metric().usedDirectMemory()).isZero();
    }

    /** Judges messages as their {@link Fate} says, and checks that each is offered as the contract promises. */
    private static final class Sink implements FrameSink {
        static final byte[] INJECTED = {'!', '!', '!'};

        final FrameReader reader = new FrameReader(this);
        final ByteArrayOutputStream out = new ByteArrayOutputStream();
        private final List<Message> messages;
        private final List<byte[]> looks = new ArrayList<>();
        int judged;
        int closesAt = Integer.MAX_VALUE;
        private int stopsSoFar;

        Sink(List<Message> messages) {
            this.messages = messages;
        }

        boolean isClosed() {
            return judged >= closesAt;
        }

        @Override
        public int header(byte tag, int length) {
            @Nullable Message message = judged < messages.size() ? messages.get(judged) : null;
            if (message == null) {
                return DROP;
            }
            assertThat(tag).isEqualTo(message.tag());
            assertThat(length).isEqualTo(message.length());
            return switch (message.fate()) {
                case PASS_AT_HEADER -> judged(PASS);
                case DROP_AT_HEADER -> judged(DROP);
                default -> message.needs();
            };
        }

        @Override
        public int message(byte tag, int length, ByteBuf in, int body, int available) {
            Message message = messages.get(judged);
            assertThat(message.isLookedAt()).isTrue();
            assertThat(available).isBetween(message.needs() - 5, message.body().length);
            byte[] seen = ByteBufUtil.getBytes(in, body, available);
            assertThat(Arrays.copyOf(message.body(), available)).isEqualTo(seen);
            if (stopsSoFar < message.stops()) {
                stopsSoFar++;
                if (message.resumesInside()) {
                    reader.resume();
                }
                return STOP;
            }
            stopsSoFar = 0;
            looks.add(seen);
            if (message.fate() == Fate.INJECT_THEN_PASS || message.fate() == Fate.INJECT_THEN_DROP) {
                reader.cutRun();
                out.writeBytes(INJECTED);
            }
            return judged(message.passes() ? PASS : DROP);
        }

        private int judged(int verdict) {
            judged++;
            if (isClosed()) {
                reader.close();
            }
            return verdict;
        }

        @Override
        public void run(ByteBuf run) {
            assertThat(run.isReadable()).as("a run has bytes").isTrue();
            out.writeBytes(ByteBufUtil.getBytes(run));
            run.release();
        }
    }
}
