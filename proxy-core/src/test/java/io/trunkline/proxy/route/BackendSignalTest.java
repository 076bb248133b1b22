package io.trunkline.proxy.route;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class BackendSignalTest {
    private static final Plan VOLATILE = Plan.of(Destination.PRIMARY, Rule.VOLATILE_FUNCTION);

    private static Plan in(String sql) {
        ByteBuf text = Unpooled.copiedBuffer(sql, StandardCharsets.UTF_8);
        return BackendSignal.in(VOLATILE, text, 0, text.readableBytes());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '>',
            value = {
                "SELECT pg_terminate_backend(123)            > TERMINATE_BACKEND > 123",
                "select pg_catalog.pg_cancel_backend( 77 );  > CANCEL_BACKEND    > 77",
                "SELECT pg_terminate_backend(5, 1000) AS done> TERMINATE_BACKEND > 5",
                "SELECT * FROM pg_cancel_backend(5::int4) x  > CANCEL_BACKEND    > 5",
                "SELECT pg_cancel_backend($1)                > CANCEL_BACKEND    > $1",
            })
    void oneCallForOneProcessIsRecognised(String sql, Plan.Effect effect, String name) {
        Plan plan = in(sql);
        assertThat(plan.effect()).isEqualTo(effect);
        assertThat(plan.name()).isEqualTo(name);
        assertThat(plan.destination()).isEqualTo(Destination.PRIMARY);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity",
                "SELECT pg_terminate_backend(1), pg_terminate_backend(2)",
                "SELECT pg_cancel_backend(1) FROM t",
                "SELECT pg_cancel_backend(1); DROP TABLE t",
                "SELECT pg_cancel_backend(-1)",
                "SELECT mine.pg_cancel_backend(1)",
                "SELECT pg_sleep(1)"
            })
    void anythingElseIsLeftAlone(String sql) {
        assertThat(in(sql)).isSameAs(VOLATILE);
    }

    @Test
    void aNumberThatIsNoProcessNamesNone() {
        assertThat(BackendSignal.pid(in("SELECT pg_cancel_backend(9999999999)")))
                .isEmpty();
        assertThat(BackendSignal.pid(in("SELECT pg_cancel_backend(0)"))).isEmpty();
        assertThat(BackendSignal.pid(in("SELECT pg_cancel_backend($1)"))).isEmpty();
        assertThat(BackendSignal.pid(VOLATILE)).isEmpty();
    }

    private static OptionalInt bound(ByteBuf bind) {
        return BackendSignal.pid(
                BackendSignal.bound(in("SELECT pg_cancel_backend($1)"), bind, 0, bind.readableBytes()));
    }

    private static ByteBuf bind(int formats, int format, byte[] value) {
        ByteBuf bind = Unpooled.buffer().writeShort(formats);
        for (int i = 0; i < formats; i++) {
            bind.writeShort(format);
        }
        return bind.writeShort(1).writeInt(value.length).writeBytes(value).writeShort(0);
    }

    @Test
    void theParameterIsReadInEitherFormat() {
        byte[] text = "4711".getBytes(StandardCharsets.US_ASCII);
        assertThat(bound(bind(0, 0, text))).hasValue(4711);
        assertThat(bound(bind(1, 0, text))).hasValue(4711);
        assertThat(bound(bind(1, 1, new byte[] {0, 0, 0x12, 0x67}))).hasValue(4711);
        assertThat(bound(bind(1, 1, new byte[] {0x12, 0x67}))).hasValue(4711);
        assertThat(bound(bind(1, 1, new byte[] {0, 0, 0, 0, 0, 0, 0x12, 0x67}))).hasValue(4711);
    }

    @Test
    void aParameterThatIsNoProcessIsLeftToTheServer() {
        assertThat(bound(bind(0, 0, "x".getBytes(StandardCharsets.US_ASCII)))).isEmpty();
        assertThat(bound(bind(1, 1, new byte[] {1, 2, 3}))).isEmpty();
        assertThat(bound(bind(1, 1, new byte[] {-1, 0, 0, 0}))).isEmpty();
        assertThat(bound(Unpooled.buffer().writeShort(0).writeShort(1).writeInt(-1)))
                .isEmpty();
        assertThat(bound(Unpooled.buffer().writeShort(9))).isEmpty();
        assertThat(bound(Unpooled.buffer())).isEmpty();
    }
}
