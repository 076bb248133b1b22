package io.trunkline.config;

/** How online recovery makes a node a standby; {@code recovery_mode}. */
public enum RecoveryMode {
    /** As Pgpool-II does: functions on the primary call scripts in its data directory. */
    COMMANDS,
    /** With PostgreSQL's own programs, for a data directory on this host. */
    BUILTIN
}
