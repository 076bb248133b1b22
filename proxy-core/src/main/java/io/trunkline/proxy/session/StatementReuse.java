package io.trunkline.proxy.session;

import io.netty.buffer.ByteBuf;
import io.trunkline.protocol.FrontendMessages;
import io.trunkline.protocol.FrontendTag;
import io.trunkline.protocol.ReplyQueue;
import io.trunkline.protocol.Request;
import io.trunkline.proxy.metrics.LoopMetrics.Counter;
import io.trunkline.proxy.route.Plan;
import org.jspecify.annotations.Nullable;

/**
 * Spares the servers a Parse of what they have parsed before (reuse_unnamed_statements).
 *
 * <pre>
 *   client   Parse ""      Bind ""      ...     first time: as it is
 *   client   Parse ""      Bind ""      ...     second: Close x, Parse x, Bind x     ({@link ReusedStatements})
 *   client   Parse ""      Bind ""      ...     later:  Bind x; the client's ParseComplete is put before BindComplete
 * </pre>
 *
 * <p>A Parse is only left out if the client has already sent the Bind or Describe of the unnamed statement behind it,
 * so that there is an answer to put the ParseComplete before. If that fails, the error stands for both. Event loop only.
 */
final class StatementReuse {
    /** What becomes of a Parse. */
    enum Parse {
        /** It goes to the backend as it is. */
        AS_IT_IS,
        /** It has been sent under a name of ours. */
        NAMED,
        /** The backend need not see it. */
        SPARED;

        /** {@code observer} of the Parse, or one that sees to the name besides. */
        ReplyQueue.Observer observer(AttachedBackend backend, ReplyQueue.Observer observer) {
            return this != NAMED
                    ? observer
                    : ok -> {
                        backend.reuseObserver.ended(ok);
                        observer.ended(ok);
                    };
        }
    }

    private static final int HEADER = 5;

    private final FrontendConnection front;
    private final LoopServices loop;
    private final SessionState state;

    /** The client is owed a ParseComplete, which goes ahead of the answer to its next request. */
    private boolean owed;

    StatementReuse(FrontendConnection front, LoopServices loop, SessionState state) {
        this.front = front;
        this.loop = loop;
        this.state = state;
    }

    boolean isOn() {
        return loop.settings().reuseUnnamedStatements();
    }

    /**
     * An unnamed statement is parsed.
     *
     * @param statement with the whole of its Parse message, if that is kept
     * @param next where the message behind the Parse begins in {@code in}, if it has come
     */
    Parse parse(PreparedStatement statement, AttachedBackend backend, ByteBuf in, int next) {
        byte[] parse = statement.parse;
        if (!isOn()
                || parse == null
                || statement.plan.effect() != Plan.Effect.NONE
                || state.pinnedTo() != SessionState.NOWHERE
                || !ReusedStatements.isFit(parse)) {
            return Parse.AS_IT_IS;
        }
        ReusedStatements known = backend.reused();
        byte[] name = known.find(parse);
        if (name != null) {
            if (!isUsedNext(in, next)) {
                return Parse.AS_IT_IS;
            }
            backend.noteReused(statement, name);
            owed = true;
            loop.metrics().count(Counter.PARSES_SPARED);
            return Parse.SPARED;
        }
        if (!known.hasComeBefore(parse)) {
            return Parse.AS_IT_IS;
        }
        name = known.give(parse);
        front.reader().cutRun();
        ByteBuf out = backend.connection.buffer();
        FrontendMessages.closeStatement(out, name);
        backend.replies().sent(Request.CLOSE, ReplyQueue.Mode.SWALLOW, null);
        // the client's message, with the name in front of the end of its empty one
        out.writeByte(FrontendTag.PARSE)
                .writeInt(4 + name.length + parse.length)
                .writeBytes(name)
                .writeBytes(parse);
        backend.connection.write(out);
        backend.noteReused(statement, name);
        return Parse.NAMED;
    }

    /** Whether the next message is the Bind of the unnamed statement to the unnamed portal, or its Describe. */
    private static boolean isUsedNext(ByteBuf in, int next) {
        if (next + HEADER + 2 > in.writerIndex()) {
            return false;
        }
        int names = in.getShort(next + HEADER);
        return switch (in.getByte(next)) {
            case FrontendTag.BIND -> names == 0;
            case FrontendTag.DESCRIBE -> names == 'S' << 8;
            default -> false;
        };
    }

    /**
     * A Bind is about to go to {@code backend}.
     *
     * @param nameEnd where the name of its statement ends, an empty one if it is reused
     * @return whether it has been sent, with another name; it has not been noted
     */
    boolean bind(
            @Nullable PreparedStatement statement,
            AttachedBackend backend,
            ByteBuf in,
            int body,
            int nameEnd,
            int length,
            int available) {
        byte[] name = backend.nameOfUnnamed(statement);
        if (name == null || statement == null) {
            return false;
        }
        front.reader().cutRun();
        if (available < length - 4) {
            // too long to be copied
            backend.forgetUnnamed();
            backend.prepare(statement);
            return false;
        }
        ByteBuf out = backend.connection.buffer();
        out.writeByte(FrontendTag.BIND)
                .writeInt(length + name.length)
                .writeBytes(in, body, nameEnd - body)
                .writeBytes(name)
                .writeBytes(in, nameEnd, body + available - nameEnd);
        backend.connection.write(out);
        return true;
    }

    /** A Describe of a statement is about to go to {@code backend}. @return whether it has been sent, with another name */
    boolean describe(@Nullable PreparedStatement statement, AttachedBackend backend) {
        byte[] name = backend.nameOfUnnamed(statement);
        if (name == null) {
            return false;
        }
        front.reader().cutRun();
        ByteBuf out = backend.connection.buffer();
        FrontendMessages.describeStatement(out, name);
        backend.connection.write(out);
        return true;
    }

    /** The Bind or Describe behind a Parse has been noted. */
    void noted(AttachedBackend backend) {
        if (owed) {
            owed = false;
            backend.replies().parsedBefore();
        }
    }

    /** The request behind a Parse is refused: its error is the answer to both. */
    void refused() {
        owed = false;
    }
}
