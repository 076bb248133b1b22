package io.trunkline.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.IntUnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What a {@link FrameReader} hands on, read by read. */
class FrameReaderTest {
    private final List<ByteBuf> runs = new ArrayList<>();
    private final List<ByteBuf> handedOn = new ArrayList<>();
    private IntUnaryOperator headerVerdict = tag -> FrameSink.PASS;
    private int messageVerdict = FrameSink.PASS;
    private boolean settlesForLess;

    private final FrameReader reader = new FrameReader(new FrameSink() {
        @Override
        public int header(byte tag, int length) {
            return headerVerdict.applyAsInt(tag);
        }

        @Override
        public int message(byte tag, int length, ByteBuf in, int body, int available) {
            return messageVerdict;
        }

        @Override
        public boolean settlesForLess() {
            return settlesForLess;
        }

        @Override
        public void run(ByteBuf run) {
            runs.add(run);
        }
    });

    @AfterEach
    void everythingIsReleased() {
        reader.close();
        assertThat(handedOn).allMatch(run -> run.refCnt() == 0);
    }

    @Test
    void aReadThatPassesWholeIsHandedOnAsTheSameBuffer() {
        ByteBuf read = Unpooled.copiedBuffer("D\0\0\0\u0005xC\0\0\0\u0004", StandardCharsets.ISO_8859_1);
        reader.feed(read);
        assertThat(runs).singleElement().isSameAs(read);
        assertThat(read.refCnt()).isOne();
        read.release();
    }

    @Test
    void aMessageThatIsWaitedForTakesNoMoreMemoryThanHasCome() {
        headerVerdict = tag -> 1 << 24;
        UnpooledByteBufAllocator allocator = new UnpooledByteBufAllocator(true, true);
        reader.feed(allocator.buffer(10).writeByte('Q').writeInt((1 << 24) - 1).writeZero(5));
        reader.feed(allocator.buffer(5000).writeZero(5000));
        assertThat(allocator.metric().usedDirectMemory()).isBetween(5010L, 16_384L);
        assertThat(runs).isEmpty();
    }

    @Test
    void aMessageThatIsWaitedForIsOfferedAgainOnceItsSinkSettlesForLess() {
        int[] needed = {100_000};
        headerVerdict = tag -> needed[0];
        reader.feed(Unpooled.buffer().writeByte('Q').writeInt(99_999).writeZero(3000));
        needed[0] = 5;
        settlesForLess = true;
        reader.feed(Unpooled.buffer().writeZero(1000));
        assertThat(runs).isEmpty();
        reader.feed(Unpooled.buffer().writeZero(1000));
        assertThat(runs.stream().mapToInt(ByteBuf::readableBytes).sum()).isEqualTo(5005);
        runs.forEach(ByteBuf::release);
    }

    @Test
    void whatIsPutBackComesBeforeWhatIsUnread() {
        headerVerdict = tag -> tag == 'w' ? 9 : FrameSink.PASS;
        messageVerdict = FrameSink.STOP;
        reader.feed(bytes("w\0\0\0\u0008wait"));
        reader.feed(bytes("n\0\0\0\u0005x"));
        assertThat(reader.putBack(bytes("b\0\0\0\u0005y"))).isTrue();
        assertThat(texts()).isEmpty();
        messageVerdict = FrameSink.PASS;
        reader.resume();
        assertThat(String.join("", texts())).isEqualTo("b\0\0\0\u0005yw\0\0\0\u0008waitn\0\0\0\u0005x");
    }

    @Test
    void whatIsPutBackComesBeforeTheBeginningOfAMessage() {
        reader.feed(bytes("n\0\0"));
        assertThat(reader.putBack(bytes("b\0\0\0\u0005y"))).isTrue();
        assertThat(reader.isStopped()).isTrue();
        reader.feed(bytes("\0\u0005x"));
        reader.resume();
        assertThat(String.join("", texts())).isEqualTo("b\0\0\0\u0005yn\0\0\0\u0005x");
    }

    @Test
    void nothingIsPutBackInTheMiddleOfAMessageThatHasBegunToPass() {
        reader.feed(bytes("n\0\0\0\u0008xy"));
        ByteBuf more = bytes("b\0\0\0\u0005y");
        assertThat(reader.putBack(more)).isFalse();
        assertThat(more.refCnt()).isZero();
        assertThat(reader.isStopped()).isFalse();
        assertThat(texts()).containsExactly("n\0\0\0\u0008xy");
    }

