package io.trunkline.proxy.session;

import io.netty.buffer.ByteBuf;
import io.trunkline.protocol.FrontendTag;
import io.trunkline.protocol.ServerMessage;
import io.trunkline.protocol.Wire;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * Stands before a session whose client's messages are logged (log_client_messages), in the words of Pgpool-II. It comes
 * after the login, so no password gets here. Event loop only.
 */
final class RequestLog implements FrontendPhase {
    private static final int HEADER = 5;
    private static final int OID = 4;

    private final FrontendConnection front;
    private final ClientSession session;

    /** The session has let a message wait, which will be offered again. */
    private boolean offeredAgain;

    private long copied;

    RequestLog(FrontendConnection front, ClientSession session) {
        this.front = front;
        this.session = session;
    }

    @Override
    public int header(byte tag, int length) {
        int needed = session.header(tag, length);
        if (needed < 0) {
            log(tag, length, null, 0, 0);
            return needed;
        }
        return tag == FrontendTag.FUNCTION_CALL ? Math.min(length + 1, Math.max(needed, HEADER + OID)) : needed;
    }

    @Override
    public int message(byte tag, int length, ByteBuf in, int body, int available) {
        if (!offeredAgain) {
            log(tag, length, in, body, available);
        }
        int verdict = session.message(tag, length, in, body, available);
        offeredAgain = verdict == STOP;
        return verdict;
    }

    private void log(byte tag, int length, @Nullable ByteBuf in, int body, int available) {
        if (tag == FrontendTag.COPY_DATA) {
            copied++;
            return;
        }
        if (copied > 0) {
            say("CopyData", "count: " + copied);
            copied = 0;
        }
        boolean isWhole = available == length - 4;
        switch (tag) {
            case FrontendTag.QUERY -> say("Query", "query: \"" + text(in, body, body + available, isWhole) + "\"");
            case FrontendTag.PARSE -> say("Parse", parse(in, body, body + available, isWhole));
            case FrontendTag.BIND -> say("Bind", bind(in, body, body + available));
            case FrontendTag.DESCRIBE -> say("Describe", statementOrPortal(in, body, body + available));
            case FrontendTag.CLOSE -> say("Close", statementOrPortal(in, body, body + available));
            case FrontendTag.EXECUTE -> say("Execute", "portal: \"" + text(in, body, body + available, true) + "\"");
            case FrontendTag.FUNCTION_CALL ->
                say("FunctionCall", in == null || available < OID ? null : "oid: \"" + in.getUnsignedInt(body) + "\"");
            case FrontendTag.SYNC -> say("Sync", null);
            case FrontendTag.FLUSH -> say("Flush", null);
            case FrontendTag.COPY_DONE -> say("CopyDone", null);
            case FrontendTag.COPY_FAIL -> say("CopyFail", null);
            case FrontendTag.TERMINATE -> say("Terminate", null);
            default -> {}
        }
    }

    private static String parse(@Nullable ByteBuf in, int from, int to, boolean isWhole) {
        int nameEnd = end(in, from, to);
        return "statement: \"" + text(in, from, to, true) + "\", query: \""
                + text(in, Math.min(nameEnd + 1, to), to, isWhole) + "\"";
    }

    private static String bind(@Nullable ByteBuf in, int from, int to) {
        int portalEnd = end(in, from, to);
        return "portal: \"" + text(in, from, to, true) + "\", statement: \""
                + text(in, Math.min(portalEnd + 1, to), to, true) + "\"";
    }

    private static String statementOrPortal(@Nullable ByteBuf in, int from, int to) {
        boolean ofStatement = in != null && from < to && in.getByte(from) == 'S';
        return (ofStatement ? "statement" : "portal") + ": \"" + text(in, Math.min(from + 1, to), to, true) + "\"";
    }

    /** The string that begins at {@code from}, or as much of it as there is. */
    private static String text(@Nullable ByteBuf in, int from, int to, boolean isWhole) {
        if (in == null) {
            return "...";
        }
        int end = end(in, from, to);
        return in.toString(from, end - from, StandardCharsets.UTF_8) + (end == to && !isWhole ? "..." : "");
    }

    private static int end(@Nullable ByteBuf in, int from, int to) {
        int end = in == null ? -1 : Wire.terminator(in, from, to);
        return end < 0 ? to : end;
    }

    private void say(String kind, @Nullable String detail) {
        String message = kind + " message from frontend.";
        SessionLog.say(front, message, detail);
        if (session.nodes().logging().tellsLog() && !session.nodes().backends().isInsideReply()) {
            ServerMessage notice = ServerMessage.log(message);
            front.tell(detail == null ? notice : notice.withDetail(detail));
        }
    }

    @Override
    public void run(ByteBuf run) {
        session.run(run);
    }

    @Override
    public void readComplete() {
        session.readComplete();
    }

    @Override
    public void writabilityChanged(boolean writable) {
        session.writabilityChanged(writable);
    }

    @Override
    public void gone() {
        session.gone();
    }

    @Override
    public String applicationName() {
        return session.applicationName();
    }
}
