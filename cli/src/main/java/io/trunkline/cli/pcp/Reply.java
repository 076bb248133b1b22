package io.trunkline.cli.pcp;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * The whole answer to a request.
 *
 * @param announced how many rows the server has said to have; 0 where it sends none
 * @param rows the strings of each
 * @param values the strings that came with the end
 */
record Reply(int announced, List<List<String>> rows, List<String> values) {
    private static final String ARRAY_SIZE = "ArraySize";
    private static final String COMPLETE = "CommandComplete";
    private static final Set<String> ROWS = Set.of("NodeInfo", "ProcessInfo", "ProcessConfig");

    /** Reads to the end of the answer. */
    static Reply read(PcpConnection connection, PcpRequest request) throws PcpFailure {
        int announced = 0;
        List<List<String>> rows = new ArrayList<>();
        while (true) {
            PcpPacket packet = connection.readReply();
            request.check(packet);
            List<String> strings = packet.strings();
            String head = strings.isEmpty() ? "" : strings.get(0);
            if (head.equals(COMPLETE)) {
                return new Reply(announced, rows, strings.subList(1, strings.size()));
            } else if (head.equals(ARRAY_SIZE)) {
                announced = announced(packet, strings);
            } else if (!ROWS.contains(head)) {
                throw PcpFailure.withoutStatus("command failed with reason: \"" + head + "\"");
            } else if (rows.size() >= announced) {
                throw PcpFailure.badReply();
            } else {
                rows.add(strings.subList(1, strings.size()));
            }
        }
    }

    /** The configuration alone has it as four bytes. */
    private static int announced(PcpPacket packet, List<String> strings) throws PcpFailure {
        if (packet.type() != 'b') {
            return Output.integer(strings, 1);
        }
        int start = ARRAY_SIZE.length() + 1;
        if (packet.content().length < start + Integer.BYTES) {
            throw PcpFailure.badReply();
        }
        return ByteBuffer.wrap(packet.content()).getInt(start);
    }

    /** Whether the answer is no more than that it is done. */
    boolean isEmpty() {
        return rows.isEmpty() && values.isEmpty() && announced <= 1;
    }
}
