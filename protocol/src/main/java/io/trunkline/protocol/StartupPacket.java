package io.trunkline.protocol;

import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/** The first packet of a connection, which has no tag (manual, "Start-up" and "Canceling Requests in Progress"). */
public sealed interface StartupPacket {
    /** Longest first packet that is read, as in PostgreSQL (MAX_STARTUP_PACKET_LENGTH). */
    int MAX_LENGTH = 10_000;

    /** SSLRequest. */
    record Ssl() implements StartupPacket {}

    /** GSSENCRequest. */
    record Gssenc() implements StartupPacket {}

    /** CancelRequest; the key is 4 bytes long in protocol 3.0, up to 256 since 3.2. */
    record Cancel(int pid, byte[] key) implements StartupPacket {}

    /**
     * StartupMessage.
     *
     * @param parameters in the order in which they came; taken over, so not to be changed any more
     */
    record Startup(int protocol, Map<String, String> parameters) implements StartupPacket {
        public Startup {
            parameters = Collections.unmodifiableMap(parameters);
        }

        /** Encodes the message into {@code out}. */
        public void encode(ByteBuf out) {
            int start = out.writerIndex();
            out.writeInt(0).writeInt(protocol);
            parameters.forEach((name, value) -> {
                Wire.writeCString(out, name);
                Wire.writeCString(out, value);
            });
            out.writeByte(0);
            out.setInt(start, out.writerIndex() - start);
        }
    }

    /**
     * Decodes a packet whose length field has been read.
     *
     * @param in the packet without its length field; read to its end
     * @throws ProtocolViolation if it is malformed
     */
    static StartupPacket decode(ByteBuf in) {
        if (in.readableBytes() < 4) {
            throw new ProtocolViolation("startup packet is too short");
        }
        int code = in.readInt();
        switch (code) {
            case ProtocolVersion.SSL_REQUEST -> {
                return new Ssl();
            }
            case ProtocolVersion.GSSENC_REQUEST -> {
                return new Gssenc();
            }
            case ProtocolVersion.CANCEL_REQUEST -> {
                if (in.readableBytes() < 8 || in.readableBytes() > 4 + 256) {
                    throw new ProtocolViolation("invalid length of a cancel request");
                }
                int pid = in.readInt();
                byte[] key = new byte[in.readableBytes()];
                in.readBytes(key);
                return new Cancel(pid, key);
            }
            default -> {
                return decodeStartup(code, in);
            }
        }
    }

    private static StartupPacket decodeStartup(int protocol, ByteBuf in) {
        Map<String, String> parameters = new LinkedHashMap<>();
        if (ProtocolVersion.major(protocol) != 3) {
            return new Startup(protocol, parameters);
        }
        while (true) {
            String name = Wire.readCString(in, StandardCharsets.UTF_8);
            if (name.isEmpty()) {
                break;
            }
            parameters.put(name, Wire.readCString(in, StandardCharsets.UTF_8));
        }
        if (in.isReadable()) {
            throw new ProtocolViolation("invalid startup packet layout: expected terminator as last byte");
        }
        return new Startup(protocol, parameters);
    }
}
