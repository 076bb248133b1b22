package io.trunkline.proxy.process;

import io.trunkline.pcp.StopMode;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import sun.misc.Signal;

/**
 * What the server does at a signal, as Pgpool-II's users know it: SIGTERM stops smart, SIGINT fast, SIGHUP reloads.
 * SIGQUIT stays the JVM's, which prints its threads. A signal that was ignored when the process began, as a shell does
 * with SIGINT for a command in the background, stays ignored; the control socket is there for that.
 */
final class Signals {
    private static final Logger log = LoggerFactory.getLogger(Signals.class);

    private Signals() {}

    /** Takes the signals over, for the rest of the process's life. Handlers run on threads of their own. */
    static void handle(ServerProcess server) {
        handle("TERM", () -> server.stopBySignal("SIGTERM", StopMode.SMART));
        handle("INT", () -> server.stopBySignal("SIGINT", StopMode.FAST));
        handle("HUP", server::reload);
    }

    private static void handle(String name, Runnable action) {
        try {
            Signal.handle(new Signal(name), signal -> action.run());
        } catch (IllegalArgumentException notOurs) {
            log.warn("SIG{} cannot be handled: {}", name, notOurs.getMessage());
        }
    }
}
