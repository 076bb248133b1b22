package io.trunkline.config;

/** A size in bytes, between two bounds; a number without a unit is in the base unit. */
final class SizeType implements ValueType<Long> {
    private final Quantity.Unit base;
    private final long min;
    private final long max;

    private SizeType(Quantity.Unit base, long min, long max) {
        this.base = base;
        this.min = min;
        this.max = max;
    }

    static SizeType bytes(long min, long max) {
        return new SizeType(Quantity.BYTE, min, max);
    }

    static SizeType kilobytes(long min, long max) {
        return new SizeType(Quantity.KILOBYTE, min, max);
    }

    @Override
    public Long parse(String text) throws InvalidValueException {
        long value;
        try {
            value = Quantity.parse(text, base, Quantity.MEMORY);
        } catch (InvalidValueException e) {
            throw new InvalidValueException(e.reason() + "; allowed is " + allowed());
        }
        if (value < min || value > max) {
            throw new InvalidValueException(text.strip() + " is out of bounds; allowed is " + allowed());
        }
        return value * base.size();
    }

    @Override
    public String show(Long value) {
        return Quantity.show(value / base.size(), base, Quantity.MEMORY);
    }

    @Override
    public String showElement(Long value) {
        return Long.toString(value / base.size());
    }

    @Override
    public String kind() {
        return "size (" + base.name() + ")";
    }

    @Override
    public String allowed() {
        String range =
                max >= Integer.MAX_VALUE / base.size() ? shown(min) + " or more" : shown(min) + " to " + shown(max);
        return "a size, " + range + ", in " + base.name() + " or with a unit (B, kB, MB, GB, TB)";
    }

    @Override
    public String bounds() {
        return max >= Integer.MAX_VALUE / base.size() ? shown(min) + " or more" : shown(min) + " to " + shown(max);
    }

    private String shown(long value) {
        return Quantity.show(value, base, Quantity.MEMORY);
    }

    @Override
    public boolean isOff(Long value) {
        return value == 0;
    }
}
