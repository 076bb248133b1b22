package io.trunkline.protocol;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Which reply belongs to which request: the requests that one backend has been sent and not yet answered.
 *
 * <p>Every request that is sent appends an entry, those of the client and those that Trunkline puts in between; every
 * message that comes back is judged against the head of the queue. An entry says what becomes of its replies
 * ({@link Mode}) and may carry an {@link Observer} that learns how it ended.
 *
 * <p>The rules are those of the manual's chapter "Message Flow": an error in an extended request drops what was sent
 * after it up to the next Sync; in COPY from the client, Sync and Flush are ignored until CopyDone or CopyFail.
 *
 * <p>Bounded: {@link #isFull()} asks the caller to stop reading requests. Confined to one event loop.
 */
public final class ReplyQueue {
    /** What becomes of the replies to a request. */
    public enum Mode {
        /** They go to the client. */
        FORWARD,
        /** They are for us: nobody else sees them. */
        SWALLOW,
        /**
         * Success is swallowed, an error goes to the client: it asked for something that needed this step. Of a Query, or a
         * Sync, that error stands for the answer to the request behind it, of which only the end goes to the client then.
         */
        FORWARD_ERROR
    }

    /** Learns how a request ended. Called on the event loop, before the ending message is passed on. */
    public interface Observer {
        /** @param ok false if the backend answered with an error, or skipped the request after one */
        void ended(boolean ok);
    }

    /** How many requests may be outstanding before {@link #isFull()}. */
    public static final int CAPACITY = 4096;

    private static final Mode[] MODES = Mode.values();

    private static final int REQUEST = 7;

    /** Of an entry: its success may commit something. */
    private static final int COMMITS = 8;

    /** Of an entry: the client has its RowDescription from elsewhere. */
    private static final int DESCRIBED = 64;

    /** Of an entry: the client is owed a ParseComplete ahead of its answer. */
    private static final int PARSED = 128;

    /** A ring of entries: request ordinal in the low 3 bits, a flag, mode in the next 2, then more flags. */
    private byte[] ring = new byte[8];

    private @Nullable Observer @Nullable [] observers;
    private int head;
    private int size;

    private boolean copyIn;
    private boolean skipsToSync;
    private boolean headFailed;

    /** What the last error has answered. */
    private @Nullable Request failed;

    private boolean doubtful;

    /** The observer that is being told is that of a request that no server has carried out. */
    private boolean skipping;

    /** The client has had the error of the step that the first request needed: of that it gets the end. */
    private boolean told;

    /** The error at hand is a refusal, see {@link #refused}. */
    private boolean refusing;

    /** Requests that were noted so far. */
    private long noted;

    // since the last ReadyForQuery
    private boolean result;
    private boolean described;
    private int passedOn;
    private boolean erred;
    private boolean droppedCommit;
    private boolean copyBroken;

    /** Outstanding requests. */
    public int size() {
        return size;
    }

    public boolean isEmpty() {
        return size == 0;
    }

    /** Whether the client is to be read no further until replies have come. */
    public boolean isFull() {
        return size >= CAPACITY;
    }

    /** Whether the backend takes CopyData now. */
    public boolean isCopyIn() {
        return copyIn;
    }

    /** Whether the client has not ended its CopyData, even if an error of the backend has ended the COPY since. */
    public boolean isCopyUnfinished() {
        return copyIn || copyBroken;
    }

    /** Whether the backend ignores everything up to the next Sync after an error. */
    public boolean skipsToSync() {
        return skipsToSync;
    }

    /**
     * Whether it can no longer be told for sure which reply belongs to what (another request was sent while the
     * backend took CopyData). The connection works on, but is not for anyone else after.
     */
    public boolean isDoubtful() {
        return doubtful;
    }

    /** Requests that were sent so far; so the number of the next one, counted from 0. */
    public long sentCount() {
        return noted;
    }

    /** Requests that were answered so far, or skipped after an error; so the number of {@link #first()}. */
    public long answeredCount() {
        return noted - size;
    }

    /** Whether anything of a result has come since the last ReadyForQuery: a row, COPY, or the end of a command. */
    public boolean hasResult() {
        return result;
    }

    /**
     * Whether the request that is being answered has been described in part: a Query by its RowDescription, a Describe
     * by its ParameterDescription.
     */
    public boolean isDescribed() {
        return described;
    }

    /** Extended requests whose answers have gone to the client since the last ReadyForQuery. */
    public int passedOnCount() {
        return passedOn;
    }

    /** The request that the last error has answered, or null. */
    public @Nullable Request failed() {
        return failed;
    }

    /** The request that the next reply belongs to, or null. */
    public @Nullable Request first() {
        return size == 0 ? null : Request.of(ring[head] & REQUEST);
    }

    /** What becomes of the next reply; {@link Mode#FORWARD} while nothing is outstanding. */
    public Mode firstMode() {
        return size == 0 ? Mode.FORWARD : MODES[(ring[head] >> 4) & 3];
    }

    /** A request was sent whose replies go to the client. */
    public void sent(Request request) {
        sent(request, Mode.FORWARD, null);
    }

    /** A request was sent. */
    public void sent(Request request, Mode mode, @Nullable Observer observer) {
        if (copyIn) {
            // ignored if it is a Sync, else taken for a broken COPY, which ends with an error
            doubtful = true;
            copyIn = request == Request.SYNC;
            return;
        }
        if (request == Request.SYNC) {
            skipsToSync = false;
        } else if (skipsToSync) {
            if (observer != null) {
                skipping = true;
                observer.ended(false);
                skipping = false;
            }
            return;
        }
        if (size == ring.length) {
            grow();
        }
        int index = (head + size) & (ring.length - 1);
        ring[index] = (byte) (request.ordinal() | mode.ordinal() << 4);
        if (observer != null) {
            if (observers == null) {
                observers = new Observer[ring.length];
            }
            observers[index] = observer;
        }
        size++;
        noted++;
    }

    /** Whether a request is not answered whose replies would have been treated so. */
    public boolean owes(Mode mode) {
        return owes(mode, size);
    }

    /** Whether the client is owed an answer to a request with a lower number than that. */
    public boolean owesBefore(long number) {
        return owes(Mode.FORWARD, (int) Math.min(size, number - answeredCount()));
    }

    private boolean owes(Mode mode, int count) {
        for (int i = 0; i < count; i++) {
            if (MODES[(ring[(head + i) & (ring.length - 1)] >> 4) & 3] == mode) {
                return true;
            }
        }
        return false;
    }

    /** The success of the request that was sent last may commit something: without its answer nobody knows. */
    public void lastMayCommit() {
        if (size > 0 && !skipsToSync) {
            ring[(head + size - 1) & (ring.length - 1)] |= COMMITS;
        }
    }

    /**
     * Whether something may have been committed by the client's requests that are not answered. What an error has answered,
     * and what it has dropped, has committed nothing.
     *
     * @param lastErrorIsNone but that counts as not answered: the error was the server's last words, and no answer
     */
    public boolean mayHaveCommitted(boolean lastErrorIsNone) {
        if (lastErrorIsNone && droppedCommit) {
            return true;
        }
        // what follows an error in a batch does not happen, and its Sync commits nothing
        for (int i = 0; i < size; i++) {
            byte entry = ring[(head + i) & (ring.length - 1)];
            boolean undone = erred && !lastErrorIsNone && i == 0;
            if ((entry & COMMITS) != 0 && !undone && MODES[(entry >> 4) & 3] == Mode.FORWARD) {
                return true;
            }
        }
        return false;
    }

    /**
     * The request that was sent last, a Bind or Describe, came behind a Parse that the backend need not see: if it
     * succeeds, {@link #takeParsed} says when the client has to be told that the Parse has.
     */
    public void parsedBefore() {
        if (size > 0 && !skipsToSync) {
            ring[(head + size - 1) & (ring.length - 1)] |= (byte) PARSED;
        }
    }

    /** Whether a ParseComplete has to go to the client ahead of the message with this tag; said once. */
    public boolean takeParsed(byte tag) {
        if (size == 0
                || (ring[head] & PARSED) == 0
                || tag != BackendTag.BIND_COMPLETE && tag != BackendTag.PARAMETER_DESCRIPTION) {
            return false;
        }
        ring[head] &= ~PARSED;
        passedOn++;
        return firstMode() == Mode.FORWARD;
    }

    /** Whether the client is owed a ParseComplete ahead of the answer to the first request, be it an error: that is not the Parse's. */
    public boolean isParsedOwed() {
        return size > 0 && (ring[head] & PARSED) != 0 && firstMode() == Mode.FORWARD;
    }

    /**
     * Like {@link #received} for an error that says that the transaction had failed before: to the server it makes no
     * difference what the first request was.
     */
    public Mode refused() {
        refusing = true;
        try {
            return received(BackendTag.ERROR_RESPONSE);
        } finally {
            refusing = false;
        }
    }

    /** To an observer that is being told of a failure: whether the server has not even looked at the request. */
    public boolean isSkipping() {
        return skipping;
    }

    /** The Query that was sent last has been described to the client already: its first RowDescription is swallowed. */
    public void describedAlready() {
        if (size > 0) {
            ring[(head + size - 1) & (ring.length - 1)] |= DESCRIBED;
        }
    }

    /** What the client is owed is answered to nobody: the replies are swallowed, and no observer of them is told. */
    public void disown() {
        for (int i = 0; i < size; i++) {
            int index = (head + i) & (ring.length - 1);
            Mode mode = MODES[(ring[index] >> 4) & 3];
            if (mode == Mode.SWALLOW) {
                continue;
            }
            // a Query of ours is not the client's
            boolean isOurs = mode == Mode.FORWARD_ERROR && Request.of(ring[index] & REQUEST) == Request.QUERY;
            ring[index] = (byte) (ring[index] & REQUEST | Mode.SWALLOW.ordinal() << 4);
            if (observers != null && !isOurs) {
                observers[index] = null;
            }
        }
        told = false;
    }

    /** The client ended its CopyData, with CopyDone or CopyFail. */
    public void copyEnded() {
        copyIn = false;
    }

    /**
     * Judges a reply by its tag; for ReadyForQuery, an ErrorResponse and the messages that end a request the queue
     * moves on. Messages that may come at any time (notices, notifications, parameters) are not for this method.
     *
     * @return what becomes of the message
     * @throws ProtocolViolation if no outstanding request can be answered so
     */
    public Mode received(byte tag) {
        if (size == 0) {
            return receivedWithNothingOutstanding(tag);
        }
        Request request = Request.of(ring[head] & REQUEST);
        Mode mode = told && tag != BackendTag.READY_FOR_QUERY ? Mode.SWALLOW : firstMode();
        switch (tag) {
            case BackendTag.DATA_ROW, BackendTag.COPY_DATA, BackendTag.COPY_DONE, BackendTag.COPY_OUT_RESPONSE -> {
                expect(request == Request.QUERY || request == Request.EXECUTE, tag, request);
                result = true;
            }
            case BackendTag.ROW_DESCRIPTION, BackendTag.NO_DATA -> {
                if (request == Request.DESCRIBE) {
                    pop(true);
                } else {
                    expect(request == Request.QUERY && tag == BackendTag.ROW_DESCRIPTION, tag, request);
                    described = true;
                    if ((ring[head] & DESCRIBED) != 0) {
                        ring[head] &= ~DESCRIBED;
                        return Mode.SWALLOW;
                    }
                }
            }
            case BackendTag.PARAMETER_DESCRIPTION -> {
                expect(request == Request.DESCRIBE, tag, request);
                described = true;
            }
            case BackendTag.COMMAND_COMPLETE, BackendTag.EMPTY_QUERY_RESPONSE -> {
                if (request == Request.EXECUTE) {
                    pop(true);
                } else {
                    expect(request == Request.QUERY, tag, request);
                }
                result = true;
                copyIn = false;
            }
            case BackendTag.READY_FOR_QUERY -> {
                expect(!request.isExtended(), tag, request);
                copyIn = false;
                told = mode == Mode.FORWARD_ERROR ? told || erred : told && mode == Mode.SWALLOW;
                pop(!headFailed);
                result = false;
                described = false;
                passedOn = 0;
                erred = false;
                droppedCommit = false;
                copyBroken = false;
            }
            case BackendTag.PARSE_COMPLETE -> popOnly(Request.PARSE, tag, request);
            case BackendTag.BIND_COMPLETE -> popOnly(Request.BIND, tag, request);
            case BackendTag.CLOSE_COMPLETE -> popOnly(Request.CLOSE, tag, request);
            case BackendTag.PORTAL_SUSPENDED -> {
                popOnly(Request.EXECUTE, tag, request);
                result = true;
            }
            case BackendTag.FUNCTION_CALL_RESPONSE -> expect(request == Request.FUNCTION_CALL, tag, request);
            case BackendTag.COPY_IN_RESPONSE, BackendTag.COPY_BOTH_RESPONSE -> {
                expect(request == Request.QUERY || request == Request.EXECUTE, tag, request);
                copyIn = true;
                result = true;
                dropIgnoredSyncs();
            }
            case BackendTag.ERROR_RESPONSE -> failed(request);
            default -> throw unexpected(tag, request);
        }
        return mode;
    }

    /** The reply to the first request will never come: the connection is gone. */
    public void abandonFirst() {
        if (size > 0) {
            skipping = true;
            pop(false);
            skipping = false;
        }
    }

    private Mode receivedWithNothingOutstanding(byte tag) {
        if (tag == BackendTag.ERROR_RESPONSE) {
            // a FATAL at any time, or the error of a COPY whose Sync was sent in doubt
            return Mode.FORWARD;
        }
        if (tag == BackendTag.READY_FOR_QUERY && doubtful) {
            skipsToSync = false;
            return Mode.FORWARD;
        }
        throw new ProtocolViolation("message of type " + ProtocolViolation.tagName(tag) + " with nothing asked for");
    }

    private void failed(Request request) {
        failed = request;
        copyBroken = copyIn;
        copyIn = false;
        erred = true;
        if (!request.isExtended()) {
            headFailed = true;
            return;
        }
        skipsToSync = true;
        skipping = refusing;
        while (size > 0) {
            if (Request.of(ring[head] & REQUEST) == Request.SYNC) {
                skipsToSync = false;
                break;
            }
            droppedCommit |= (ring[head] & COMMITS) != 0;
            pop(false);
            // those behind the first one
            skipping = true;
        }
        skipping = false;
    }

    /** In COPY the backend ignores the Syncs that came right behind the request. */
    private void dropIgnoredSyncs() {
        while (size > 1) {
            int next = (head + 1) & (ring.length - 1);
            if (Request.of(ring[next] & REQUEST) != Request.SYNC) {
                return;
            }
            ring[next] = ring[head];
            if (observers != null) {
                observers[next] = observers[head];
                observers[head] = null;
            }
            head = next;
            size--;
        }
    }

    private void popOnly(Request wanted, byte tag, Request request) {
        expect(request == wanted, tag, request);
        pop(true);
    }

    private void pop(boolean ok) {
        int index = head;
        if (ok) {
            described = false;
            passedOn += firstMode() == Mode.FORWARD ? 1 : 0;
        }
        head = (head + 1) & (ring.length - 1);
        size--;
        headFailed = false;
        if (observers != null) {
            Observer observer = observers[index];
            if (observer != null) {
                observers[index] = null;
                observer.ended(ok);
            }
        }
    }

    private static void expect(boolean condition, byte tag, Request request) {
        if (!condition) {
            throw unexpected(tag, request);
        }
    }

    private static ProtocolViolation unexpected(byte tag, Request request) {
        return new ProtocolViolation(
                "message of type " + ProtocolViolation.tagName(tag) + " as an answer to " + request);
    }

    private void grow() {
        byte[] old = ring;
        @Nullable Observer @Nullable [] oldObservers = observers;
        ring = new byte[old.length * 2];
        int tail = old.length - head;
        System.arraycopy(old, head, ring, 0, tail);
        System.arraycopy(old, 0, ring, tail, head);
        if (oldObservers != null) {
            observers = Arrays.copyOf(new Observer[0], ring.length);
            System.arraycopy(oldObservers, head, observers, 0, tail);
            System.arraycopy(oldObservers, 0, observers, tail, head);
        }
        head = 0;
    }
}
