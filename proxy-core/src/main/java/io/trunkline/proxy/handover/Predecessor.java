package io.trunkline.proxy.handover;

import io.trunkline.failover.ClusterView;
import io.trunkline.pcp.StopMode;
import io.trunkline.proxy.ProxyServer;
import io.trunkline.proxy.cluster.SessionsOnNodes;
import java.util.concurrent.CompletableFuture;
import java.util.function.IntConsumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The process from which this one has taken over, and which finishes its sessions; with those of processes before it that
 * do the same. {@link Successor} is the other end.
 */
public final class Predecessor implements HandoverLink.Peer, SessionsOnNodes {
    private static final Logger log = LoggerFactory.getLogger(Predecessor.class);

    private final HandoverLink link;
    private final ProxyServer proxy;
    private volatile boolean over;

    public Predecessor(HandoverLink link, ProxyServer proxy) {
        this.link = link;
        this.proxy = proxy;
    }

    /** The process before this one has so many clients, and may have no more. */
    public void begin(int sessions) {
        proxy.slots().elsewhere(sessions);
        proxy.sessions().before(this);
    }

    /** Whether it has ended. */
    public boolean isOver() {
        return over;
    }

    /** It is to end, too. */
    public void stop(StopMode mode) {
        link.tell("stop " + mode.name());
    }

    // ---- what it says

    @Override
    public void told(String text) {
        String[] words = text.split(" ", 3);
        switch (words[0]) {
            case "sessions" -> proxy.slots().elsewhere(Integer.parseInt(words[1]));
            case "failed" ->
                proxy.nodeEvents().unreachable(Integer.parseInt(words[1]), words.length > 2 ? words[2] : "");
            case "shutdown" -> proxy.nodeEvents().shutDown(Integer.parseInt(words[1]));
            default -> throw new IllegalArgumentException("nothing that is known: " + words[0]);
        }
    }

    @Override
    public CompletableFuture<String> asked(String text) {
        return CompletableFuture.failedFuture(new IllegalArgumentException("nothing that is known"));
    }

    @Override
    public void ended() {
        over = true;
        proxy.sessions().before(null);
        proxy.slots().elsewhere(0);
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
