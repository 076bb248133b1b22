package io.trunkline.cli.demo;

import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * What Ctrl-C, SIGTERM and SIGHUP do to a demo: the work is interrupted, everything is ended, and the exit status is 0.
 * The JVM tells of these signals by running its shutdown hooks, and would exit with a status of its own after them.
 */
final class Interruption {

    private static final Duration WORK_LIMIT = Duration.ofSeconds(30);

    private final Thread worker = Thread.currentThread();
    private final CountDownLatch workEnded = new CountDownLatch(1);
    private final Ending ending;
    private volatile boolean underWay;
    private volatile boolean done;

    private Interruption(Ending ending) {
        this.ending = ending;
    }

    /** Begins to watch for signals that end the work of the calling thread. */
    static Interruption watch(Ending ending) {
        Interruption interruption = new Interruption(ending);
        Runtime.getRuntime().addShutdownHook(new Thread(interruption::endAll, "demo-end"));
        return interruption;
    }

    /** Whether a signal has come. */
    boolean isUnderWay() {
        return underWay;
    }

    /** The work has ended by itself; signals are the JVM's again. */
    void done() {
        done = true;
    }

    /** The work has stopped because of the signal; this thread waits for the end of the process. */
    void leaveTheRestToTheSignal() {
        workEnded.countDown();
        while (true) {
            LockSupport.park(this);
        }
    }

    private void endAll() {
        if (done) {
            return;
        }
        underWay = true;
        worker.interrupt();
        int status = 0;
        try {
            workEnded.await(WORK_LIMIT.toSeconds(), TimeUnit.SECONDS);
            ending.end();
        } catch (IOException | InterruptedException | RuntimeException failure) {
            System.err.println("trunkline: not everything could be ended: " + failure.getMessage());
            status = 1;
        }
        Runtime.getRuntime().halt(status);
    }

    /** Ends all that was started. */
    interface Ending {
        void end() throws IOException;
    }
}
