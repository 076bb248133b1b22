package io.trunkline.pool;

import io.netty.channel.EventLoop;
import io.trunkline.protocol.SqlState;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The part of the pool that belongs to one event loop: its idle backends ({@link IdleBackends}), and what is done to
 * a backend between two sessions. All methods are for that loop unless they say otherwise.
 *
 * <pre>
 *   lend:       idle backend with the key?  -> lent; after a reset, if it is used and the borrower wants it as new
 *               permit free?                -> open one -> lent
 *               limit reached, some idle?   -> evict one that is in the way; its permit goes to whoever waits first
 *               else                        -> wait in order of arrival, until client_wait_timeout
 *   giveBack:   not clean or not to be kept -> close
 *               else reset, and then as with
 *   share:      who waits first can use it? -> lent, moved to that one's event loop if need be;
 *               can use its permit? -> close; else idle
 * </pre>
 */
public final class PoolShard {
    /** How much longer who waits on another event loop must have waited to be served first. */
    private static final long PATIENCE_NANOS = TimeUnit.MILLISECONDS.toNanos(50);

    /** How often those who wait are looked after. */
    private static final int LOOK_MILLIS = 100;

    private final BackendPool pool;
    private final EventLoop loop;
    private final IdleBackends idle = new IdleBackends();

    /** Generation of the last {@link #discard}: backends lent before it, and concerned, are closed when they come back. */
    private final List<Discard> discards = new ArrayList<>();

    private final NodeCounts lentCounts = new NodeCounts();

    private final Openings openings = new Openings(this::openNow);
    private final IdleHolder holderOfIdle = new IdleHolder() {
        @Override
        public void lost(BackendConnection backend, String why) {
            closeBackend(backend);
        }
    };

    /** A look at those who wait is due. */
    private boolean looksAfterWaiting;

    /** @param node -1 = any */
    private record Discard(IdleFilter which, int node, long atNanos) {
        boolean concerns(BackendConnection backend) {
            return (node < 0 || node == backend.node())
                    && which.matches(backend.key().startup());
        }
    }

    PoolShard(BackendPool pool, EventLoop loop) {
        this.pool = pool;
        this.loop = loop;
        loop.scheduleAtFixedRate(this::closeExpired, 1, 1, TimeUnit.SECONDS);
    }

    /** Asks for a backend. The outcome may be told before this method returns. */
    public LendRequest lend(NodeAddress address, Borrower borrower, BackendHolder holder, LendRequest.Outcome outcome) {
        PoolKey key = new PoolKey(address.node(), borrower.startup());
        LendRequest request = new LendRequest(this, address, key, borrower, holder, outcome);
        BackendConnection cached = idle.take(address.node(), borrower);
        if (cached != null) {
            lendTo(request, cached);
        } else if (pool.limits().tryAcquire(request)) {
            open(request);
        } else {
            await(request);
        }
        return request;
    }

    /**
     * An idle backend that can be used as it is, for a borrower that takes used ones; null if it has to be asked for.
     * What {@link #lend} would do first, but for next to nothing.
     */
    public @Nullable BackendConnection lendIdle(int node, Borrower borrower, BackendHolder holder) {
        BackendConnection cached = idle.take(node, borrower);
        if (cached != null) {
            lentCounts.add(node, 1);
            cached.heldBy(holder);
        }
        return cached;
    }

    /**
     * Takes a backend back between two transactions of a session that knows what it leaves on it: the next one to get it
     * takes used ones, or it is reset.
     */
    public void share(BackendConnection backend) {
        lentCounts.add(backend.node(), -1);
        if (!backend.isOpen() || !backend.isClean() || backend.admission() == Admission.RELAYED) {
            closeBackend(backend);
            return;
        }
        backend.heldBy(holderOfIdle);
        backend.setReading(true);
        if (backend.hasCancels()) {
            backend.afterCancels(() -> shareNow(backend));
        } else {
            shareNow(backend);
        }
    }

