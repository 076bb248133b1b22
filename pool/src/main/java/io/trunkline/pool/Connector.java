package io.trunkline.pool;

import io.netty.channel.Channel;
import io.netty.channel.EventLoop;

/** Makes the bare connections to nodes that {@link BackendOpener} opens backends and sends cancel requests on. */
public interface Connector {
    /** How an attempt ends. */
    interface Outcome {
        /** @param channel registered with the event loop, reading off, encrypted where it is to be, no handler but
         *     that of the encryption in its pipeline */
        void connected(Channel channel);

        void failed(String why);

        /** The same, for want of an answer in time. */
        default void timedOut(String why) {
            failed(why);
        }

        /** The server was reached, and said something that cannot be gone on with: it is alive. */
        default void refused(String why) {
            failed(why);
        }
    }

    /** Connects; just one method of {@code outcome} is called, on {@code loop}, maybe before this returns. */
    void connect(EventLoop loop, NodeAddress address, Outcome outcome);
}
