package io.trunkline.pcp;

/**
 * How many statements of each kind a node was sent since the start, also those that failed or were rolled back, and how
 * many errors it has answered with.
 *
 * @param other settings, transaction control, PREPARE, EXPLAIN and the like
 * @param ddl everything that is none of the others
 */
public record StatementFacts(
        NodeFacts node,
        long selects,
        long inserts,
        long updates,
        long deletes,
        long ddl,
        long other,
        long panics,
        long fatals,
        long errors) {}
