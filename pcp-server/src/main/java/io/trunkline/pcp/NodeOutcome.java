package io.trunkline.pcp;

/**
 * What came of a {@link NodeAction}.
 *
 * @param done false if it was refused or has failed, or goes on for longer than one waits for it
 * @param text a sentence that says so
 */
public record NodeOutcome(boolean done, String text) {}
