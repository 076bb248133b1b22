package io.trunkline.config;

/** Severity of a message, from the least to the most important; the words are PostgreSQL's. */
public enum MessageLevel {
    DEBUG5,
    DEBUG4,
    DEBUG3,
    DEBUG2,
    DEBUG1,
    INFO,
    NOTICE,
    WARNING,
    ERROR,
    LOG,
    FATAL,
    PANIC
}
