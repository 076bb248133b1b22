package io.trunkline.pcp;

/**
 * What came of something that an administrator has asked for.
 *
 * @param done false if it was refused or has failed, or goes on for longer than one waits for it
 * @param text a sentence that says so
 */
public record AdminOutcome(boolean done, String text) {}
