package io.trunkline.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ServerMessageTest {
    @Property(tries = 300)
    void allFieldsSurviveARoundTripInTheirOrder(@ForAll("fields") Map<Character, String> fields) {
        ServerMessage message = new ServerMessage(fields);
        ByteBuf out = Unpooled.buffer();
        message.encodeError(out);
        assertThat(out.readByte()).isEqualTo(BackendTag.ERROR_RESPONSE);
        assertThat(out.readInt()).isEqualTo(out.readableBytes() + 4);
        ServerMessage read = ServerMessage.decode(out);
        assertThat(read).isEqualTo(message);
        assertThat(read.fields().keySet()).containsExactlyElementsOf(fields.keySet());
        assertThat(out.isReadable()).isFalse();
    }

    @Provide
    Arbitrary<Map<Character, String>> fields() {
        Arbitrary<String> values = Arbitraries.strings()
                .excludeChars('\0')
                .ofMaxLength(40)
                .filter(s -> s.codePoints().noneMatch(c -> c >= 0xD800 && c <= 0xDFFF));
        return Arbitraries.maps(Arbitraries.chars().range('A', 'z'), values).ofMaxSize(12);
    }

    @Test
    void theFieldsOfAServersErrorAreTold() {
        ServerMessage message = ServerMessage.decode(
                body(
                        "SFEHLER\0VERROR\0C42P01\0Mno such table\0Dgone\0Hlook elsewhere\0P15\0Fparse_relation.c\0L1381\0RparserOpenTable\0\0"));
        assertThat(message.severity()).isEqualTo("ERROR");
        assertThat(message.sqlState()).isEqualTo("42P01");
        assertThat(message.message()).isEqualTo("no such table");
        assertThat(message.detail()).contains("gone");
        assertThat(message.hint()).contains("look elsewhere");
        assertThat(message.fields()).containsEntry('R', "parserOpenTable").containsEntry('P', "15");
        assertThat(message.isFatal()).isFalse();
        assertThat(message).hasToString("ERROR: no such table (SQLSTATE 42P01)");
    }

    @Test
    void theSeverityOfAnOldServerIsTakenFromTheTranslatedField() {
        assertThat(ServerMessage.decode(body("SFATAL\0C57P01\0Mbye\0\0")).isFatal())
                .isTrue();
        assertThat(ServerMessage.decode(body("SPANIC\0\0")).isFatal()).isTrue();
        assertThat(ServerMessage.decode(body("\0")).isFatal()).isFalse();
    }

    @Test
    void aFatalErrorCanBecomeAnErrorAndTheReverse() {
        ServerMessage fatal =
                ServerMessage.fatal(SqlState.ADMIN_SHUTDOWN, "bye").withHint("come again");
        ServerMessage error = fatal.asError();
        assertThat(error.isFatal()).isFalse();
        assertThat(error.fields())
                .containsEntry('S', "ERROR")
                .containsEntry('V', "ERROR")
                .containsEntry('H', "come again");
        assertThat(error.asFatal()).isEqualTo(fatal);
        assertThat(fatal.asFatal()).isSameAs(fatal);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "S", "SERROR", "SERROR\0", "SERROR\0C", "SERROR\0C1\0M"})
    void aTruncatedMessageIsAViolation(String text) {
        assertThatThrownBy(() -> ServerMessage.decode(body(text))).isInstanceOf(ProtocolViolation.class);
    }

    private static ByteBuf body(String text) {
        return Unpooled.copiedBuffer(text, StandardCharsets.UTF_8);
    }
}
