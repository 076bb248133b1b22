package io.trunkline.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.trunkline.localcluster.LocalNode;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/** What clients were told of the rows that they wrote, to be held against what is there afterwards. */
final class Ledger {
    /** Without a key: a row that is written twice has to be seen. */
    static final String TABLE = "CREATE TABLE entries (id bigint); GRANT ALL ON entries TO app";

    private final AtomicLong ids = new AtomicLong();
    private final Set<Long> acknowledged = ConcurrentHashMap.newKeySet();
    private final Set<Long> refused = ConcurrentHashMap.newKeySet();
    private final Set<Long> unknown = ConcurrentHashMap.newKeySet();

    long nextId() {
        return ids.incrementAndGet();
    }

    /** The client was told that the row is committed. */
    void acknowledged(long id) {
        acknowledged.add(id);
    }

    /** The client was told that it is not. */
    void refused(long id) {
        refused.add(id);
    }

    /** The client was told that nobody knows. */
    void unknown(long id) {
        unknown.add(id);
    }

    int acknowledged() {
        return acknowledged.size();
    }

    int unknown() {
        return unknown.size();
    }

    /** Nothing acknowledged is missing on this node, nothing refused is there, and nothing is there twice. */
    void check(LocalNode node) {
        List<Long> rows = node.query(Cluster.USER, "SELECT id FROM entries").stream()
                .map(row -> Long.valueOf(Objects.requireNonNull(row.get(0))))
                .toList();
        assertThat(rows).as("rows that are there twice").doesNotHaveDuplicates();
        Set<Long> missing = new HashSet<>(acknowledged);
        rows.forEach(missing::remove);
        assertThat(missing).as("acknowledged, and not there").isEmpty();
        assertThat(rows)
                .as("refused, and there")
                .doesNotContainAnyElementsOf(refused.isEmpty() ? Set.of(-1L) : refused);
        Set<Long> strangers = new HashSet<>(rows);
        strangers.removeAll(acknowledged);
        strangers.removeAll(unknown);
        assertThat(strangers).as("there, and nobody was told").isEmpty();
    }
}
