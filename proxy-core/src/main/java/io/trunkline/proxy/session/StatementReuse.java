package io.trunkline.proxy.session;

import io.netty.buffer.ByteBuf;
import io.trunkline.protocol.FrontendMessages;
import io.trunkline.protocol.FrontendTag;
import io.trunkline.protocol.ReplyQueue;
import io.trunkline.protocol.Request;
import io.trunkline.proxy.metrics.LoopMetrics.Counter;
import io.trunkline.proxy.route.Plan;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Spares the servers a Parse of what they have parsed before, of unnamed statements (reuse_unnamed_statements) and of
 * named ones of sessions that share their backends:
 *
 * <pre>
 *   client   Parse ""      Bind ""      ...     first time: as it is
 *   client   Parse ""      Bind ""      ...     second: Close x, Parse x, Bind x     ({@link ReusedStatements})
 *   client   Parse ""      Bind ""      ...     later:  Bind x; the client's ParseComplete is put before BindComplete
 *   client   Parse "a"     Bind "a"     ...     the same, but already the first time
 *   client   Bind "a"                   ...     on another backend: Close x, Parse x, Bind x
 * </pre>
 *
 * <p>A Parse is only left out if the client has already sent the Bind or Describe of the same statement behind it, so
 * that there is an answer to put the ParseComplete before, be it an error. If the server skips it, the client hears of neither.
 * Event loop only.
 */
final class StatementReuse {
    /** What becomes of a Parse. */
    enum Parse {
        /** It goes to the backend as it is. */
        AS_IT_IS,
        /** It has been sent under a name of ours. */
        NAMED,
        /** The backend need not see it. */
        SPARED
    }

    private static final int HEADER = 5;

    private final FrontendConnection front;
    private final LoopServices loop;
    private final SessionState state;
    private final TransactionPooling pooling;

    /** For this statement the client is owed a ParseComplete, which goes ahead of the answer to its next request. */
    private @Nullable PreparedStatement owed;

    StatementReuse(FrontendConnection front, LoopServices loop, SessionState state, TransactionPooling pooling) {
        this.front = front;
        this.loop = loop;
        this.state = state;
        this.pooling = pooling;
    }

    /** Whether unnamed statements are reused. */
    boolean isOn() {
        return loop.settings().reuseUnnamedStatements();
    }

    /** Whether statements with names are given names of ours. */
    private boolean isRenamed(PreparedStatement statement) {
        return pooling.isOn()
                && !statement.name.isEmpty()
                && !statement.bySql
                && statement.parse != null
                // the same text is another statement in each session
                && statement.plan.preparedName() == null;
    }

    private ReusedStatements.Key key(PreparedStatement statement) {
        return statement.key(
                Objects.requireNonNull(statement.parse), pooling.isOn() ? state.parsedWith(statement) : "");
    }

    /**
     * A statement is parsed.
     *
     * @param statement with the whole of its Parse message, if that is kept
     * @param next where the message behind the Parse begins in {@code in}, if it has come
     * @param observer learns how a Parse ends that is sent here
     */
    Parse parse(
            PreparedStatement statement,
            AttachedBackend backend,
            ByteBuf in,
            int next,
            ReplyQueue.Mode mode,
            ReplyQueue.Observer observer) {
        byte[] parse = statement.parse;
        boolean named = isRenamed(statement);
        if (parse == null || !named && !isReused(statement, parse)) {
            return Parse.AS_IT_IS;
        }
        ReusedStatements known = backend.statements.reused();
        ReusedStatements.Key key = key(statement);
        ReusedStatements.Slot slot = known.find(key);
        if (slot != null && slot.isSure(backend.batch()) && isUsedNext(in, next, parse)) {
            note(statement, backend, slot);
            owed = statement;
            loop.metrics().count(Counter.PARSES_SPARED);
            return Parse.SPARED;
        }
        if (!named && (slot != null || !known.hasComeBefore(key))) {
            return Parse.AS_IT_IS;
        }
        if (slot == null) {
            slot = known.give(key);
        }
        ReusedStatements.Slot given = slot;
        send(key, given, backend, mode, ok -> {
            given.ended(ok);
            observer.ended(ok);
        });
        note(statement, backend, given);
        return Parse.NAMED;
    }

    private boolean isReused(PreparedStatement statement, byte[] parse) {
        return statement.name.isEmpty()
                && isOn()
                && statement.plan.effect() == Plan.Effect.NONE
                && state.pinnedTo() == SessionState.NOWHERE
                && ReusedStatements.isFit(parse);
    }

    private static void note(PreparedStatement statement, AttachedBackend backend, ReusedStatements.Slot slot) {
        if (statement.name.isEmpty()) {
            backend.statements.noteReused(statement, slot);
        }
    }

