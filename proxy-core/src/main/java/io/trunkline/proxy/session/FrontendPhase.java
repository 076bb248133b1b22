package io.trunkline.proxy.session;

import io.trunkline.protocol.FrameSink;

/** What a client's connection is about at the moment: authentication, or the session proper. Event loop only. */
interface FrontendPhase extends FrameSink {
    /** The end of a batch of messages: the time to flush. */
    void readComplete();

    /** The client takes bytes again, or should be sent no more for now. */
    void writabilityChanged(boolean writable);

    /** What the client calls itself; empty if it does not. For the log. */
    default String applicationName() {
        return "";
    }

    /** The client's connection is gone, from whichever side. Called once. */
    void gone();
}
