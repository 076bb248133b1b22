package io.trunkline.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Random;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** The bytes of our own messages, as the manual's "Message Formats" gives them. */
class WireTest {
    @ParameterizedTest(name = "{0}")
    @MethodSource("messages")
    void aMessageHasTheDocumentedBytes(String name, Consumer<ByteBuf> writer, String hex) {
        ByteBuf out = Unpooled.buffer().writeByte(0xee);
        writer.accept(out);
        assertThat(out.readUnsignedByte()).as("what was there before").isEqualTo((short) 0xee);
        assertThat(ByteBufUtil.hexDump(out)).as(name).isEqualTo(hex.replace(" ", ""));
    }

    static List<Arguments> messages() {
        return List.of(
                message("Query", out -> FrontendMessages.query(out, "é"), "51 00000007 c3a9 00"),
                message("Sync", FrontendMessages::sync, "53 00000004"),
                message("Flush", FrontendMessages::flush, "48 00000004"),
                message("Terminate", FrontendMessages::terminate, "58 00000004"),
                message(
                        "Close",
                        out -> FrontendMessages.closeStatement(out, new byte[] {0x73, 0x31}),
                        "43 00000008 53 733100"),
                message(
                        "PasswordMessage",
                        out -> FrontendMessages.authenticationResponse(out, new byte[] {'x', 0}),
                        "70 00000006 7800"),
                message(
                        "CancelRequest",
                        out -> FrontendMessages.cancelRequest(out, 7, new byte[] {1, 2, 3, 4}),
                        "00000010 04d2162e 00000007 01020304"),
                message(
                        "AuthenticationOk",
                        out -> BackendMessages.authentication(out, new byte[4]),
                        "52 00000008 00000000"),
                message(
                        "ParameterStatus",
                        out -> BackendMessages.parameterStatus(out, "a", "b"),
                        "53 00000008 6100 6200"),
                message(
                        "BackendKeyData",
                        out -> BackendMessages.backendKeyData(out, 9, new byte[] {1, 2, 3, 4, 5}),
                        "4b 0000000d 00000009 0102030405"),
                message(
                        "NegotiateProtocolVersion",
                        out -> BackendMessages.negotiateProtocolVersion(out, ProtocolVersion.V3_2, List.of("_pq_.x")),
                        "76 00000013 00030002 00000001 5f70715f2e7800"),
                message("ReadyForQuery", out -> BackendMessages.readyForQuery(out, (byte) 'T'), "5a 00000005 54"),
                message(
                        "CommandComplete",
                        out -> BackendMessages.commandComplete(out, "SHOW"),
                        "43 00000009 53484f5700"),
                message("ParseComplete", out -> BackendMessages.bare(out, BackendTag.PARSE_COMPLETE), "31 00000004"),
                message("ParameterDescription", BackendMessages::noParameters, "74 00000006 0000"),
                message(
                        "RowDescription",
                        out -> BackendMessages.rowDescription(out, List.of("a")),
                        "54 0000001a 0001 6100 00000000 0000 00000019 ffff ffffffff 0000"),
                message(
                        "DataRow",
                        out -> BackendMessages.dataRow(out, List.of("é", "")),
                        "44 00000010 0002 00000002 c3a9 00000000"));
    }

    private static Arguments message(String name, Consumer<ByteBuf> writer, String hex) {
        return Arguments.of(name, writer, hex);
    }

    @Test
    void aStringEndsAtItsTerminator() {
        ByteBuf in = Unpooled.copiedBuffer("ab\0\0c", StandardCharsets.UTF_8);
        assertThat(Wire.readCString(in, StandardCharsets.UTF_8)).isEqualTo("ab");
        assertThat(Wire.readCString(in, StandardCharsets.UTF_8)).isEmpty();
        assertThatThrownBy(() -> Wire.readCString(in, StandardCharsets.UTF_8))
                .isInstanceOf(ProtocolViolation.class)
                .hasMessage("string without a terminator");
    }

    @Test
    void aTerminatorIsLookedForWithinItsBoundsOnly() {
        ByteBuf in = Unpooled.copiedBuffer("ab\0c\0", StandardCharsets.UTF_8);
        assertThat(Wire.terminator(in, 0, 5)).isEqualTo(2);
        assertThat(Wire.terminator(in, 0, 2)).isEqualTo(-1);
        assertThat(Wire.terminator(in, 3, 5)).isEqualTo(4);
        assertThat(Wire.terminator(in, 5, 5)).isEqualTo(-1);
    }

    @Test
    void aTagIsNamedReadably() {
        assertThat(ProtocolViolation.tagName((byte) 'Q')).isEqualTo("'Q'");
        assertThat(ProtocolViolation.tagName((byte) 0)).isEqualTo("0x00");
        assertThat(ProtocolViolation.tagName((byte) 0xff)).isEqualTo("0xff");
    }

    @Test
    void theStatusOfATransactionIsOneOfThree() {
        assertThat("ITE".chars().allMatch(c -> TransactionStatus.isValid((byte) c)))
                .isTrue();
        assertThat(TransactionStatus.isValid((byte) 'X')).isFalse();
    }

    @Test
    void copiesWhateverIsThereOfShortAndLongMessages() {
        byte[] bytes = new byte[300];
        new Random(1).nextBytes(bytes);
        ByteBuf in = Unpooled.directBuffer().writeBytes(bytes);
        for (int length = 0; length < 290; length++) {
            byte[] to = new byte[300];
            Wire.copy(in, 7, to, 3, length);
            byte[] expected = new byte[300];
            System.arraycopy(bytes, 7, expected, 3, length);
            assertThat(to).isEqualTo(expected);
        }
        in.release();
    }
}
