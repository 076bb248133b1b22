package io.trunkline.pool;

import io.netty.channel.Channel;
import io.netty.channel.EventLoop;

/** Makes the bare connections to nodes that {@link BackendOpener} opens backends and sends cancel requests on. */
public interface Connector {
    /** How an attempt ends. */
    interface Outcome {
        /** @param channel registered with the event loop, reading off, no handler of note in its pipeline */
        void connected(Channel channel);

        void failed(String why);
    }

    /** Connects; exactly one method of {@code outcome} is called, on {@code loop}, maybe before this returns. */
    void connect(EventLoop loop, NodeAddress address, Outcome outcome);
}
