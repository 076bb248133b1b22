package io.trunkline.proxy.catalog;

import io.trunkline.config.RoutingParameters.RelationCacheTarget;
import io.trunkline.pool.StartupKey;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;

/** A reader whose questions wait until a test answers them. */
final class ScriptedReader implements CatalogReader {
    static final StartupKey KEY = StartupKey.of(Map.of("user", "u", "database", "d"));

    /** A question that waits for its answer. */
    record Question(String sql, RelationCacheTarget first, Answer answer) {
        void answer(Rows rows) {
            answer.rows(rows.all());
        }

        void fail(String why) {
            answer.failed(why);
        }
    }

    private final StartupKey key;
    private final Deque<Question> waiting = new ArrayDeque<>();
    private int asked;

    ScriptedReader() {
        this(KEY);
    }

    ScriptedReader(StartupKey key) {
        this.key = key;
    }

    @Override
    public StartupKey key() {
        return key;
    }

    @Override
    public void ask(String sql, RelationCacheTarget first, Answer answer) {
        asked++;
        waiting.add(new Question(sql, first, answer));
    }

    /** How many questions there have been in all. */
    int asked() {
        return asked;
    }

    /** The oldest question that is not answered. */
    Question next() {
        return waiting.remove();
    }

    /** All that are not answered, oldest first. */
    List<Question> rest() {
        List<Question> rest = new ArrayList<>(waiting);
        waiting.clear();
        return rest;
    }
}
