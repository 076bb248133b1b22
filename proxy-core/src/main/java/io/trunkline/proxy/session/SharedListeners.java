package io.trunkline.proxy.session;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.ToIntFunction;

/**
 * The {@link SharedListener}s of the process: one for each database whose clients listen in sessions that share backends,
 * and for each encoding that they want texts in. Any thread.
 */
public final class SharedListeners {
    /** @param encoding client_encoding of those who listen */
    record Key(String database, String encoding) {}

    private final Map<Key, SharedListener> listeners = new ConcurrentHashMap<>();

    /**
     * Has a session listen on a channel; the first one lends its event loop and its login for that.
     *
     * @param loop that of the session
     */
    void subscribe(
            LoopServices loop, Key key, SessionLogin login, SharedListener.Subscriber subscriber, String channel) {
        listeners
                .computeIfAbsent(key, first -> new SharedListener(this, key, loop, login))
                .subscribe(subscriber, channel);
    }

    void over(Key key, SharedListener listener) {
        listeners.remove(key, listener);
    }

    /** The view of the cluster has changed, as {@code loop} sees it. */
    void clusterChanged(LoopServices loop) {
        listeners.values().forEach(listener -> listener.clusterChanged(loop));
    }

    /** Backends that listen. */
    public int backends() {
        return sum(listener -> listener.isConnected() ? 1 : 0);
    }

    /** Channels that are listened on, each counted once for a database and encoding. */
    public int channels() {
        return sum(SharedListener::channelCount);
    }

    private int sum(ToIntFunction<SharedListener> what) {
        return listeners.values().stream().mapToInt(what).sum();
    }
}
