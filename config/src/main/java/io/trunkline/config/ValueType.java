package io.trunkline.config;

/**
 * How the values of a parameter are read, bounded and shown. Instances are immutable and safe for any thread.
 *
 * @param <T> the Java type of a value, immutable
 */
public interface ValueType<T> {
    /**
     * Reads a value as it stands in pgpool.conf, quotes removed.
     *
     * @throws InvalidValueException if the text is no such value or out of bounds
     */
    T parse(String text) throws InvalidValueException;

    /** The value as PGPOOL SHOW prints it; {@link #parse} reads it back to an equal value. */
    String show(T value);

    /** As {@link #show}, for one element of an array: a number in the base unit instead of the largest exact unit. */
    default String showElement(T value) {
        return show(value);
    }

    /** The kind of value in a word or two, with the base unit, such as {@code integer} or {@code duration (s)}. */
    String kind();

    /** What is allowed, to end a sentence that begins with "allowed is". */
    String allowed();

    /** The same in a few words, for a column of a table. */
    default String bounds() {
        return allowed();
    }

    /** Whether the value asks for nothing: false, zero or empty. */
    boolean isOff(T value);
}
