package io.trunkline.proxy.session;

import io.trunkline.proxy.route.Plan;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** Answers the SQL commands that are Trunkline's own. Called on the event loop of the asker: must not block. */
public interface LocalCommands {
    /** The columns that the answer will have; none if it is no table, or an error. Carries out nothing. */
    List<String> columns(Plan command, Asker asker);

    /**
     * Carries a command out.
     *
     * @param command an {@link Plan.Effect#LOCAL}, by its {@code name}
     * @return completes with the answer, on any thread
     */
    CompletableFuture<LocalResult> answer(Plan command, Asker asker);
}
