package io.trunkline.config;

import java.time.Duration;
import java.time.temporal.ChronoUnit;

/** A time span, between two bounds given in its base unit. */
final class DurationType implements ValueType<Duration> {
    private final Quantity.Unit base;
    private final long min;
    private final long max;

    private DurationType(Quantity.Unit base, long min, long max) {
        this.base = base;
        this.min = min;
        this.max = max;
    }

    static DurationType milliseconds(int min, int max) {
        return new DurationType(Quantity.MILLISECOND, min, max);
    }

    static DurationType seconds(int min, long max) {
        return new DurationType(Quantity.SECOND, min, max);
    }

    static DurationType minutes(int min, int max) {
        return new DurationType(Quantity.MINUTE, min, max);
    }

    @Override
    public Duration parse(String text) throws InvalidValueException {
        long value;
        try {
            value = Quantity.parse(text, base, Quantity.TIME);
        } catch (InvalidValueException e) {
            throw new InvalidValueException(e.reason() + "; allowed is " + allowed());
        }
        if (value < min || value > max) {
            throw new InvalidValueException(text.strip() + " is out of bounds; allowed is " + allowed());
        }
        return Duration.of(value, chronoUnit());
    }

    private ChronoUnit chronoUnit() {
        if (base == Quantity.MILLISECOND) {
            return ChronoUnit.MILLIS;
        }
        return base == Quantity.SECOND ? ChronoUnit.SECONDS : ChronoUnit.MINUTES;
    }

    private long inBaseUnit(Duration value) {
        if (base == Quantity.MILLISECOND) {
            return value.toMillis();
        }
        return base == Quantity.SECOND ? value.toSeconds() : value.toMinutes();
    }

    @Override
    public String show(Duration value) {
        return Quantity.show(inBaseUnit(value), base, Quantity.TIME);
    }

    @Override
    public String showElement(Duration value) {
        return Long.toString(inBaseUnit(value));
    }

    @Override
    public String kind() {
        return "duration (" + base.name() + ")";
    }

    @Override
    public String allowed() {
        return "a time, " + bounds() + ", in " + base.name() + " or with a unit (us, ms, s, min, h, d)";
    }

    @Override
    public String bounds() {
        return max >= Integer.MAX_VALUE ? min + " or more" : min + " to " + max;
    }

    @Override
    public boolean isOff(Duration value) {
        return value.isZero();
    }
}
