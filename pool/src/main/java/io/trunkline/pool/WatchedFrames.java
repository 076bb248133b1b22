package io.trunkline.pool;

import io.netty.buffer.ByteBuf;
import io.trunkline.protocol.FrameReader;
import io.trunkline.protocol.FrameSink;

/** Stands before a connection while its messages are watched, and tells of each of them once. Event loop only. */
final class WatchedFrames implements FrameSink {
    private final BackendConnection connection;
    private final FrameReader reader;
    private final MessageWatcher watcher;

    WatchedFrames(BackendConnection connection, FrameReader reader, MessageWatcher watcher) {
        this.connection = connection;
        this.reader = reader;
        this.watcher = watcher;
    }

    @Override
    public int header(byte tag, int length) {
        // it is asked again when all is there that the connection wants to see
        int verdict = connection.header(tag, length);
        if (verdict < 0) {
            tell(tag);
        }
        return verdict;
    }

    @Override
    public int message(byte tag, int length, ByteBuf in, int body, int available) {
        tell(tag);
        return connection.message(tag, length, in, body, available);
    }

    private void tell(byte tag) {
        reader.cutRun();
        watcher.received(connection, tag);
    }

    @Override
    public void run(ByteBuf run) {
        connection.run(run);
    }
}
