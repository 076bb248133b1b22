package io.trunkline.config;

/**
 * The releases of Pgpool-II that Trunkline can pass for, oldest first: what administrators and their programs get to see
 * differs between them. Each stands for one minor release of it, whose number SHOW POOL_VERSION shows.
 */
public enum CompatVersion {
    V4_1("4.1", "4.1.17", "karasukiboshi"),
    V4_2("4.2", "4.2.20", "chichiriboshi"),
    V4_3("4.3", "4.3.5", "tamahomeboshi"),
    V4_4("4.4", "4.4.10", "nurikoboshi"),
    V4_5("4.5", "4.5.5", "hotooriboshi"),
    V4_6("4.6", "4.6.0", "chirikoboshi"),
    V4_7("4.7", "4.7.2", "tasukiboshi");

    private final String release;
    private final String number;
    private final String codename;

    CompatVersion(String release, String number, String codename) {
        this.release = release;
        this.number = number;
        this.codename = codename;
    }

    /** As it is written in pgpool.conf, such as {@code 4.3}. */
    public String release() {
        return release;
    }

    /** With the minor release, such as {@code 4.3.5}. */
    public String number() {
        return number;
    }

    public String codename() {
        return codename;
    }

    /** Number and name as Pgpool-II prints them, such as {@code 4.3.5 (tamahomeboshi)}. */
    public String fullText() {
        return number + " (" + codename + ")";
    }

    /** Whether this is {@code other} or newer. */
    public boolean isAtLeast(CompatVersion other) {
        return compareTo(other) >= 0;
    }
}
