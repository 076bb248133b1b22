package io.trunkline.pcp;

import java.time.Instant;

/**
 * Something that has become of the cluster.
 *
 * @param node -1 if it is of the cluster as a whole
 * @param event a few words, such as {@code down} or {@code primary}
 * @param reason whose word led to it; empty if not known
 */
public record EventFacts(Instant at, int node, String event, String reason) {}
