package io.trunkline.cli.archive;

import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;

/** Messages of the frontend/backend protocol, 3.0, one after the other; both ends of a training run are so simple. */
final class TrainingMessages {
    /** The type of a message at the end of a connection. */
    static final char END = 0;

    private static final int MAX_LENGTH = 100_000;

    private final DataInputStream in;
    private final SocketChannel to;
    private final ByteArrayOutputStream unsent = new ByteArrayOutputStream();

    TrainingMessages(SocketChannel channel) {
        in = new DataInputStream(Channels.newInputStream(channel));
        to = channel;
    }

    /** Reads a message that has no type, and tells the number with which it begins. */
    int readStart() throws IOException {
        int length = in.readInt();
        int code = in.readInt();
        skip(length - 8);
        return code;
    }

    /** Reads a message, and tells its type. */
    char read() throws IOException {
        try {
            char type = (char) in.readUnsignedByte();
            skip(in.readInt() - 4);
            return type;
        } catch (EOFException e) {
            return END;
        }
    }

    private void skip(int length) throws IOException {
        if (length < 0 || length > MAX_LENGTH) {
            throw new IOException("a message of " + length + " bytes");
        }
        in.skipNBytes(length);
    }

    /** Adds a message to those that {@link #send} sends: shorts, ints, bytes, and strings with a zero after them. */
    TrainingMessages add(char type, Object... fields) throws IOException {
        unsent.write(type);
        return addStart(fields);
    }

    TrainingMessages addStart(Object... fields) throws IOException {
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        DataOutputStream out = new DataOutputStream(body);
        for (Object field : fields) {
            if (field instanceof Short number) {
                out.writeShort(number);
            } else if (field instanceof Integer number) {
                out.writeInt(number);
            } else if (field instanceof byte[] bytes) {
                out.write(bytes);
            } else {
                out.write((field + "\0").getBytes(StandardCharsets.UTF_8));
            }
        }
        new DataOutputStream(unsent).writeInt(4 + body.size());
        body.writeTo(unsent);
        return this;
    }

    void sendByte(char one) throws IOException {
        unsent.write(one);
        send();
    }

    void send() throws IOException {
        Channels.newOutputStream(to).write(unsent.toByteArray());
        unsent.reset();
    }
}
