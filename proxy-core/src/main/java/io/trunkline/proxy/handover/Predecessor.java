package io.trunkline.proxy.handover;

import io.trunkline.failover.ClusterView;
import io.trunkline.pcp.StopMode;
import io.trunkline.pool.Permits;
import io.trunkline.proxy.ProxyServer;
import io.trunkline.proxy.cluster.SessionsOnNodes;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.IntConsumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The process from which this one has taken over, and which finishes its sessions; with those of processes before it that
 * do the same. {@link Successor} is the other end.
 */
public final class Predecessor implements HandoverLink.Peer, SessionsOnNodes {
    private static final Logger log = LoggerFactory.getLogger(Predecessor.class);

    private static final long LOOK_MILLIS = 100;
    private static final long BUSY_SECONDS = 2;

    private final HandoverLink link;
    private final ProxyServer proxy;
    private final CancelRequests cancels;
    private final ScheduledFuture<?> room;
    private volatile Consumer<StopMode> server = mode -> {};
    private boolean over;

    public Predecessor(HandoverLink link, ProxyServer proxy) {
        this.link = link;
        this.proxy = proxy;
        this.cancels = new CancelRequests(link, proxy.cancelKeys());
        this.room = proxy.background()
                .scheduleAtFixedRate(this::askForRoom, LOOK_MILLIS, LOOK_MILLIS, TimeUnit.MILLISECONDS);
    }

    /** @param stop is told what reaches the other process, and is meant for the server, which is this one by then */
    public void stopsWith(Consumer<StopMode> stop) {
        server = stop;
    }

    /** Idle connections of the other process are in the way of sessions that wait here. */
    private void askForRoom() {
        if (!link.isWritable()) {
            // it does not read, and this would be told again and again
            return;
        }
        proxy.pool().sharedLimits().wantingRoom().forEach(node -> link.tell("room " + node));
    }

    /** The process before this one has so many clients, and may have no more. */
    public synchronized void begin(int sessions) {
        if (!over) {
            proxy.slots().elsewhere(sessions);
            proxy.sessions().before(this);
            proxy.cancelKeys().before(cancels);
        }
    }

    /** Whether it has ended. */
    public synchronized boolean isOver() {
        return over;
    }

    /** It is to end, too. */
    public void stop(StopMode mode) {
        link.tell("stop " + mode.name());
    }

    // ---- what it says

    @Override
    public void told(String text) {
        String[] words = text.split(" ");
        switch (words[0]) {
            case "sessions" -> proxy.slots().elsewhere(Integer.parseInt(words[1]));
            case "held" -> proxy.pool().sharedLimits().hold(permits(words, Integer.parseInt(words[3])));
            case "stop" -> server.accept(StopMode.valueOf(words[1]));
            case "failed" -> proxy.nodeEvents().unreachable(Integer.parseInt(words[1]), text.split(" ", 3)[2]);
            case "shutdown" -> proxy.nodeEvents().shutDown(Integer.parseInt(words[1]));
            default -> throw new IllegalArgumentException("nothing that is known: " + words[0]);
        }
    }

    private static Permits permits(String[] words, int number) {
        return new Permits(Integer.parseInt(words[1]), Integer.parseInt(words[2]), number);
    }

    @Override
    public CompletableFuture<String> asked(String text) {
        if (text.startsWith("permit ")) {
            String[] words = text.split(" ");
            return proxy.pool()
                    .sharedLimits()
                    .acquireFor(permits(words, 1), Boolean.parseBoolean(words[3]))
                    .thenApply(granted -> granted ? Successor.GRANTED : "refused");
        }
        return CancelRequests.isOne(text)
                ? cancels.answer(text)
                : CompletableFuture.failedFuture(new IllegalArgumentException("nothing that is known"));
    }

    @Override
    public synchronized void ended() {
        over = true;
        proxy.sessions().before(null);
        proxy.cancelKeys().before(null);
        proxy.slots().elsewhere(0);
        proxy.pool().sharedLimits().forgetHeld();
        room.cancel(false);
        log.info("the process before this one has ended");
    }

    // ---- what becomes of the cluster

    @Override
    public void clusterChanged(ClusterView view) {
        link.tell("cluster " + ClusterText.encode(view));
    }

    @Override
    public void countBusy(int node, IntConsumer answer) {
        link.ask("busy? " + node)
                // one that hangs: who waits for its sessions has a limit for that
                .completeOnTimeout("1", BUSY_SECONDS, TimeUnit.SECONDS)
                .thenApply(Integer::parseInt)
                .exceptionally(gone -> 0)
                .thenAccept(answer::accept);
    }

    @Override
    public void endTransactions(int node) {
        link.tell("end-transactions " + node);
    }

    @Override
    public void closeIdle(int node) {
        link.tell("close-idle " + node);
    }
}
