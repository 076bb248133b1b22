package io.trunkline.config;

import java.util.List;

/** A whole number without a unit, between two bounds. */
final class IntegerType implements ValueType<Integer> {
    private final int min;
    private final int max;
    private final boolean zeroToo;
    private final boolean octal;

    private IntegerType(int min, int max, boolean zeroToo, boolean octal) {
        this.min = min;
        this.max = max;
        this.zeroToo = zeroToo;
        this.octal = octal;
    }

    static IntegerType between(int min, int max) {
        return new IntegerType(min, max, false, false);
    }

    /** Zero for "unset", else within the bounds. */
    static IntegerType zeroOrBetween(int min, int max) {
        return new IntegerType(min, max, true, false);
    }

    /** Permission bits, shown in octal; to be octal in the file they begin with 0 as everywhere. */
    static IntegerType permissions() {
        return new IntegerType(0, 0777, false, true);
    }

    @Override
    public Integer parse(String text) throws InvalidValueException {
        long value;
        try {
            value = Quantity.parse(text, null, List.of());
        } catch (InvalidValueException e) {
            throw new InvalidValueException(e.reason() + "; allowed is " + allowed());
        }
        boolean inside = value >= min && value <= max || zeroToo && value == 0;
        if (!inside) {
            throw new InvalidValueException(text.strip() + " is out of bounds; allowed is " + allowed());
        }
        return (int) value;
    }

    @Override
    public String show(Integer value) {
        return octal ? String.format("%04o", value) : value.toString();
    }

    @Override
    public String kind() {
        return octal ? "permissions" : "integer";
    }

    @Override
    public String allowed() {
        if (octal) {
            return "an octal number from 0000 to 0777";
        }
        return (zeroToo ? "0, or " : "") + "a whole number, " + range();
    }

    @Override
    public String bounds() {
        return octal ? "0000 to 0777" : (zeroToo ? "0, or " : "") + range();
    }

    private String range() {
        return max == Integer.MAX_VALUE ? min + " or more" : min + " to " + max;
    }

    @Override
    public boolean isOff(Integer value) {
        return value == 0;
    }
}
