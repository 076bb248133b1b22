package io.trunkline.pcp.server;

import java.util.ArrayList;
import java.util.List;

/**
 * The whole answer to a request.
 *
 * @param packets in order; none for what Pgpool-II does not answer either
 * @param afterwards what is done when it has been sent; may block
 */
record PcpReply(List<PcpPacket> packets, Runnable afterwards) {
    private static final Runnable NOTHING = () -> {};

    static final PcpReply NONE = new PcpReply(List.of(), NOTHING);

    PcpReply {
        packets = List.copyOf(packets);
    }

    static PcpReply of(PcpPacket packet) {
        return new PcpReply(List.of(packet), NOTHING);
    }

    static PcpReply complete(char type) {
        return complete(type, List.of());
    }

    static PcpReply complete(char type, List<String> texts) {
        return of(PcpPacket.complete(type, texts));
    }

    /** Their number, the rows, and the end. */
    static PcpReply rows(char type, PcpPacket size, String kind, List<List<String>> rows) {
        List<PcpPacket> packets = new ArrayList<>(rows.size() + 2);
        packets.add(size);
        rows.forEach(row -> packets.add(PcpPacket.of(type, kind, row)));
        packets.add(PcpPacket.complete(type, List.of()));
        return new PcpReply(packets, NOTHING);
    }

    boolean hasAfterwards() {
        return afterwards != NOTHING;
    }

    PcpReply andThen(Runnable work) {
        return new PcpReply(packets, work);
    }
}
