package io.trunkline.pcp.layout;

import io.trunkline.config.CompatVersion;
import io.trunkline.pcp.StatementFacts;
import java.util.List;

/** SHOW POOL_BACKEND_STATS. */
public final class StatementLayout {
    private static final List<String> COLUMNS = NodeLayout.columnsWith(
            "select_cnt",
            "insert_cnt",
            "update_cnt",
            "delete_cnt",
            "ddl_cnt",
            "other_cnt",
            "panic_cnt",
            "fatal_cnt",
            "error_cnt");

    private final NodeLayout nodes;

    public StatementLayout(CompatVersion version) {
        this.nodes = new NodeLayout(version);
    }

    public Table show(List<StatementFacts> statements) {
        return new Table(
                COLUMNS,
                statements.stream()
                        .filter(facts -> facts.node().isUsed())
                        .map(this::row)
                        .toList());
    }

    private List<String> row(StatementFacts statements) {
        return nodes.rowWith(
                statements.node(),
                Texts.number(statements.selects()),
                Texts.number(statements.inserts()),
                Texts.number(statements.updates()),
                Texts.number(statements.deletes()),
                Texts.number(statements.ddl()),
                Texts.number(statements.other()),
                Texts.number(statements.panics()),
                Texts.number(statements.fatals()),
                Texts.number(statements.errors()));
    }
}
