package io.trunkline.proxy.session;

import io.trunkline.config.PgpoolConfig;

/** The session that asks for one of Trunkline's own commands. Its event loop only. */
public interface Asker {
    String user();

    /** The node that it reads from, chosen now if it was not; -1 if there is none. */
    int readNode();

    /** The configuration as it holds for the session, with what it has set itself. */
    PgpoolConfig config();

    /** What the session has set itself, to be changed. */
    OwnSettings ownSettings();
}
