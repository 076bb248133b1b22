package io.trunkline.proxy;

import io.trunkline.failover.ClusterView;
import io.trunkline.proxy.cluster.SessionsOnNodes;
import io.trunkline.proxy.session.LoopServices;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.IntConsumer;

/** The sessions of all event loops. */
record LoopSessions(Collection<LoopServices> loops) implements SessionsOnNodes {
    @Override
    public void clusterChanged(ClusterView view) {
        loops.forEach(LoopServices::clusterChanged);
    }

    @Override
    public void countBusy(int node, IntConsumer answer) {
        List<CompletableFuture<Integer>> counts =
                loops.stream().map(loop -> loop.busySessions(node)).toList();
        CompletableFuture.allOf(counts.toArray(CompletableFuture[]::new))
                .thenRun(() -> answer.accept(
                        counts.stream().mapToInt(CompletableFuture::join).sum()));
    }

    @Override
    public void endTransactions(int node) {
        loops.forEach(loop -> loop.endTransactions(node));
    }

    @Override
    public void closeIdle(int node) {
        loops.forEach(loop -> loop.closeIdle(node));
    }
}