    private void shareNow(BackendConnection backend) {
        if (backend.isCancelInDoubt()) {
            closeOnce(backend);
        } else if (backend.isOpen()) {
            free(backend);
        }
    }

    /** Takes a backend back when its session is over or needs it no more. */
    public void giveBack(BackendConnection backend) {
        lentCounts.add(backend.node(), -1);
        PoolSettings settings = pool.settings();
        boolean keep = backend.isOpen()
                && backend.replies().isEmpty()
                && !backend.replies().isDoubtful()
                && !backend.isInsideReply()
                && backend.admission() != Admission.RELAYED
                && settings.caches(backend.key().startup())
                && (settings.maxSessions() == 0 || backend.sessionsServed() < settings.maxSessions());
        if (!keep) {
            closeBackend(backend);
            return;
        }
        ResetHolder reset = new ResetHolder(this::parked, this::closeBackend);
        backend.heldBy(reset);
        backend.setReading(true);
        backend.afterCancels(() -> {
            if (!backend.isOpen()) {
                return;
            }
            if (backend.isCancelInDoubt() || isDiscarded(backend)) {
                closeBackend(backend);
            } else if (backend.isUsed()) {
                reset.begin(backend, settings.resetQueries());
            } else {
                parked(backend);
            }
        });
    }

    /** A backend that was lent has broken; its permit is free again. */
    public void lost(BackendConnection backend) {
        lentCounts.add(backend.node(), -1);
        closeBackend(backend);
    }

    /** Idle backends of this shard. Any thread, approximate. */
    public int idleCount() {
        return idle.count();
    }

    /** The idle backends of this shard, in no order. */
    public List<BackendConnection> idle() {
        return idle.all();
    }

    /** Idle backends of a node. Any thread, approximate. */
    public int idleCount(int node) {
        return idle.count(node);
    }

    /** Lent backends of this shard. Any thread, approximate. */
    public int lentCount() {
        return lentCounts.total();
    }

    /** Lent backends of a node. Any thread, approximate. */
    public int lentCount(int node) {
        return lentCounts.of(node);
    }

    /**
     * A node is out of service: closes its idle backends, and the lent ones when they come back. Whoever waits for one of
     * them is told by others.
     */
    public void leave(int node) {
        discard(new Discard(IdleFilter.ALL, node, System.nanoTime()));
    }

    void withdrawn(LendRequest request) {
        pool.limits().forget(request);
        if (openings.forget(request)) {
            release(request);
        }
    }

    private void release(LendRequest request) {
        pool.limits().release(request.key);
        pool.serveWaiting(request.key.node());
    }

    /** Closes the idle backends that are concerned now, and the lent ones when they come back. Any thread. */
    void discard(IdleFilter which) {
        if (loop.inEventLoop()) {
            discard(new Discard(which, -1, System.nanoTime()));
        } else {
            loop.execute(() -> discard(which));
        }
    }

    private void discard(Discard discard) {
        discards.add(discard);
        if (discards.size() > 64) {
            // one that stands for many: whatever was lent until now is not kept
            discards.clear();
            discards.add(new Discard(IdleFilter.ALL, -1, System.nanoTime()));
        }
        closeIdle(discard::concerns);
    }

    /** Lets go of one idle backend of the node, of one user and database or of any, if somebody waits. Any thread. */
    void evictOneLater(int node, StartupKey.@Nullable Owner only) {
        loop.execute(() -> {
            BackendConnection fitting = pool.limits().isQuiet() ? null : idle.waitedFor(node, pool.limits());
            if (fitting != null) {
                idle.remove(fitting);
                free(fitting);
            } else if (pool.limits().waiting(node) > 0) {
                evictOldest(node, only);
            }
        });
    }

    /** Closes one idle backend of the node, for who waits in another process. Any thread. */
    void closeOneLater(int node) {
        loop.execute(() -> evictOldest(node, null));
    }

