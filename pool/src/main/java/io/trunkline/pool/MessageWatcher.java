package io.trunkline.pool;

/** Is told of the messages of a backend, such as for a log. Event loop only. */
@FunctionalInterface
public interface MessageWatcher {
    /**
     * A message has come, whatever becomes of it. What came before it has gone to the holder.
     *
     * @param tag its first byte
     */
    void received(BackendConnection backend, byte tag);
}
