package io.trunkline.pcp;

import java.util.concurrent.CompletableFuture;

/**
 * Something that is being done with a node.
 *
 * @param accepted completes at once: whether it has been refused
 * @param done completes when it is over, or has been refused
 */
public record NodeWork(CompletableFuture<AdminOutcome> accepted, CompletableFuture<AdminOutcome> done) {}