    /** The permit for {@code request} has been taken. Any thread. */
    void openGranted(LendRequest request) {
        if (loop.inEventLoop()) {
            if (request.isOver()) {
                release(request);
            } else {
                open(request);
            }
        } else {
            loop.execute(() -> openGranted(request));
        }
    }

    private void await(LendRequest request) {
        int node = request.key.node();
        request.waitingSinceNanos = loop.ticker().nanoTime();
        request.queued(true);
        pool.limits().await(request);
        // idle on another event loop, or not to be lent to this request, a backend of the same user is in the way too
        StartupKey.Owner only =
                pool.limits().isFull(request) ? request.key.startup().owner() : null;
        // not where all is taken: who gives a permit back sees to the queue, and to walk it for each arrival takes too
        // long
        if (only == null && !pool.limits().isFull(node)) {
            pool.serveWaiting(node);
        } else if (!evictOldest(node, only)) {
            pool.makeRoom(this, node, only);
        }
        pool.sharedLimits().askForMissing();
        lookAfterWaiting();
    }

    /** Sees to those who wait too long, as long as anyone waits. A timer for each would cost more than what it guards. */
    private void lookAfterWaiting() {
        if (!looksAfterWaiting && !pool.limits().isQuiet()) {
            looksAfterWaiting = true;
            loop.schedule(
                    () -> {
                        looksAfterWaiting = false;
                        PoolSettings settings = pool.settings();
                        long now = loop.ticker().nanoTime();
                        if (settings.noticeMillis() > 0) {
                            pool.limits()
                                    .waitingLonger(this, now, settings.noticeMillis())
                                    .forEach(LendRequest::tellWaiting);
                        }
                        if (settings.waitMillis() > 0) {
                            pool.limits()
                                    .waitingLonger(this, now, settings.waitMillis())
                                    .forEach(this::timedOut);
                        }
                        lookAfterWaiting();
                    },
                    LOOK_MILLIS,
                    TimeUnit.MILLISECONDS);
        }
    }

    private void timedOut(LendRequest request) {
        if (!request.isOver()) {
            pool.limits().forget(request);
            request.refused(
                    SqlState.TOO_MANY_CONNECTIONS,
                    "no connection to " + request.address + " came free for " + request.key.startup()
                            + " within client_wait_timeout");
        }
    }

    private void open(LendRequest request) {
        request.queued(false);
        openings.begin(request);
    }

    private void openNow(LendRequest request) {
        int node = request.key.node();
        Borrower borrower = request.borrower;
        Admission ifChallenged = borrower.admissionIfChallenged();
        pool.opener()
                .open(
                        loop,
                        request.address,
                        request.key.startup(),
                        borrower.applicationName(),
                        borrower.logins().get(),
                        ifChallenged == Admission.PROVING ? Admission.VERIFIED : ifChallenged,
                        request.holder,
                        backend -> {
                            openings.ended(node);
                            pool.profiles().learn(backend);
                            lentCounts.add(backend.node(), 1);
                            if (request.isOver()) {
                                giveBack(backend);
                            } else {
                                handOver(request, backend);
                            }
                        },
                        failure -> {
                            openings.ended(node);
                            release(request);
                            if (!request.isOver()) {
                                request.refused(failure);
                            }
                        });
    }

    private void lendTo(LendRequest request, BackendConnection backend) {
        lentCounts.add(backend.node(), 1);
        if (backend.isUsed() && !request.borrower.takesUsed()) {
            ResetHolder reset = new ResetHolder(
                    clean -> {
                        clean.wasReset();
                        if (request.isOver()) {
                            lentCounts.add(clean.node(), -1);
                            free(clean);
                        } else {
                            handOver(request, clean);
                        }
                    },
                    unusable -> {
                        lost(unusable);
                        if (!request.isOver()) {
                            lendAgain(request);
                        }
                    });
            backend.heldBy(reset);
            reset.begin(backend, pool.settings().resetQueries());
        } else {
            handOver(request, backend);
        }
    }

    private void handOver(LendRequest request, BackendConnection backend) {
        if (!request.borrower.takesUsed()) {
            backend.countSession();
        }
        backend.heldBy(request.holder);
        request.lent(backend);
    }

