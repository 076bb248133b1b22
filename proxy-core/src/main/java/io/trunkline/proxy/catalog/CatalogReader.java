package io.trunkline.proxy.catalog;

import io.trunkline.config.RoutingParameters.RelationCacheTarget;
import io.trunkline.pool.StartupKey;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** How a catalog puts its questions to a database: with the rights of one session, and without its knowing. */
public interface CatalogReader {
    /** How a question ended. Exactly one of the two is called, once, on any thread, maybe before the question returns. */
    interface Answer {
        /** @param rows values as texts, null for SQL's null */
        void rows(List<List<@Nullable String>> rows);

        /** @param why for the log */
        void failed(String why);
    }

    /** As whom, in which database and with which settings of the start it asks. */
    StartupKey key();

    /**
     * Runs a query string on any node that is up. Never blocks; answers or fails within seconds.
     *
     * @param first the node that is tried before the others
     */
    void ask(String sql, RelationCacheTarget first, Answer answer);
}
