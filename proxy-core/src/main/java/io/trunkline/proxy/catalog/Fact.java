package io.trunkline.proxy.catalog;

/**
 * What is known of one name. Immutable but for the mark of its use.
 *
 * @see FactCache
 */
final class Fact {
    private final int objections;
    private final String text;
    private final boolean expires;
    private final long expiresAt;
    private final long readAt;
    private final int suspicion;

    /** Written by readers without order: a mark that is lost or late only makes eviction a little less fair. */
    private boolean used;

    private Fact(int objections, String text, boolean expires, long expiresAt, long readAt, int suspicion) {
        this.objections = objections;
        this.text = text;
        this.expires = expires;
        this.expiresAt = expiresAt;
        this.readAt = readAt;
        this.suspicion = suspicion;
    }

    /**
     * @param lifeNanos how long it holds; 0 = without end
     * @param now by the catalog's clock
     * @param suspicion the catalog's count of suspicions when it was asked for
     */
    static Fact of(Finding finding, long lifeNanos, long now, int suspicion) {
        return new Fact(finding.objections(), finding.text(), lifeNanos > 0, now + lifeNanos, now, suspicion);
    }

    /** Bits of {@link Verdict}s. */
    int objections() {
        return objections;
    }

    /** For people. */
    String text() {
        return text;
    }

    boolean canExpire() {
        return expires;
    }

    boolean isExpired(long now) {
        return expires && now - expiresAt >= 0;
    }

    /** How long it was to hold. */
    long lifeNanos() {
        return expires ? expiresAt - readAt : 0;
    }

    long ageNanos(long now) {
        return now - readAt;
    }

    int suspicion() {
        return suspicion;
    }

    void use() {
        if (!used) {
            used = true;
        }
    }

    /** Whether it has been used since the last call. */
    boolean takeUse() {
        boolean was = used;
        used = false;
        return was;
    }
}