    /** The backend that a request was to get has broken. */
    private void lendAgain(LendRequest request) {
        BackendConnection cached = idle.take(request.key.node(), request.borrower);
        if (cached != null) {
            lendTo(request, cached);
        } else if (pool.limits().tryAcquire(request)) {
            open(request);
        } else {
            await(request);
        }
    }

    /** A backend has been reset. */
    private void parked(BackendConnection backend) {
        backend.wasReset();
        free(backend);
    }

    /** Nobody uses a backend any more: it is for whoever waits, or idle. */
    private void free(BackendConnection backend) {
        if (!discards.isEmpty() && isDiscarded(backend)) {
            closeBackend(backend);
            return;
        }
        LendRequest first =
                pool.limits().isQuiet() ? null : pool.limits().firstServedBy(backend.key(), this, PATIENCE_NANOS);
        if (first != null) {
            if (!first.key.equals(backend.key()) || !IdleBackends.mayBeLent(backend, first.borrower)) {
                // it has another key, or needs a login of its own: it can use the permit
                closeBackend(backend);
            } else if (first.shard == this) {
                pool.limits().forget(first);
                lendTo(first, backend);
            } else if (pool.limits().claim(first)) {
                moveTo(first, backend);
            } else {
                free(backend);
            }
            return;
        }
        backend.idleSince(System.nanoTime());
        idle.add(backend);
    }

    /** Hands a backend that nobody uses to another event loop, for a request that waits there and is claimed for it. */
    private void moveTo(LendRequest request, BackendConnection backend) {
        backend.heldBy(holderOfIdle);
        // not at once: it may be the end of its own replies that has brought us here
        loop.execute(() -> backend.leave().addListener(left -> {
            try {
                request.shard.loop.execute(() -> request.shard.comes(backend, request));
            } catch (RejectedExecutionException ended) {
                // so has the request; of a backend that is on no loop nobody else knows
                closeOnce(backend);
            }
        }));
    }

    /** A backend comes from another event loop. */
    private void comes(BackendConnection backend, LendRequest request) {
        backend.enter(loop, holderOfIdle).addListener(entered -> {
            boolean usable = entered.isSuccess() && backend.isOpen() && backend.isClean();
            if (usable && !request.isOver()) {
                lendTo(request, backend);
            } else if (usable) {
                free(backend);
            } else {
                closeOnce(backend);
                if (!request.isOver()) {
                    lendAgain(request);
                }
            }
        });
    }

    private boolean evictOldest(int node, StartupKey.@Nullable Owner only) {
        BackendConnection oldest = idle.oldest(node, only);
        if (oldest == null) {
            return false;
        }
        idle.remove(oldest);
        closeBackend(oldest);
        return true;
    }

    /** Closes a backend unless its end has been noticed already, and its permit given back. */
    private void closeOnce(BackendConnection backend) {
        if (!backend.isClosed()) {
            closeBackend(backend);
        }
    }

    private void closeBackend(BackendConnection backend) {
        idle.remove(backend);
        backend.close();
        pool.limits().release(backend.key());
        pool.serveWaiting(backend.node());
    }

    private void closeExpired() {
        long idleMillis = pool.settings().idleMillis();
        if (idleMillis > 0) {
            long limit = System.nanoTime() - TimeUnit.MILLISECONDS.toNanos(idleMillis);
            closeIdle(backend -> backend.idleSinceNanos() - limit < 0);
        }
        idle.tidy();
    }

    private void closeIdle(Predicate<BackendConnection> which) {
        idle.matching(which).forEach(this::closeBackend);
    }

    private boolean isDiscarded(BackendConnection backend) {
        for (int i = 0; i < discards.size(); i++) {
            Discard discard = discards.get(i);
            if (backend.openedAtNanos() - discard.atNanos() < 0 && discard.concerns(backend)) {
                return true;
            }
        }
        return false;
    }
}
