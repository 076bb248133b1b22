package io.trunkline.config;

/** What this version makes of a parameter. */
public enum BuildState {
    /** It works. */
    BUILT,
    /** Its feature is not there yet: accepted and checked, and a warning says so where it is used. */
    NOT_BUILT,
    /** It tunes the process model of Pgpool-II, which Trunkline does without: accepted, no effect, none needed. */
    NOT_NEEDED
}
