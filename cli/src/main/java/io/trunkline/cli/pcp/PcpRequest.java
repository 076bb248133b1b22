package io.trunkline.cli.pcp;

import io.trunkline.cli.program.RawText;

/**
 * What is asked of the server.
 *
 * @param letter of the packet
 * @param content of the packet, behind its length
 * @param reply the letter of the answers
 */
record PcpRequest(char letter, byte[] content, char reply) {

    static PcpRequest of(Tool tool, PcpOptions options) {
        return switch (tool) {
            case PCP_ATTACH_NODE -> number('C', options.node, 'c');
            case PCP_DETACH_NODE -> number(options.gracefully ? 'd' : 'D', options.node, 'd');
            case PCP_NODE_COUNT -> plain('L', "", 'l');
            case PCP_NODE_INFO -> number('I', options.node, 'i');
            case PCP_HEALTH_CHECK_STATS -> number('H', options.node, 'h');
            case PCP_POOL_STATUS -> plain('B', "", 'b');
            case PCP_PROC_COUNT -> plain('N', "", 'n');
            case PCP_PROC_INFO -> number('P', options.process, 'p');
            case PCP_PROMOTE_NODE ->
                plain(options.gracefully ? 'j' : 'J', options.node + " \0" + (options.switchover ? "s" : "n"), 'd');
            case PCP_RECOVERY_NODE -> number('O', options.node, 'c');
            case PCP_STOP_PGPOOL -> plain(options.scope == 'l' ? 'T' : 't', String.valueOf(options.mode), 't');
            case PCP_WATCHDOG_INFO -> number('W', options.node, 'w');
            case PCP_RELOAD_CONFIG -> plain('Z', String.valueOf(options.scope), 'z');
            case PCP_LOG_ROTATE -> plain('V', String.valueOf(options.scope), 'v');
            case PCP_INVALIDATE_QUERY_CACHE -> plain('G', "", 'g');
        };
    }

    private static PcpRequest number(char letter, int number, char reply) {
        return plain(letter, number + "\0", reply);
    }

    private static PcpRequest plain(char letter, String content, char reply) {
        return new PcpRequest(letter, RawText.bytes(content), reply);
    }

    /** Checks that a packet answers this request. */
    void check(PcpPacket packet) throws PcpFailure {
        if (packet.type() == 'E') {
            throw PcpFailure.withoutStatus(packet.report());
        }
        if (packet.type() != reply) {
            throw PcpFailure.withoutStatus("ERROR: invalid PCP packet type =\"" + packet.type() + "\"");
        }
    }
}
