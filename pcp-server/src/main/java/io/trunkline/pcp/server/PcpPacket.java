package io.trunkline.pcp.server;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.netty.buffer.ByteBuf;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.List;

/** A message to a client. */
final class PcpPacket {
    private static final String COMPLETE = "CommandComplete";
    private static final String ARRAY_SIZE = "ArraySize";

    /** Of the length field, which counts itself. */
    private static final int LENGTH_BYTES = 4;

    private final char type;
    private final byte[] body;

    private PcpPacket(char type, byte[] body) {
        this.type = type;
        this.body = body;
    }

    static PcpPacket ofBytes(char type, byte[] body) {
        return new PcpPacket(type, body.clone());
    }

    /** Texts, the first of which tells the client what they are. */
    static PcpPacket of(char type, String kind, List<String> texts) {
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        append(body, kind);
        texts.forEach(text -> append(body, text));
        return new PcpPacket(type, body.toByteArray());
    }

    /** The last or only message of an answer. */
    static PcpPacket complete(char type, List<String> texts) {
        return of(type, COMPLETE, texts);
    }

    /** How many rows follow. */
    static PcpPacket arraySize(char type, int rows) {
        return of(type, ARRAY_SIZE, List.of(Integer.toString(rows)));
    }

    /** The same with the number in four bytes, as the settings alone have it. */
    static PcpPacket binaryArraySize(char type, int rows) {
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        append(body, ARRAY_SIZE);
        body.writeBytes(ByteBuffer.allocate(Integer.BYTES).putInt(rows).array());
        return new PcpPacket(type, body.toByteArray());
    }

    private static void append(ByteArrayOutputStream body, String text) {
        body.writeBytes(text.replace('\0', ' ').getBytes(UTF_8));
        body.write(0);
    }

    void writeTo(ByteBuf out) {
        out.writeByte(type);
        out.writeInt(LENGTH_BYTES + body.length);
        out.writeBytes(body);
    }

    @Override
    public String toString() {
        return type + new String(body, UTF_8).replace('\0', '|');
    }
}