    @Test
    void partOfAPassingMessageLeavesAtOnce() {
        ByteBuf read = bytes("D\0\0\0\u000fabc");
        reader.feed(read);
        assertThat(texts()).containsExactly("D\0\0\0\u000fabc");
        assertThat(reader.insidePassingMessage()).isTrue();
        reader.feed(bytes("defghijk"));
        assertThat(reader.insidePassingMessage()).isFalse();
        assertThat(texts()).containsExactly("defghijk");
    }

    @Test
    void aDroppedMessageSplitsTheRun() {
        headerVerdict = tag -> tag == 'S' ? FrameSink.DROP : FrameSink.PASS;
        reader.feed(bytes("D\0\0\0\u0004S\0\0\0\u0006xxC\0\0\0\u0004S\0\0\0\u0006xx"));
        assertThat(texts()).containsExactly("D\0\0\0\u0004", "C\0\0\0\u0004");
    }

    @Test
    void aDroppedMessageThatIsCutIsNoPassingMessage() {
        headerVerdict = tag -> FrameSink.DROP;
        reader.feed(bytes("S\0\0\0\u0064xx"));
        assertThat(reader.insidePassingMessage()).isFalse();
        assertThat(texts()).isEmpty();
    }

    @Test
    void aLargestMessagePassesWithoutABufferOfItsSize() {
        reader.feed(bytes("D\177\377\377\377"));
        assertThat(reader.insidePassingMessage()).isTrue();
        assertThat(texts()).hasSize(1);
    }

    @Test
    void bytesReadWhileStoppedAreHeldInOrder() {
        headerVerdict = tag -> tag == 'X' ? 5 : FrameSink.PASS;
        messageVerdict = FrameSink.STOP;
        reader.feed(bytes("A\0\0\0\u0004X\0\0\0\u0005"));
        assertThat(texts()).containsExactly("A\0\0\0\u0004");
        assertThat(reader.isStopped()).isTrue();
        reader.feed(bytes("1B\0\0\0\u0004"));
        assertThat(reader.heldBytes()).isEqualTo(11);
        messageVerdict = FrameSink.PASS;
        reader.resume();
        assertThat(reader.isStopped()).isFalse();
        assertThat(texts()).containsExactly("X\0\0\0\u00051B\0\0\0\u0004");
    }

    @Test
    void resumingWithoutHavingStoppedDoesNothing() {
        reader.resume();
        reader.feed(bytes("A\0\0\0\u0004"));
        reader.resume();
        assertThat(texts()).containsExactly("A\0\0\0\u0004");
    }

    @Test
    void anEmptyReadIsReleased() {
        ByteBuf empty = Unpooled.buffer(8);
        reader.feed(empty);
        assertThat(empty.refCnt()).isZero();
        assertThat(runs).isEmpty();
    }

    @Test
    void whatComesBehindTheStopCanBeTakenOverByAnotherReader() {
        headerVerdict = tag -> tag == 'Z' ? 5 : FrameSink.PASS;
        messageVerdict = FrameSink.STOP;
        reader.feed(bytes("Z\0\0\0\u0004A\0"));
        ByteBuf unread = Objects.requireNonNull(reader.takeUnread());
        assertThat(unread.toString(StandardCharsets.ISO_8859_1)).isEqualTo("Z\0\0\0\u0004A\0");
        unread.release();
        assertThat(reader.takeUnread()).isNull();
    }

    @Test
    void aCutHeaderCanBeTakenOverByAnotherReader() {
        reader.feed(bytes("A\0\0\0\u0004B\0"));
        assertThat(texts()).containsExactly("A\0\0\0\u0004");
        ByteBuf unread = Objects.requireNonNull(reader.takeUnread());
        assertThat(unread.toString(StandardCharsets.ISO_8859_1)).isEqualTo("B\0");
        unread.release();
    }

    private static ByteBuf bytes(String latin1) {
        return Unpooled.copiedBuffer(latin1, StandardCharsets.ISO_8859_1);
    }

    /** The runs since the last call; releases them. */
    private List<String> texts() {
        List<String> texts = new ArrayList<>();
        for (ByteBuf run : runs) {
            texts.add(new String(ByteBufUtil.getBytes(run), StandardCharsets.ISO_8859_1));
            run.release();
        }
        handedOn.addAll(runs);
        runs.clear();
        return texts;
    }
}
