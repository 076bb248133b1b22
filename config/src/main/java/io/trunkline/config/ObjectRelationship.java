package io.trunkline.config;

/**
 * One pair of {@code dml_adaptive_object_relationship_list}: after a write to {@code object}, reads of
 * {@code dependent} go to the primary until the transaction ends. A function is written with {@code ()} at its end.
 *
 * @param object a table or function
 * @param dependent a table or function
 */
public record ObjectRelationship(String object, String dependent) {}
