package io.trunkline.proxy.admin;

import io.trunkline.config.PgpoolConfig;
import io.trunkline.config.PoolParameters;
import io.trunkline.pcp.ProcessList;
import io.trunkline.pcp.SessionFacts;
import io.trunkline.pcp.SessionFacts.BackendFacts;
import io.trunkline.proxy.session.LoopReport;
import io.trunkline.proxy.session.LoopServices;
import io.trunkline.proxy.session.SessionSlots;
import java.time.Instant;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import java.util.function.IntSupplier;
import java.util.function.Supplier;

/** The sessions as administrators see them, asked of all event loops. Safe for any thread. */
public final class ProcessSource {
    private final Collection<LoopServices> loops;
    private final SessionSlots slots;
    private final Supplier<PgpoolConfig> config;
    private final IntSupplier nodes;
    private final Instant startedAt = Instant.now();

    /** @param nodes how many ids there are */
    public ProcessSource(
            Collection<LoopServices> loops, SessionSlots slots, Supplier<PgpoolConfig> config, IntSupplier nodes) {
        this.loops = loops;
        this.slots = slots;
        this.config = config;
        this.nodes = nodes;
    }

    /** By the number of their places; on any thread. */
    public CompletableFuture<List<SessionFacts>> sessions() {
        return ask(ProcessSource::sessions);
    }

    /** On any thread. */
    public CompletableFuture<ProcessList> processes() {
        return ask(reports -> {
            PgpoolConfig now = config.get();
            List<BackendFacts> idle =
                    reports.stream().flatMap(report -> report.idle().stream()).toList();
            int pools = Math.max(1, now.get(PoolParameters.MAX_POOL));
            return new ProcessList(
                    new ProcessArrangement(slots.sessionCounts(), pools, nodes.getAsInt(), startedAt)
                            .arrange(sessions(reports), idle),
                    pools,
                    nodes.getAsInt(),
                    now.get(PoolParameters.CLIENT_IDLE_LIMIT));
        });
    }

    private static List<SessionFacts> sessions(List<LoopReport> reports) {
        return reports.stream()
                .flatMap(report -> report.sessions().stream())
                .sorted(Comparator.comparingInt(SessionFacts::slot))
                .toList();
    }

    private <T> CompletableFuture<T> ask(Function<List<LoopReport>, T> answer) {
        List<CompletableFuture<LoopReport>> reports =
                loops.stream().map(LoopServices::report).toList();
        return CompletableFuture.allOf(reports.toArray(CompletableFuture[]::new))
                .thenApply(ignored -> answer.apply(
                        reports.stream().map(CompletableFuture::join).toList()));
    }
}
