package io.trunkline.protocol;

import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/**
 * Cuts the bytes of one direction of a connection into messages, in place.
 *
 * <p>It decides at the header what becomes of a message ({@link FrameSink}) and then moves bytes: neighbouring
 * messages that pass leave as <em>one</em> run, a slice of what was read, or the very buffer that was read. Only a
 * header, or a message that the sink wants to see, that is cut by the end of a read is ever copied. So a row of 1 GB
 * needs no buffer of 1 GB, and a thousand rows in one read cost one write.
 *
 * <pre>
 *   read:  | T........ | D...... | D...... | C.... | Z | D..... (cut)
 *   run:    `------------------ one slice -----------------´ rest of D passes with the next read
 * </pre>
 *
 * <p>Ownership: {@link #feed} takes the buffer; a run belongs to the sink; {@link #close()} releases what is held.
 * Confined to one event loop. Held at most: one message that the sink asked for (the sink bounds that by what it
 * asks), and while stopped what has been read already.
 */
public final class FrameReader {
    private static final int HEADER = 5;

    /** What a message that waits for more bytes gets at first, and has to have before it is offered with less. */
    private static final int SMALL = 4096;

    private FrameSink sink;

    /** A message, or the beginning of one, that waits for more bytes. */
    private @Nullable ByteBuf partial;

    /** How many bytes {@link #partial} needs before it is walked. */
    private int partialNeeds;

    /** While stopped: what was read and not yet looked at. */
    private @Nullable ByteBuf stash;

    /** Bytes of the current message that are still to come, and whether they pass or are dropped. */
    private long toCome;

    private boolean dropping;
    private boolean stopped;
    private boolean closed;

    /** Inside {@link #walk}; a {@link #resume()} that comes then is remembered in {@link #resumeAsked}. */
    private boolean walking;

    private boolean resumeAsked;

    // the read that is being walked
    private @Nullable ByteBuf in;
    private int runStart;
    private int position;

    public FrameReader(FrameSink sink) {
        this.sink = sink;
    }

    /** Asks {@code next} about the messages to come. */
    public void ask(FrameSink next) {
        sink = next;
    }

    /** Whether part of a message has passed and the rest is still to come: nothing may be injected now. */
    public boolean insidePassingMessage() {
        return toCome > 0 && !dropping;
    }

    /** Whether the reader waits for {@link #resume()}. */
    public boolean isStopped() {
        return stopped;
    }

    /** Bytes that were read while stopped. */
    public int heldBytes() {
        return stash == null ? 0 : stash.readableBytes();
    }

    /**
     * Takes over {@code read} and walks it.
     *
     * @throws ProtocolViolation from the sink, or for an impossible length; the reader is closed then
     */
    public void feed(ByteBuf read) {
        if (closed) {
            read.release();
        } else if (stopped) {
            stash = stash == null ? read : join(stash, read);
        } else {
            consume(read);
        }
    }

    /** Goes on after {@link FrameSink#STOP}. Calling it while not stopped does nothing. */
    public void resume() {
        if (walking) {
            resumeAsked = true;
        } else if (stopped && !closed) {
            stopped = false;
            ByteBuf next = stash;
            stash = null;
            if (next != null) {
                consume(next);
            }
        }
    }

    /**
     * Hands the run so far to the sink. For a sink that, inside {@link FrameSink#header} or
     * {@link FrameSink#message}, is about to write something itself or to change the target of the run.
     */
    public void cutRun() {
        if (in != null && position > runStart) {
            ByteBuf run = in.retainedSlice(runStart, position - runStart);
            runStart = position;
            sink.run(run);
        }
    }

    /**
     * Stops, and puts whole messages in front of what has not been looked at: {@link #resume()} offers them first. Not
     * for a sink that is being asked about a message. Takes the buffer over.
     *
     * @return false if that cannot be, as part of a message has been judged and the rest is still to come, or the
     *     reader is closed; the buffer has been released then
     */
    public boolean putBack(ByteBuf messages) {
        if (closed || walking || toCome > 0) {
            messages.release();
            return false;
        }
        ByteBuf unread = partial;
        partial = null;
        ByteBuf front = unread == null ? messages : join(messages, unread);
        stash = stash == null ? front : join(front, stash);
        stopped = true;
        return true;
    }

