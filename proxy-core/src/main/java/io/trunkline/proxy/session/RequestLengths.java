package io.trunkline.proxy.session;

import io.trunkline.protocol.FrontendTag;
import io.trunkline.protocol.ProtocolViolation;

/**
 * How much of a client's message must have come before the session can say where it goes; the rest passes unseen.
 * Refuses what no client may send after its login. Event loop only.
 */
final class RequestLengths {
    /** How much of a Bind, or of a long Parse or Query, must be there to see the names or words at its beginning. */
    static final int NAMES = 1024;

    /** Longest of the short messages: Describe, Close, Execute. */
    private static final int SHORT_MESSAGE = 64 * 1024;

    private static final int HEADER = 5;

    private final LoopServices loop;
    private final SessionNodes nodes;

    RequestLengths(LoopServices loop, SessionNodes nodes) {
        this.loop = loop;
        this.nodes = nodes;
    }

    /** While memory is short, longer statements are not waited for. */
    private static final int SHORT_OF_MEMORY = 4 * 1024;

    /** Whether the text of a Query or Parse of that length is looked into: it has to be there as a whole. */
    boolean isInspected(int length, int available) {
        return length <= loop.settings().inspectionLimit() && available == length - 4;
    }

    private boolean isAwaited(int length) {
        return length <= loop.settings().inspectionLimit()
                && (length <= SHORT_OF_MEMORY || !loop.memory().isTight());
    }

    /**
     * Bytes that are needed, with the tag; {@link FrontendPhase#PASS} if the message goes where the one before it went.
     *
     * @param length as in the message: without the tag
     */
    int needed(byte tag, int length) {
        return switch (tag) {
            case FrontendTag.QUERY ->
                isAwaited(length) ? length + 1 : nodes.pooling().isOn() ? Math.min(length + 1, NAMES) : HEADER;
            case FrontendTag.PARSE -> isAwaited(length) ? length + 1 : Math.min(length + 1, NAMES);
            case FrontendTag.BIND ->
                loop.memory().isTight()
                        ? Math.min(length + 1, NAMES)
                        : nodes.secondTry().bindLength(length, NAMES);
            case FrontendTag.COPY_DATA -> nodes.backends().takesCopyData() ? FrontendPhase.PASS : HEADER;
            case FrontendTag.DESCRIBE, FrontendTag.CLOSE, FrontendTag.EXECUTE -> {
                check(tag, length, length <= SHORT_MESSAGE);
                yield length + 1;
            }
            case FrontendTag.SYNC, FrontendTag.FLUSH, FrontendTag.TERMINATE, FrontendTag.COPY_DONE -> {
                check(tag, length, length == 4);
                yield HEADER;
            }
            case FrontendTag.COPY_FAIL, FrontendTag.FUNCTION_CALL -> HEADER;
            default -> throw new ProtocolViolation("invalid frontend message type " + ProtocolViolation.tagName(tag));
        };
    }

    private static void check(byte tag, int length, boolean valid) {
        if (!valid) {
            throw new ProtocolViolation("message of type " + ProtocolViolation.tagName(tag) + " of length " + length);
        }
    }
}
