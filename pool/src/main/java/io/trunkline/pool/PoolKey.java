package io.trunkline.pool;

/** Backends with the same key are interchangeable once they are reset: one node, one {@link StartupKey}. */
public record PoolKey(int node, StartupKey startup) {
    @Override
    public String toString() {
        return startup + " on node " + node;
    }
}