    /** Ends this reader, and hands over the bytes that no verdict has been passed on; null if there are none. */
    public @Nullable ByteBuf takeUnread() {
        ByteBuf unread = stash != null ? stash : partial;
        stash = null;
        partial = null;
        close();
        return unread;
    }

    /** Releases what is held; later bytes are released unread. */
    public void close() {
        closed = true;
        if (partial != null) {
            partial.release();
            partial = null;
        }
        if (stash != null) {
            stash.release();
            stash = null;
        }
    }

    private void consume(ByteBuf read) {
        try {
            while (partial != null && read.isReadable()) {
                int take = Math.min(partialNeeds - partial.readableBytes(), read.readableBytes());
                partial.writeBytes(read, take);
                if (partial.readableBytes() == partialNeeds
                        || partial.readableBytes() >= SMALL && sink.settlesForLess()) {
                    ByteBuf whole = partial;
                    partial = null;
                    walk(whole);
                    if (stopped || closed) {
                        break;
                    }
                }
            }
        } catch (Throwable t) {
            read.release();
            throw t;
        }
        if (closed || !read.isReadable()) {
            read.release();
        } else if (stopped) {
            stash = stash == null ? read : join(stash, read);
        } else {
            walk(read);
        }
    }

    /** Walks and consumes {@code read}. */
    private void walk(ByteBuf read) {
        in = read;
        position = read.readerIndex();
        runStart = position;
        walking = true;
        int needs;
        try {
            needs = walkMessages(read, read.writerIndex());
        } catch (ProtocolViolation violation) {
            // what came before it was in order
            cutRun();
            abandon(read);
            throw violation;
        } catch (Throwable t) {
            abandon(read);
            throw t;
        } finally {
            walking = false;
            resumeAsked = false;
        }
        in = null;
        finish(read, needs);
    }

    private void abandon(ByteBuf read) {
        in = null;
        read.release();
        close();
    }

    /**
     * Moves {@link #position} over the messages of {@code read}.
     *
     * @return if the last message is cut: how many bytes of it must be there before it can be judged
     */
    private int walkMessages(ByteBuf read, int end) {
        while (position < end && !closed) {
            if (toCome > 0) {
                int here = (int) Math.min(toCome, end - position);
                if (dropping) {
                    cutRun();
                    runStart = position + here;
                }
                position += here;
                toCome -= here;
                continue;
            }
            if (end - position < HEADER) {
                return HEADER;
            }
            byte tag = read.getByte(position);
            int length = read.getInt(position + 1);
            if (length < 4) {
                throw new ProtocolViolation(
                        "invalid length " + length + " of a message of type " + ProtocolViolation.tagName(tag));
            }
            int verdict = sink.header(tag, length);
            if (verdict > 0) {
                if (end - position < verdict) {
                    return verdict;
                }
                int available = Math.min(length - 4, end - position - HEADER);
                verdict = sink.message(tag, length, read, position + HEADER, available);
                if (verdict == FrameSink.STOP) {
                    if (resumeAsked) {
                        resumeAsked = false;
                        continue;
                    }
                    stopped = true;
                    return 0;
                }
            }
            toCome = length + 1L;
            dropping = verdict == FrameSink.DROP;
        }
        return 0;
    }

    /** The end of a read: passes the run on, keeps what is cut or unread. */
    private void finish(ByteBuf read, int needs) {
        int rest = read.writerIndex() - position;
        if (closed) {
            read.release();
        } else {
            int start = runStart;
            int end = position;
            if (stopped && rest > 0) {
                ByteBuf run = end > start ? read.retainedSlice(start, end - start) : null;
                stash = read.readerIndex(end);
                if (run != null) {
                    sink.run(run);
                }
                return;
            }
            if (rest > 0) {
                // no more than has come: the length is only what the other side says
                partial = read.alloc()
                        .buffer(Math.min(needs, Math.max(rest, SMALL)), needs)
                        .writeBytes(read, end, rest);
                partialNeeds = needs;
            }
            if (end > start) {
                sink.run(read.setIndex(start, end));
            } else {
                read.release();
            }
        }
    }

    private static ByteBuf join(ByteBuf first, ByteBuf second) {
        ByteBuf joined = first.alloc().buffer(first.readableBytes() + second.readableBytes());
        joined.writeBytes(first).writeBytes(second);
        first.release();
        second.release();
        return joined;
    }
}
