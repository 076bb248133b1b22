package io.trunkline.proxy.handover;

import io.trunkline.failover.ClusterView;
import io.trunkline.failover.NodeView;
import io.trunkline.pcp.StopMode;
import io.trunkline.pool.NodeAddress;
import io.trunkline.pool.PermitSource;
import io.trunkline.pool.Permits;
import io.trunkline.proxy.ProxyServer;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * The process that has taken over, as the one that only finishes its sessions sees it: it says what becomes of the cluster,
 * and hears what sessions here see of nodes, and how many there are.
 *
 * <pre>
 *   &lt;-  cluster VIEW | end-transactions NODE | close-idle NODE | room NODE | stop MODE
 *   &lt;-  busy? NODE                              -> number of sessions
 *   &lt;-> cancel NUMBER KEY                       ({@link CancelRequests})
 *   ->  permit NODE OWNER SHARED                -> granted or refused: one more backend, of a user and database
 *   ->  held NODE OWNER CHANGE                  backends that are open
 *   ->  sessions NUMBER | stop MODE | failed NODE WHY | shutdown NODE
 * </pre>
 */
public final class Successor {
    private static final long COUNT_MILLIS = 100;

    static final String GRANTED = "granted";

    private final HandoverLink link;
    private final ProxyServer proxy;
    private final List<NodeAddress> nodes;
    private final Consumer<StopMode> stop;
    private final CancelRequests cancels;
    private int told = -1;

    /** Permits for backends are its to give. */
    private final PermitSource permits = new PermitSource() {
        @Override
        public CompletableFuture<Boolean> acquire(Permits one, boolean shared) {
            return link.ask("permit " + one.node() + " " + one.owner() + " " + shared)
                    .thenApply(GRANTED::equals);
        }

        @Override
        public void release(Permits back) {
            tellHeld(back, -back.number());
        }
    };

    /** @param stop is told when this process, too, is to end */
    public Successor(HandoverLink link, ProxyServer proxy, Consumer<StopMode> stop) {
        this.link = link;
        this.proxy = proxy;
        this.stop = stop;
        this.cancels = new CancelRequests(link, proxy.cancelKeys());
        this.nodes = proxy.cluster().nodes().stream().map(NodeView::address).toList();
    }

    /** Tells it which backends are open, before it takes over. */
    public void handOverLimits() {
        proxy.pool().sharedLimits().handOver(permits).forEach(held -> tellHeld(held, held.number()));
    }

    private void tellHeld(Permits permits, int change) {
        link.tell("held " + permits.node() + " " + permits.owner() + " " + change);
    }

    /** It has taken over. */
    public void begin() {
        proxy.cancelKeys().after(cancels);
        proxy.clusterSource()
                .tell((node, why, byServer) -> link.tell(
                        byServer ? "shutdown " + node : "failed " + node + " " + why.replaceAll("\\s+", " ")));
        proxy.background().scheduleAtFixedRate(this::look, COUNT_MILLIS, COUNT_MILLIS, TimeUnit.MILLISECONDS);
    }

    /** How many clients are here, for the one that is about to take over. */
    public static int sessions(ProxyServer proxy) {
        return proxy.clients() + proxy.halfOpenClients().total() + proxy.slots().elsewhere();
    }

    private void look() {
        proxy.pool().sharedLimits().askForMissing();
        int now = sessions(proxy);
        if (now != told && link.isOpen()) {
            told = now;
            link.tell("sessions " + now);
        }
    }

    public void told(String text) {
        int end = text.indexOf(' ');
        String what = text.substring(0, end);
        String rest = text.substring(end + 1);
        switch (what) {
            case "cluster" -> {
                ClusterView view = ClusterText.decode(rest, nodes);
                proxy.clusterSource().follow(view);
                proxy.sessions().clusterChanged(view);
            }
            case "end-transactions" -> proxy.sessions().endTransactions(Integer.parseInt(rest));
            case "close-idle" -> proxy.sessions().closeIdle(Integer.parseInt(rest));
            case "room" -> proxy.pool().sharedLimits().roomAsked(Integer.parseInt(rest));
            case "stop" -> stop.accept(StopMode.valueOf(rest));
            default -> throw new IllegalArgumentException("nothing that is known: " + what);
        }
    }

    public CompletableFuture<String> asked(String text) {
        if (text.startsWith("busy? ")) {
            CompletableFuture<String> count = new CompletableFuture<>();
            proxy.sessions()
                    .countBusy(Integer.parseInt(text.substring(6)), number -> count.complete(Integer.toString(number)));
            return count;
        }
        return CancelRequests.isOne(text)
                ? cancels.answer(text)
                : CompletableFuture.failedFuture(new IllegalArgumentException("nothing that is known"));
    }
}
