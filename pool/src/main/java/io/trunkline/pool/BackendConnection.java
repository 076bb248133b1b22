package io.trunkline.pool;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.EventLoop;
import io.trunkline.protocol.BackendMessages;
import io.trunkline.protocol.BackendTag;
import io.trunkline.protocol.FrameReader;
import io.trunkline.protocol.FrameSink;
import io.trunkline.protocol.FrontendMessages;
import io.trunkline.protocol.ProtocolViolation;
import io.trunkline.protocol.ReplyQueue;
import io.trunkline.protocol.ServerMessage;
import io.trunkline.protocol.SqlState;
import io.trunkline.protocol.TransactionStatus;
import io.trunkline.protocol.Wire;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * One open connection to a node, authenticated and ready to be used by one {@link BackendHolder} at a time.
 *
 * <p>Whoever sends a request notes it in {@link #replies()}; what comes back is judged by that queue, passed to the
 * holder as runs of bytes, and only looked into where the connection's state depends on it. Confined to its event
 * loop.
 */
public final class BackendConnection implements FrameSink {
    /** Errors and parameters longer than this pass unread. */
    private static final int LOOK_INTO = 64 * 1024;

    /** How long after a client has asked for its termination the end of a connection is put down to that. */
    private static final long TERMINATION_NANOS = TimeUnit.SECONDS.toNanos(60);

    private final Channel channel;
    private final NodeAddress address;
    private final PoolKey key;
    private final Admission admission;
    private final int serverPid;
    private final byte[] cancelKey;
    private final ServerParameters parameters;
    private final String startedAs;
    private final ReplyQueue replies = new ReplyQueue();
    private final FrameReader reader = new FrameReader(this);
    private final Outgoing outgoing;

    private BackendHolder holder;
    private @Nullable BackendMemory memory;
    private byte status = TransactionStatus.IDLE;
    private boolean closed;
    private boolean watched;
    private BufferMemory.Pressure pressure = BufferMemory.Pressure.NONE;

    /** Whether anything was asked of it since its start, or since the last reset. */
    private boolean used;

    /** When a client last asked to have the server's backend terminated, by nanoTime. Set on any thread. */
    private volatile @Nullable Long terminationAskedNanos;

    private int cancelsUnderWay;
    private boolean cancelInDoubt;
    private @Nullable Runnable whenNoCancels;
    private int sessionsServed;
    private final long openedAtNanos = System.nanoTime();
    private long idleSinceNanos;

    BackendConnection(OpenedBackend opened, BackendHolder holder) {
        this.channel = opened.channel();
        this.outgoing = new Outgoing(channel);
        this.address = opened.address();
        this.key = opened.key();
        this.admission = opened.admission();
        this.serverPid = opened.serverPid();
        this.cancelKey = opened.cancelKey();
        this.parameters = opened.parameters();
        this.startedAs = opened.applicationName();
        this.holder = holder;
    }

    public NodeAddress address() {
        return address;
    }

    public int node() {
        return address.node();
    }

    public PoolKey key() {
        return key;
    }

    public Admission admission() {
        return admission;
    }

    public EventLoop eventLoop() {
        return channel.eventLoop();
    }

    /** The process id of the server's backend, as BackendKeyData told it. */
    public int serverPid() {
        return serverPid;
    }

    /** A client is about to have the server's backend terminated. Any thread. */
    void terminationAsked() {
        terminationAskedNanos = System.nanoTime();
    }

    /** Whether the connection's end is what a client asked for a moment ago, and no failure of the node. */
    public boolean isTerminationAsked() {
        Long asked = terminationAskedNanos;
        return asked != null && System.nanoTime() - asked < TERMINATION_NANOS;
    }

    byte[] cancelKey() {
        return cancelKey;
    }

    /** The server's reported parameters on this connection. */
    public ServerParameters parameters() {
        return parameters;
    }

    /** The application_name that this connection was opened with and that a reset returns to. */
    public String startedAs() {
        return startedAs;
    }

    /** The requests that are not answered yet. */
    public ReplyQueue replies() {
        return replies;
    }

    /** Transaction status as of the last ReadyForQuery ({@link TransactionStatus}). */
    public byte status() {
        return status;
    }

    /** Whether its end has been noticed. */
    boolean isClosed() {
        return closed;
    }

    public boolean isOpen() {
        return !closed && channel.isActive();
    }

    /** Whether nothing is outstanding, no transaction is open and nothing is in doubt. */
    public boolean isClean() {
        return replies.isEmpty()
                && status == TransactionStatus.IDLE
                && !replies.isCopyIn()
                && !replies.isDoubtful()
                && !reader.insidePassingMessage();
    }

    /** Whether part of a message has gone to the holder and the rest has not come. */
    public boolean isInsideReply() {
        return reader.insidePassingMessage();
    }

    /** Hands the connection to another holder. */
    public void heldBy(BackendHolder next) {
        holder = next;
        if (watched) {
            watched = false;
            reader.ask(this);
        }
    }

    /** Tells {@code watcher} of each message that comes, until another holder takes over; null ends that. */
    public void watch(@Nullable MessageWatcher watcher) {
        watched = watcher != null;
        reader.ask(watcher == null ? this : new WatchedFrames(this, reader, watcher));
    }

    /** Sends bytes with the next {@link #flush()}. Takes the buffer over. */
    public void write(ByteBuf requests) {
        used = true;
        outgoing.write(requests);
    }

    /** A buffer for a few small requests of our own. */
    public ByteBuf buffer() {
        return channel.alloc().ioBuffer(256);
    }

    /** Sends what was written since the last call, if anything, together with others of the loop ({@link SendBatch}). */
    public void flush() {
        outgoing.flush();
    }

    public boolean isWritable() {
        return channel.isWritable();
    }

    /** How much may wait to be sent before {@link #isWritable} says no, as things stand. */
    public void press(BufferMemory.Pressure now) {
        if (pressure != now) {
            pressure = now;
            BufferMemory.press(channel, now);
        }
    }

    /** Whether replies are read; false pushes back on the server. */
    public void setReading(boolean reading) {
        channel.config().setAutoRead(reading);
    }

    /** Ends the connection in an orderly way. The holder is not told. */
    public void close() {
        if (!closed) {
            closed = true;
            reader.close();
            if (channel.isActive()) {
                ByteBuf bye = channel.alloc().ioBuffer(8);
                FrontendMessages.terminate(bye);
                outgoing.passToChannel();
                channel.writeAndFlush(bye, channel.voidPromise());
            }
            channel.close();
            outgoing.discard();
        }
    }

    /** A cancel request for this connection is about to be sent. */
    void cancelStarted() {
        cancelsUnderWay++;
    }

    /** The server has taken a cancel request in: what it meant to stop, it has been told to stop. */
    void cancelEnded() {
        cancelsUnderWay--;
        if (cancelsUnderWay == 0 && whenNoCancels != null) {
            Runnable next = whenNoCancels;
            whenNoCancels = null;
            next.run();
        }
    }

    /** A cancel request may still be on its way: nobody else gets this connection. */
    void cancelInDoubt() {
        cancelInDoubt = true;
    }

    boolean isCancelInDoubt() {
        return cancelInDoubt;
    }

    /** Whether a cancel request is under way. */
    boolean hasCancels() {
        return cancelsUnderWay > 0;
    }

    /** Runs {@code next} once no cancel request is under way that could hit what is sent later. */
    void afterCancels(Runnable next) {
        if (cancelsUnderWay == 0) {
            next.run();
        } else {
            whenNoCancels = next;
        }
    }

    /** Whether there is anything that a reset could undo. */
    boolean isUsed() {
        return used;
    }

    /** All that was asked of it has been undone. */
    void wasReset() {
        used = false;
        if (memory != null) {
            memory.forget();
        }
    }

    /** What its users have noted; null if nothing. */
    public @Nullable BackendMemory memory() {
        return memory;
    }

    public void remember(BackendMemory notes) {
        memory = notes;
    }

    /** When it was opened, by nanoTime. */
    public long openedAtNanos() {
        return openedAtNanos;
    }

    /** Whether this is its first use, so that what the server said at the start is news. */
    public boolean isFresh() {
        return sessionsServed <= 1;
    }

    /** How many sessions have had it. */
    public int sessionsServed() {
        return sessionsServed;
    }

    void countSession() {
        sessionsServed++;
    }

    /** When the last session gave it back, by nanoTime; only of one that is idle. */
    public long idleSinceNanos() {
        return idleSinceNanos;
    }

    void idleSince(long nanos) {
        idleSinceNanos = nanos;
    }

    /** Leaves its event loop, with nothing under way; its next one has to be given it with {@link #enter}. */
    ChannelFuture leave() {
        return channel.deregister();
    }

    /** Belongs to the calling event loop from now on, whose {@code next} is told if it breaks. */
    ChannelFuture enter(EventLoop loop, BackendHolder next) {
        outgoing.entered();
        holder = next;
        return loop.register(channel);
    }

    // ---- what the channel's handler calls

    void read(ByteBuf bytes) {
        try {
            reader.feed(bytes);
        } catch (ProtocolViolation violation) {
            gone("protocol violation by " + address + ": " + violation.getMessage());
        }
    }

    void readComplete() {
        if (!closed) {
            holder.repliesRead(this);
        }
    }

    void writabilityChanged() {
        if (!closed) {
            holder.writabilityChanged(this, channel.isWritable());
        }
    }

    /** Ends the connection at once, as one that has broken: its holder is told so. Not from within a call to the holder. */
    public void cutOff(String why) {
        gone(why);
    }

    void gone(String why) {
        if (!closed) {
            closed = true;
            reader.close();
            channel.close();
            outgoing.discard();
            holder.lost(this, why);
        }
    }

    // ---- FrameSink

    @Override
    public int header(byte tag, int length) {
        switch (tag) {
            case BackendTag.DATA_ROW, BackendTag.COPY_DATA -> {
                return verdict(replies.received(tag));
            }
            case BackendTag.READY_FOR_QUERY -> {
                if (length != 5) {
                    throw new ProtocolViolation("ReadyForQuery of length " + length);
                }
                return 6;
            }
            case BackendTag.COMMAND_COMPLETE -> {
                return holder.wantsCommandTags() && length <= LOOK_INTO ? length + 1 : verdict(replies.received(tag));
            }
            case BackendTag.NOTICE_RESPONSE -> {
                int look = length <= LOOK_INTO ? length + 1 : PASS;
                return replies.firstMode() == ReplyQueue.Mode.FORWARD ? look : DROP;
            }
            case BackendTag.NOTIFICATION_RESPONSE -> {
                return PASS;
            }
            case BackendTag.ERROR_RESPONSE -> {
                return length <= LOOK_INTO ? length + 1 : errorVerdict(null);
            }
            case BackendTag.PARAMETER_STATUS -> {
                if (length > LOOK_INTO) {
                    throw new ProtocolViolation("ParameterStatus of length " + length);
                }
                return length + 1;
            }
            default -> {
                if (replies.takeParsed(tag)) {
                    tellParsed();
                }
                return verdict(replies.received(tag));
            }
        }
    }

    @Override
    public int message(byte tag, int length, ByteBuf in, int body, int available) {
        switch (tag) {
            case BackendTag.READY_FOR_QUERY -> {
                byte reported = in.getByte(body);
                if (!TransactionStatus.isValid(reported)) {
                    throw new ProtocolViolation("transaction status " + ProtocolViolation.tagName(reported));
                }
                status = reported;
                ReplyQueue.Mode mode = replies.received(tag);
                holder.ready(this, mode);
                return verdict(mode);
            }
            case BackendTag.COMMAND_COMPLETE -> {
                int end = Math.max(0, available - 1);
                String commandTag = in.toString(body, end, StandardCharsets.UTF_8);
                ReplyQueue.Mode mode = replies.firstMode();
                holder.completed(this, mode, commandTag);
                return verdict(replies.received(tag));
            }
            case BackendTag.ERROR_RESPONSE -> {
                return errorVerdict(ServerMessage.decode(in.slice(body, available)));
            }
            case BackendTag.NOTICE_RESPONSE -> {
                return isFarewell(ServerMessage.decode(in.slice(body, available))) ? DROP : PASS;
            }
            default -> {
                ByteBuf slice = in.slice(body, available);
                String name = Wire.readCString(slice, StandardCharsets.UTF_8);
                String value = Wire.readCString(slice, StandardCharsets.UTF_8);
                parameters.set(name, value);
                return holder.parameterChanged(this, replies.firstMode(), name, value) ? PASS : DROP;
            }
        }
    }

    @Override
    public void run(ByteBuf run) {
        holder.replies(this, run);
    }

    /**
     * Whether a server that ends at once takes its leave: it says so in a warning, not in an error. That its client's
     * connection ends, as the text has it, is for the holder to say when this one is lost.
     */
    private static boolean isFarewell(ServerMessage notice) {
        return "quickdie".equals(notice.fields().get('R'))
                && (notice.sqlState().equals(SqlState.ADMIN_SHUTDOWN)
                        || notice.sqlState().equals(SqlState.CRASH_SHUTDOWN));
    }

    private int errorVerdict(@Nullable ServerMessage error) {
        // a Parse that was spared would have been refused as well
        boolean refused = error != null && error.sqlState().equals(SqlState.IN_FAILED_TRANSACTION);
        boolean parsed = !refused && replies.isParsedOwed();
        ReplyQueue.Mode mode = refused ? replies.refused() : replies.received(BackendTag.ERROR_RESPONSE);
        boolean wanted = holder.failed(this, mode, error) && mode != ReplyQueue.Mode.SWALLOW;
        if (wanted && parsed) {
            tellParsed();
        }
        return wanted ? PASS : DROP;
    }

    private void tellParsed() {
        ByteBuf parsed = buffer();
        BackendMessages.parseComplete(parsed);
        insert(parsed);
    }

    /** Puts a message in the place of the one at hand, or before it; for a holder that is being told of that. */
    public void insert(ByteBuf message) {
        reader.cutRun();
        holder.replies(this, message);
    }

    private static int verdict(ReplyQueue.Mode mode) {
        return mode == ReplyQueue.Mode.FORWARD ? PASS : DROP;
    }

    @Override
    public String toString() {
        return address + " backend pid " + serverPid;
    }
}