    /** Sends the Parse with a name of ours, and closes first what may have it. */
    private void send(
            ReusedStatements.Key key,
            ReusedStatements.Slot slot,
            AttachedBackend backend,
            ReplyQueue.Mode mode,
            ReplyQueue.Observer observer) {
        front.reader().cutRun();
        ByteBuf out = backend.connection.buffer();
        slot.sent(backend.batch());
        FrontendMessages.closeStatement(out, slot.name);
        backend.replies().sent(Request.CLOSE, ReplyQueue.Mode.SWALLOW, null);
        byte[] parse = key.parse();
        int length = parse.length - key.from();
        // the client's message, with our name in the place of its own
        out.writeByte(FrontendTag.PARSE)
                .writeInt(4 + slot.name.length + length)
                .writeBytes(slot.name)
                .writeBytes(parse, key.from(), length);
        backend.replies().sent(Request.PARSE, mode, observer);
        backend.connection.write(out);
    }

    /**
     * Makes sure that a statement with a name is on the backend, if it gets a name of ours there, by a Parse ahead of what
     * the client sends next; if that fails, the client gets the error in the place of the answer to its own request.
     *
     * @return false if it is known there by the client's name, if at all
     */
    boolean provide(PreparedStatement statement, AttachedBackend backend) {
        if (!isRenamed(statement)) {
            return false;
        }
        ReusedStatements.Key key = key(statement);
        ReusedStatements known = backend.statements.reused();
        ReusedStatements.Slot slot = known.find(key);
        if (slot == null || !slot.isSure(backend.batch())) {
            slot = slot == null ? known.give(key) : slot;
            send(key, slot, backend, ReplyQueue.Mode.FORWARD_ERROR, slot);
        }
        return true;
    }

    /** Whether the next message is the Bind of the statement to the unnamed portal, or its Describe. */
    private static boolean isUsedNext(ByteBuf in, int next, byte[] parse) {
        int available = in.writerIndex() - next - HEADER;
        if (available < 2) {
            return false;
        }
        byte tag = in.getByte(next);
        byte first = in.getByte(next + HEADER);
        boolean fits = tag == FrontendTag.BIND ? first == 0 : tag == FrontendTag.DESCRIBE && first == 'S';
        if (!fits) {
            return false;
        }
        int i = 0;
        while (i + 1 < available && in.getByte(next + HEADER + 1 + i) == parse[i]) {
            if (parse[i] == 0) {
                return true;
            }
            i++;
        }
        return false;
    }

    /** The name of ours by which the backend knows a statement; null if it knows it by the client's. */
    private ReusedStatements.@Nullable Slot slot(@Nullable PreparedStatement statement, AttachedBackend backend) {
        if (statement == null) {
            return null;
        }
        return isRenamed(statement)
                ? backend.statements.reused().find(key(statement))
                : backend.statements.slotOfUnnamed(statement);
    }

    /**
     * A Bind is about to go to {@code backend}.
     *
     * @param nameFrom where the name of its statement begins
     * @param nameEnd where it ends
     * @return null if it goes as it is; if it has been sent, with another name, who learns how it ends; it has not been
     *     noted
     */
    ReplyQueue.@Nullable Observer bind(
            @Nullable PreparedStatement statement,
            AttachedBackend backend,
            ByteBuf in,
            int body,
            int nameFrom,
            int nameEnd,
            int length,
            int available) {
        ReusedStatements.Slot slot = slot(statement, backend);
        if (slot == null || statement == null) {
            return null;
        }
        front.reader().cutRun();
        if (available < length - 4) {
            // too long to be copied
            backend.statements.forgetUnnamed();
            backend.statements.prepare(statement);
            return null;
        }
        ByteBuf out = backend.connection.buffer();
        out.writeByte(FrontendTag.BIND)
                .writeInt(length + slot.name.length - (nameEnd - nameFrom))
                .writeBytes(in, body, nameFrom - body)
                .writeBytes(slot.name)
                .writeBytes(in, nameEnd, body + available - nameEnd);
        backend.connection.write(out);
        return observer(statement, backend, slot);
    }

    /** Of a request that may stand for a Parse: if the server skips it, the client takes it that nothing has been parsed. */
    private ReplyQueue.Observer observer(
            PreparedStatement statement, AttachedBackend backend, ReusedStatements.Slot slot) {
        if (owed == null || statement.name.isEmpty()) {
            return slot;
        }
        return ok -> {
            slot.ended(ok);
            if (!ok && backend.replies().isSkipping()) {
                state.statements.remove(statement);
            }
        };
    }

    /**
     * A Describe of a statement is about to go to {@code backend}.
     *
     * @return null if it goes as it is; if it has been sent, with another name, who learns how it ends
     */
    ReplyQueue.@Nullable Observer describe(@Nullable PreparedStatement statement, AttachedBackend backend) {
        ReusedStatements.Slot slot = slot(statement, backend);
        if (slot == null || statement == null) {
            return null;
        }
        front.reader().cutRun();
        ByteBuf out = backend.connection.buffer();
        FrontendMessages.describeStatement(out, slot.name);
        backend.connection.write(out);
        return observer(statement, backend, slot);
    }

    /** The Bind or Describe behind a Parse has been noted. */
    void noted(AttachedBackend backend) {
        if (owed != null) {
            owed = null;
            backend.replies().parsedBefore();
        }
    }

    /** The request behind a Parse is refused, or has been skipped: an error is the answer to both, and nothing has been parsed. */
    void refused() {
        if (owed != null && !owed.name.isEmpty()) {
            state.statements.remove(owed);
        }
        owed = null;
    }
}
