package io.trunkline.pcp.server;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.ByteToMessageDecoder;
import java.util.List;

/**
 * Makes {@link PcpRequest}s of bytes. A length that cannot be is handed on as a {@link PcpFailure}, in its turn, and
 * whatever follows is thrown away: nobody knows where the next request begins.
 */
final class PcpFrameDecoder extends ByteToMessageDecoder {
    /** Pgpool-II takes less than this, which is enough for every request. */
    static final int MAX_LENGTH = 260;

    private static final int LENGTH_BYTES = 4;

    private boolean lost;

    @Override
    protected void decode(ChannelHandlerContext ctx, ByteBuf in, List<Object> out) {
        if (lost) {
            in.skipBytes(in.readableBytes());
            return;
        }
        if (in.readableBytes() < 1 + LENGTH_BYTES) {
            return;
        }
        int length = in.getInt(in.readerIndex() + 1);
        if (length < LENGTH_BYTES || length >= MAX_LENGTH) {
            lost = true;
            out.add(PcpFailure.fatal("invalid PCP packet", "incorrect packet length (" + length + ")"));
            return;
        }
        if (in.readableBytes() < 1 + length) {
            return;
        }
        char type = (char) in.readUnsignedByte();
        in.skipBytes(LENGTH_BYTES);
        byte[] body = new byte[length - LENGTH_BYTES];
        in.readBytes(body);
        out.add(new PcpRequest(type, body));
    }
}
