package io.trunkline.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.LongRange;

class ConfigPropertyTest {
    @Property(tries = 500)
    void anyTextIsReadWithoutAnException(@ForAll String text) {
        ConfigReading reading = PgpoolConfig.parse("x.conf", text);
        assertThat(reading.hasErrors()).isTrue();
        assertThat(reading.diagnostics()).isNotEmpty();
    }

    @Property(tries = 1000)
    void anyValueOfAnyParameterIsTakenOrRefusedAtItsLine(@ForAll("names") String name, @ForAll("values") String value) {
        ConfigReading reading = PgpoolConfig.parse("x.conf", Configs.BACKENDS + name + " = '" + value + "'\n");
        if (reading.hasErrors()) {
            assertThat(reading.diagnostics())
                    .anyMatch(d -> d.severity() == Severity.ERROR
                            && d.location().line() == 5
                            && d.parameter().isPresent());
        } else {
            assertThat(reading.config().orElseThrow().show(name)).isPresent();
        }
    }

    @Property(tries = 1000)
    void whatIsShownReadsBackToTheSameValue(@ForAll("names") String name, @ForAll("values") String value)
            throws Exception {
        ParameterDefinition<?> definition =
                ParameterTable.resolve(name).orElseThrow().definition();
        assertReadsBack(definition.type(), value);
    }

    private static <T> void assertReadsBack(ValueType<T> type, String text) throws Exception {
        T value;
        try {
            value = type.parse(text);
        } catch (InvalidValueException refused) {
            assertThat(refused.reason()).isNotBlank();
            return;
        }
        assertThat(type.parse(type.show(value))).isEqualTo(value);
        assertThat(type.parse(type.showElement(value))).isEqualTo(value);
    }

    @Property
    void sizesAndTimesReadBackFromTheirLargestExactUnit(
            @ForAll @LongRange(min = 1, max = Integer.MAX_VALUE) long number) throws Exception {
        assertThat(Quantity.parse(
                        Quantity.show(number, Quantity.BYTE, Quantity.MEMORY), Quantity.BYTE, Quantity.MEMORY))
                .isEqualTo(number);
        assertThat(Quantity.parse(
                        Quantity.show(number, Quantity.KILOBYTE, Quantity.MEMORY), Quantity.KILOBYTE, Quantity.MEMORY))
                .isEqualTo(number);
        for (Quantity.Unit base : List.of(Quantity.MILLISECOND, Quantity.SECOND, Quantity.MINUTE)) {
            assertThat(Quantity.parse(Quantity.show(number, base, Quantity.TIME), base, Quantity.TIME))
                    .isEqualTo(number);
        }
    }

    @Property
    void aNumberIsTheSameInAnyNotation(@ForAll @IntRange(min = 0, max = 1_000_000) int number) throws Exception {
        ValueType<Integer> type = Types.integer(0, Types.MAX);
        assertThat(type.parse(Integer.toString(number))).isEqualTo(number);
        assertThat(type.parse("0x" + Integer.toHexString(number))).isEqualTo(number);
        assertThat(type.parse("0" + Integer.toOctalString(number))).isEqualTo(number);
        assertThat(type.parse(" " + number + ".0 ")).isEqualTo(number);
    }

    @Property(tries = 300)
    void anyTextInTheOtherFilesIsReadWithoutAnException(@ForAll("fileTexts") String text) throws Exception {
        Path file = Files.createTempFile("trunkline-config", ".txt");
        try {
            Files.writeString(file, text);
            long lines = text.lines().count();
            assertThat(PoolPasswd.read(file).diagnostics().size()).isLessThanOrEqualTo((int) lines);
            assertThat(PcpConf.read(file).diagnostics().size()).isLessThanOrEqualTo((int) lines);
        } finally {
            Files.delete(file);
        }
    }

    @Provide
    Arbitrary<String> names() {
        List<String> names = ParameterTable.all().stream()
                .map(definition -> definition instanceof NodeParameter ? definition.name() + "0" : definition.name())
                .toList();
        return Arbitraries.of(names);
    }

    @Provide
    Arbitrary<String> values() {
        Arbitrary<String> punctuation = Arbitraries.strings()
                .withChars("0123456789.+-xeEkMGTBmsihd ,;:|()[]{}\\^$*?abcprimay")
                .ofMaxLength(20);
        Arbitrary<String> numbers = Arbitraries.integers().map(String::valueOf);
        Arbitrary<String> quantities = Arbitraries.integers()
                .between(0, 100_000)
                .flatMap(number -> Arbitraries.of("", "B", "kB", "MB", "ms", "s", "min", "h")
                        .map(unit -> number + unit));
        Arbitrary<String> words = Arbitraries.of("on", "off", "none", "raw", "stream", "LOCAL1", "a:primary,b:1(0.5)");
        return Arbitraries.oneOf(punctuation, numbers, quantities, words);
    }

    @Provide
    Arbitrary<String> fileTexts() {
        return Arbitraries.strings()
                .withChars("ab:# \t\n\",/0123456789.hostlclmd5trustSCRAM-$")
                .ofMaxLength(200);
    }
}
