package io.trunkline.proxy.session;

import java.security.MessageDigest;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The keys that Trunkline has issued, by the number that stands for a process id. A cancel request names both; who
 * knows only one reaches nobody. Safe for any thread.
 */
public final class CancelKeys {
    /** Another process that clients take for this one, since a restart. */
    public interface Elsewhere {
        /** Whether the process, or one that it knows and this one does not, has such a session; when it is cancelled. */
        CompletableFuture<Boolean> cancel(int number, byte[] key);
    }

    /** A process that does not answer holds up the client who has asked, who can only wait. */
    private static final long ELSEWHERE_SECONDS = 10;

    private record Issued(byte[] key, Consumer<Runnable> cancel) {}

    private final Map<Integer, Issued> issued = new ConcurrentHashMap<>();
    private final AtomicInteger last = new AtomicInteger();
    private volatile @Nullable Elsewhere before;
    private volatile @Nullable Elsewhere after;

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
    public void continueAfter(int number) {
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
    public boolean cancel(int number, byte[] key, Runnable ended) {
        Issued session = issued.get(number);
        if (session == null || !MessageDigest.isEqual(session.key(), key)) {
            return false;
        }
        session.cancel().accept(ended);
        return true;
    }

    /** There is a process that this one has replaced; null when it has ended. */
    public void before(@Nullable Elsewhere process) {
        before = process;
    }

    /** There is a process that has replaced this one. */
    public void after(Elsewhere process) {
        after = process;
    }

    /**
     * Asks the other processes for a session that is none of this one.
     *
     * @param from the one that has asked this one; null if it was a client
     */
    public CompletableFuture<Boolean> cancelElsewhere(int number, byte[] key, @Nullable Elsewhere from) {
        Elsewhere older = before;
        Elsewhere newer = after;
        return ask(older == from ? null : older, number, key)
                .thenCompose(found -> found
                        ? CompletableFuture.completedFuture(true)
                        : ask(newer == from ? null : newer, number, key));
    }

    private static CompletableFuture<Boolean> ask(@Nullable Elsewhere process, int number, byte[] key) {
        return process == null
                ? CompletableFuture.completedFuture(false)
                : process.cancel(number, key)
                        .exceptionally(gone -> false)
                        .completeOnTimeout(false, ELSEWHERE_SECONDS, TimeUnit.SECONDS);
    }
}
