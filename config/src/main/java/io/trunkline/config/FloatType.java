package io.trunkline.config;

import java.math.BigDecimal;

/** A number with a fraction, between two bounds. */
final class FloatType implements ValueType<Double> {
    private final double min;
    private final double max;

    private FloatType(double min, double max) {
        this.min = min;
        this.max = max;
    }

    static FloatType between(double min, double max) {
        return new FloatType(min, max);
    }

    @Override
    public Double parse(String text) throws InvalidValueException {
        double value;
        try {
            value = new BigDecimal(text.strip()).doubleValue();
        } catch (NumberFormatException e) {
            throw new InvalidValueException("\"" + text + "\" is not a number; allowed is " + allowed());
        }
        if (!(value >= min && value <= max)) {
            throw new InvalidValueException(text.strip() + " is out of bounds; allowed is " + allowed());
        }
        return value == 0 ? 0.0 : value;
    }

    @Override
    public String show(Double value) {
        BigDecimal exact = BigDecimal.valueOf(value).stripTrailingZeros();
        return Math.abs(exact.scale()) > 12 ? exact.toString() : exact.toPlainString();
    }

    @Override
    public String kind() {
        return "number";
    }

    @Override
    public String allowed() {
        return "a number, " + bounds();
    }

    @Override
    public String bounds() {
        return show(min) + " to " + show(max);
    }

    @Override
    public boolean isOff(Double value) {
        return value == 0;
    }
}
