package io.trunkline.cli;

/** How {@code trunkline route} prints. */
enum RouteFormat {
    /** Columns of even width. */
    TEXT,
    /** Columns separated by tabs. */
    TSV,
    /** A JSON object on each line. */
    JSON
}
