package io.trunkline.failover;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class WalPositionTest {
    @Property
    void aPositionIsReadAsItIsWritten(@ForAll long position) {
        assertThat(WalPosition.parse(WalPosition.text(position))).hasValue(position);
    }

    @Property
    void onlyPositionsAreRead(@ForAll String text) {
        assertThat(WalPosition.parse(text).isPresent()).isEqualTo(text.matches("[0-9A-Fa-f]{1,8}/[0-9A-Fa-f]{1,8}"));
    }

    @ParameterizedTest
    @CsvSource({"16/B374D848, 97500059720", "0/0, 0", "FFFFFFFF/FFFFFFFF, -1", "0/80000000, 2147483648"})
    void aPositionHasTwoHalves(String text, long position) {
        assertThat(WalPosition.of(text)).isEqualTo(position);
        assertThat(WalPosition.text(position)).isEqualTo(text);
    }

    @ParameterizedTest
    @CsvSource({"garbage", "/1", "1/", "1/xyz", "-1/0", "123456789/0", "1/2/3"})
    void whatIsNoPositionIsNotRead(String text) {
        assertThat(WalPosition.parse(text)).isEmpty();
        assertThat(WalPosition.parse(null)).isEmpty();
        assertThatThrownBy(() -> WalPosition.of(text))
                .isInstanceOf(NumberFormatException.class)
                .hasMessageContaining(text);
    }
}
