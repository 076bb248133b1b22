package io.trunkline.proxy.process;

import io.trunkline.pool.Transport;

/**
 * Loads what takes a server long and does not depend on its configuration, on another processor while command line and
 * configuration are read. What fails here fails again, and is told, where it is needed.
 */
public final class HeadStart {
    private HeadStart() {}

    public static void begin() {
        Thread thread = new Thread(Transport::load, "head start");
        thread.setDaemon(true);
        thread.start();
    }
}
