package io.trunkline.protocol;

import io.netty.buffer.ByteBuf;

/**
 * What a {@link FrameReader} asks about each message that it meets. All calls come from the channel's event loop.
 *
 * <p>A sink may write to the target of the run only after {@link FrameReader#cutRun()}, otherwise its bytes would
 * overtake those of the messages before.
 */
public interface FrameSink {
    /** Verdict: the message becomes part of the run, as much of it as has arrived, the rest when it comes. */
    int PASS = -1;

    /** Verdict: the message is thrown away, whenever its bytes come. */
    int DROP = -2;

    /** Verdict of {@link #message} alone: stop before this message; {@link FrameReader#resume()} offers it again. */
    int STOP = -3;

    /**
     * Called when a header (tag and length) is there; again for the same message if its bytes had to be waited for, or
     * after {@link #STOP}. So what it does beyond judging belongs to messages that it lets pass or drops.
     *
     * @param length the length field of the message, itself included, tag not (at least 4)
     * @return {@link #PASS}, {@link #DROP}, or how many bytes of the message, its 5 header bytes included, must be
     *     there before {@link #message} is called: at least 5, at most {@code length + 1}
     * @throws ProtocolViolation if the message may not come here; nothing more is read
     */
    int header(byte tag, int length);

    /**
     * Called when as many bytes are there as {@link #header} asked for.
     *
     * @param in holds the message; its indexes must not be changed
     * @param body index of the first byte after the header
     * @param available bytes of the body that are there, not counting the header
     * @return {@link #PASS}, {@link #DROP} or {@link #STOP}
     * @throws ProtocolViolation if the message is malformed or may not come here; nothing more is read
     */
    int message(byte tag, int length, ByteBuf in, int body, int available);

    /**
     * Whether the sink may be content with less of a message than it asked for: it is asked about the header again then,
     * as the message comes in.
     */
    default boolean settlesForLess() {
        return false;
    }

    /** Takes over a run: whole or partial messages that passed, in order. Its receiver releases it. */
    void run(ByteBuf run);
}
