package io.trunkline.config;

/**
 * One line {@code name = value} of a configuration file.
 *
 * @param name as written
 * @param value without its quotes
 * @param at the line
 * @param order rising over all files of a configuration, in the order in which lines count
 */
record Setting(String name, String value, SourceLocation at, int order) {
    /** Without the value, which may be a password. */
    @Override
    public String toString() {
        return at + ": " + name;
    }
}
