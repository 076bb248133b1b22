package io.trunkline.config;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Whole numbers as pgpool.conf writes them: decimal, 0x hexadecimal, 0 octal, a fraction, and a unit after it with or
 * without a blank. A number without a unit is in the base unit of its parameter; one with a unit is converted and
 * rounded to it. Units are case-sensitive.
 */
final class Quantity {
    /** @param size in the smallest unit of its family */
    record Unit(String name, long size) {}

    static final Unit BYTE = new Unit("B", 1);
    static final Unit KILOBYTE = new Unit("kB", 1L << 10);
    static final Unit MILLISECOND = new Unit("ms", 1_000);
    static final Unit SECOND = new Unit("s", 1_000_000);
    static final Unit MINUTE = new Unit("min", 60_000_000);

    static final List<Unit> MEMORY =
            List.of(new Unit("TB", 1L << 40), new Unit("GB", 1L << 30), new Unit("MB", 1L << 20), KILOBYTE, BYTE);
    static final List<Unit> TIME = List.of(
            new Unit("d", 86_400_000_000L),
            new Unit("h", 3_600_000_000L),
            MINUTE,
            SECOND,
            MILLISECOND,
            new Unit("us", 1));

    private static final Pattern SHAPE =
            Pattern.compile("([+-]?)(0[xX][0-9a-fA-F]+|[0-9]*\\.?[0-9]*(?:[eE][+-]?[0-9]{1,3})?)\\s*([A-Za-z]*)");

    /** More digits than this are no number that anybody means; it keeps the arithmetic below cheap. */
    private static final int LONGEST = 40;

    private Quantity() {}

    /**
     * Reads {@code text} to a number in the base unit.
     *
     * @param base the base unit, null where the number has none
     * @param family the units that may be written, empty where none may
     * @throws InvalidValueException if it is no such number, or not zero and yet rounded to zero
     */
    static long parse(String text, @Nullable Unit base, List<Unit> family) throws InvalidValueException {
        Matcher matcher = SHAPE.matcher(text.strip());
        if (text.length() > LONGEST || !matcher.matches() || matcher.group(2).isEmpty()) {
            throw notANumber(text);
        }
        BigDecimal number = number(text, matcher.group(2));
        if (matcher.group(1).equals("-")) {
            number = number.negate();
        }
        String suffix = matcher.group(3);
        if (!suffix.isEmpty()) {
            Unit unit = find(suffix, family)
                    .orElseThrow(() -> new InvalidValueException(
                            family.isEmpty() ? "it takes no unit, found \"" + suffix + "\"" : unknown(suffix, family)));
            number = number.multiply(BigDecimal.valueOf(unit.size));
            if (base != null) {
                number = number.divide(BigDecimal.valueOf(base.size), 6, RoundingMode.HALF_EVEN);
            }
        }
        BigDecimal rounded = number.setScale(0, RoundingMode.HALF_EVEN);
        // Zero mostly means "off" or "without limit", the opposite of a very small value.
        if (rounded.signum() == 0 && number.signum() != 0) {
            throw new InvalidValueException(
                    "\"" + text + "\" is less than the smallest step, 1" + (base == null ? "" : base.name()));
        }
        if (rounded.abs().compareTo(BigDecimal.valueOf(Long.MAX_VALUE)) > 0) {
            throw notANumber(text);
        }
        return rounded.longValueExact();
    }

    private static BigDecimal number(String text, String digits) throws InvalidValueException {
        try {
            if (digits.startsWith("0x") || digits.startsWith("0X")) {
                return BigDecimal.valueOf(Long.parseLong(digits.substring(2), 16));
            }
            if (digits.length() > 1 && digits.startsWith("0") && digits.chars().allMatch(Character::isDigit)) {
                return BigDecimal.valueOf(Long.parseLong(digits, 8));
            }
            return new BigDecimal(digits);
        } catch (NumberFormatException e) {
            throw notANumber(text);
        }
    }

    private static InvalidValueException notANumber(String text) {
        return new InvalidValueException("\"" + text + "\" is not a whole number");
    }

    private static Optional<Unit> find(String name, List<Unit> family) {
        return family.stream().filter(unit -> unit.name.equals(name)).findFirst();
    }

    private static String unknown(String suffix, List<Unit> family) {
        return "\"" + suffix + "\" is not a unit of this parameter; units are "
                + String.join(", ", family.stream().map(Unit::name).toList()) + " (case matters)";
    }

    /** Prints {@code value}, in the base unit, in the largest unit that divides it; zero and less without a unit. */
    static String show(long value, Unit base, List<Unit> family) {
        if (value <= 0) {
            return Long.toString(value);
        }
        for (Unit unit : family) {
            if (unit.size > base.size && value % (unit.size / base.size) == 0) {
                return value / (unit.size / base.size) + unit.name;
            }
        }
        return value + base.name;
    }
}
