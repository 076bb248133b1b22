package io.trunkline.pool;

import io.netty.channel.Channel;

/**
 * What the start-up of a connection has found out.
 *
 * @param protocol the version that the server agreed to ({@link io.trunkline.protocol.ProtocolVersion})
 * @param cancelKey empty if the server sent no key
 */
record OpenedBackend(
        Channel channel,
        NodeAddress address,
        PoolKey key,
        Admission admission,
        int protocol,
        int serverPid,
        byte[] cancelKey,
        ServerParameters parameters,
        String applicationName) {}
