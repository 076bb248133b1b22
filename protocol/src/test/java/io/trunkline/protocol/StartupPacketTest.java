package io.trunkline.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.util.Map;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class StartupPacketTest {
    @Property(tries = 300)
    void aStartupMessageIsReadAsItWasWritten(
            @ForAll("parameters") Map<String, String> parameters, @ForAll @IntRange(max = 9) int minor) {
        StartupPacket.Startup startup = new StartupPacket.Startup(ProtocolVersion.V3_0 | minor, parameters);
        ByteBuf out = Unpooled.buffer();
        startup.encode(out);
        assertThat(out.readInt()).isEqualTo(out.readableBytes() + 4);
        StartupPacket read = StartupPacket.decode(out);
        assertThat(read).isEqualTo(startup);
        assertThat(((StartupPacket.Startup) read).parameters().keySet()).containsExactlyElementsOf(parameters.keySet());
        assertThat(out.isReadable()).isFalse();
    }

    @Provide
    Arbitrary<Map<String, String>> parameters() {
        Arbitrary<String> text = Arbitraries.strings()
                .excludeChars('\0')
                .ofMaxLength(20)
                .filter(s -> s.codePoints().noneMatch(c -> c >= 0xD800 && c <= 0xDFFF));
        return Arbitraries.maps(text.filter(name -> !name.isEmpty()), text).ofMaxSize(6);
    }

    @Test
    void theRequestsForEncryptionAreTold() {
        assertThat(StartupPacket.decode(hex("04d2162f"))).isEqualTo(new StartupPacket.Ssl());
        assertThat(StartupPacket.decode(hex("04d21630"))).isEqualTo(new StartupPacket.Gssenc());
    }

    @Property(tries = 100)
    void aCancelKeyOfUpTo256BytesIsRead(@ForAll int pid, @ForAll @Size(min = 4, max = 256) byte[] key) {
        ByteBuf out = Unpooled.buffer();
        FrontendMessages.cancelRequest(out, pid, key);
        assertThat(out.readInt()).isEqualTo(out.readableBytes() + 4);
        StartupPacket.Cancel cancel = (StartupPacket.Cancel) StartupPacket.decode(out);
        assertThat(cancel.pid()).isEqualTo(pid);
        assertThat(cancel.key()).isEqualTo(key);
    }

    @ParameterizedTest
    @CsvSource({
        "0003, startup packet is too short",
        "04d2162e, invalid length of a cancel request",
        "04d2162e00000001, invalid length of a cancel request",
        "04d2162e00000001000000, invalid length of a cancel request",
        "00030000, string without a terminator",
        "0003000075736572, string without a terminator",
        "000300007573657200, string without a terminator",
        "00030000757365720061, string without a terminator",
        "000300007573657200610000ff, invalid startup packet layout: expected terminator as last byte",
    })
    void aMalformedPacketIsAViolation(String bytes, String message) {
        assertThatThrownBy(() -> StartupPacket.decode(hex(bytes)))
                .isInstanceOf(ProtocolViolation.class)
                .hasMessage(message);
    }

    @Test
    void aKeyOf257BytesIsAViolation() {
        ByteBuf packet = Unpooled.buffer()
                .writeInt(ProtocolVersion.CANCEL_REQUEST)
                .writeInt(1)
                .writeZero(257);
        assertThatThrownBy(() -> StartupPacket.decode(packet)).isInstanceOf(ProtocolViolation.class);
    }

    @Test
    void ofAnotherMajorVersionOnlyTheNumberIsRead() {
        StartupPacket.Startup read = (StartupPacket.Startup) StartupPacket.decode(hex("00020000ffffff"));
        assertThat(ProtocolVersion.text(read.protocol())).isEqualTo("2.0");
        assertThat(read.parameters()).isEmpty();
    }

    @Property(tries = 1000)
    void randomBytesAreReadOrAViolation(@ForAll @Size(max = 300) byte[] garbage) {
        try {
            assertThat(StartupPacket.decode(Unpooled.wrappedBuffer(garbage))).isNotNull();
        } catch (ProtocolViolation violation) {
            assertThat(violation.getMessage()).isNotEmpty();
        }
    }

    private static ByteBuf hex(String bytes) {
        return Unpooled.wrappedBuffer(ByteBufUtil.decodeHexDump(bytes));
    }
}
