package io.trunkline.proxy.session;

import io.netty.buffer.ByteBuf;
import io.trunkline.protocol.BackendTag;
import io.trunkline.protocol.FrameReader;
import io.trunkline.protocol.FrameSink;
import io.trunkline.protocol.ProtocolViolation;
import io.trunkline.protocol.Wire;
import java.nio.charset.StandardCharsets;
import java.util.function.Consumer;

/**
 * A NotificationResponse, kept once for all sessions that it is for.
 *
 * @param message all of it, as it goes to clients; not to be changed
 */
record Notification(String channel, byte[] message) {
    /** More than a server sends: a channel of 63 bytes, and a payload of 8000. */
    private static final int MAX_LENGTH = 64 * 1024;

    void encode(ByteBuf out) {
        out.writeBytes(message);
    }

    int bytes() {
        return message.length;
    }

    /** Finds them in what a backend sends, and throws the rest away. */
    static final class Reader implements FrameSink {
        private final FrameReader frames = new FrameReader(this);
        private final Consumer<Notification> sink;

        Reader(Consumer<Notification> sink) {
            this.sink = sink;
        }

        /** Takes the bytes over. */
        void read(ByteBuf run) {
            frames.feed(run);
        }

        void close() {
            frames.close();
        }

        @Override
        public int header(byte tag, int length) {
            if (tag != BackendTag.NOTIFICATION_RESPONSE) {
                return DROP;
            }
            if (length > MAX_LENGTH) {
                throw new ProtocolViolation("NotificationResponse of length " + length);
            }
            return length + 1;
        }

        @Override
        public int message(byte tag, int length, ByteBuf in, int body, int available) {
            byte[] message = new byte[available + 5];
            in.getBytes(body - 5, message);
            ByteBuf fields = in.slice(body, available);
            fields.skipBytes(4);
            sink.accept(new Notification(Wire.readCString(fields, StandardCharsets.UTF_8), message));
            return DROP;
        }

        @Override
        public void run(ByteBuf run) {
            run.release();
        }
    }
}
