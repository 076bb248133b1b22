package io.trunkline.pcp.layout;

import java.util.List;

/**
 * A table of texts.
 *
 * @param rows each with one text a column
 */
public record Table(List<String> columns, List<List<String>> rows) {
    public Table {
        columns = List.copyOf(columns);
        rows = List.copyOf(rows);
    }
}
