package io.trunkline.protocol;

import io.netty.buffer.ByteBuf;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;

/** The protocol's data types on a buffer: strings that end with a zero byte. */
public final class Wire {
    private static final VarHandle LONG = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);

    /** Up to this length an object more costs as much as the copy. */
    private static final int SHORT = 256;

    private Wire() {}

    /**
     * Copies bytes of a message. Where Netty does without Unsafe, as from Java 24 on, {@link ByteBuf#getBytes} makes an
     * object each time; this does not for a short message.
     */
    public static void copy(ByteBuf in, int from, byte[] to, int at, int length) {
        if (length > SHORT) {
            in.getBytes(from, to, at, length);
            return;
        }
        int copied = 0;
        for (; copied + Long.BYTES <= length; copied += Long.BYTES) {
            LONG.set(to, at + copied, in.getLong(from + copied));
        }
        for (; copied < length; copied++) {
            to[at + copied] = in.getByte(from + copied);
        }
    }

    /**
     * Reads a string and its terminator.
     *
     * @throws ProtocolViolation if there is no terminator
     */
    public static String readCString(ByteBuf in, Charset charset) {
        int length = in.bytesBefore((byte) 0);
        if (length < 0) {
            throw new ProtocolViolation("string without a terminator");
        }
        String text = in.toString(in.readerIndex(), length, charset);
        in.skipBytes(length + 1);
        return text;
    }

    /** Index of the next zero byte in {@code [from, to)}, or -1. */
    public static int terminator(ByteBuf in, int from, int to) {
        // most names are empty
        return from < to && in.getByte(from) == 0 ? from : in.indexOf(from, to, (byte) 0);
    }

    /** Writes {@code text} in UTF-8 and a terminator. */
    public static void writeCString(ByteBuf out, String text) {
        out.writeCharSequence(text, StandardCharsets.UTF_8);
        out.writeByte(0);
    }
}
