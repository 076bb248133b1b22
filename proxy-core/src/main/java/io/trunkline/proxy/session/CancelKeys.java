package io.trunkline.proxy.session;

import java.security.MessageDigest;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;

/**
 * The keys that Trunkline has issued, by the number that stands for a process id. A cancel request names both; who
 * knows only one reaches nobody. Safe for any thread.
 */
public final class CancelKeys {
    private record Issued(byte[] key, Consumer<Runnable> cancel) {}

    private final Map<Integer, Issued> issued = new ConcurrentHashMap<>();
    private final AtomicInteger last = new AtomicInteger();

    /** A number that no open session has: positive, growing, from 1 again after the largest. */
    int nextNumber() {
        int number;
        do {
            number = last.updateAndGet(n -> n == Integer.MAX_VALUE ? 1 : n + 1);
        } while (issued.containsKey(number));
        return number;
    }

    /** The number that was given last. */
    public int last() {
        return last.get();
    }

    /** Goes on after a number that another process has given last. */
    public void after(int number) {
        last.set(number);
    }

    /** @param cancel cancels what the session executes, and runs what it is given when that has been carried out */
    void register(ClientIdentity identity, Consumer<Runnable> cancel) {
        issued.put(identity.number(), new Issued(identity.cancelKey(), cancel));
    }

    void forget(ClientIdentity identity) {
        issued.remove(identity.number());
    }

    /** @return whether there is such a session; its cancellation has been asked for then */
    boolean cancel(int number, byte[] key, Runnable ended) {
        Issued session = issued.get(number);
        if (session == null || !MessageDigest.isEqual(session.key(), key)) {
            return false;
        }
        session.cancel().accept(ended);
        return true;
    }
}
