package io.trunkline.proxy.session;

import io.trunkline.config.LoggingParameters.BackendMessageLog;
import io.trunkline.pool.BackendConnection;
import io.trunkline.pool.MessageWatcher;
import io.trunkline.protocol.BackendTag;
import io.trunkline.protocol.ServerMessage;

/**
 * Logs what a backend answers a session (log_backend_messages): each message, or with {@code terse} only how often the
 * same kind came in a row. Event loop only.
 */
final class ReplyLog implements MessageWatcher {
    private final FrontendConnection front;
    private final SessionNodes nodes;
    private final boolean terse;
    private byte last;
    private long repeated;

    private ReplyLog(FrontendConnection front, SessionNodes nodes, boolean terse) {
        this.front = front;
        this.nodes = nodes;
        this.terse = terse;
    }

    /** Watches what comes from {@code backend} if the settings say so. */
    static void watch(BackendConnection backend, FrontendConnection front, SessionNodes nodes) {
        BackendMessageLog wanted = nodes.logging().backendMessages();
        backend.watch(
                wanted == BackendMessageLog.NONE
                        ? null
                        : new ReplyLog(front, nodes, wanted == BackendMessageLog.TERSE));
    }

    @Override
    public void received(BackendConnection backend, byte tag) {
        if (terse && tag == last) {
            repeated++;
            return;
        }
        if (repeated > 0) {
            say("last " + name(last) + " message from backend " + backend.node() + " repeated " + repeated + " times");
            repeated = 0;
        }
        last = tag;
        say(name(tag) + " message from backend " + backend.node());
    }

    private void say(String message) {
        SessionLog.say(front, message, null);
        if (nodes.logging().tellsLog() && !nodes.backends().isInsideReply()) {
            front.tell(ServerMessage.log(message));
        }
    }

    private static String name(byte tag) {
        return switch (tag) {
            case BackendTag.AUTHENTICATION -> "Authentication";
            case BackendTag.BACKEND_KEY_DATA -> "BackendKeyData";
            case BackendTag.BIND_COMPLETE -> "BindComplete";
            case BackendTag.CLOSE_COMPLETE -> "CloseComplete";
            case BackendTag.COMMAND_COMPLETE -> "CommandComplete";
            case BackendTag.COPY_BOTH_RESPONSE -> "CopyBothResponse";
            case BackendTag.COPY_DATA -> "CopyData";
            case BackendTag.COPY_DONE -> "CopyDone";
            case BackendTag.COPY_IN_RESPONSE -> "CopyInResponse";
            case BackendTag.COPY_OUT_RESPONSE -> "CopyOutResponse";
            case BackendTag.DATA_ROW -> "DataRow";
            case BackendTag.EMPTY_QUERY_RESPONSE -> "EmptyQueryResponse";
            case BackendTag.ERROR_RESPONSE -> "ErrorResponse";
            case BackendTag.FUNCTION_CALL_RESPONSE -> "FunctionCallResponse";
            case BackendTag.NO_DATA -> "NoData";
            case BackendTag.NOTICE_RESPONSE -> "NoticeResponse";
            case BackendTag.NOTIFICATION_RESPONSE -> "NotificationResponse";
            case BackendTag.PARAMETER_DESCRIPTION -> "ParameterDescription";
            case BackendTag.PARAMETER_STATUS -> "ParameterStatus";
            case BackendTag.PARSE_COMPLETE -> "ParseComplete";
            case BackendTag.PORTAL_SUSPENDED -> "PortalSuspended";
            case BackendTag.READY_FOR_QUERY -> "ReadyForQuery";
            case BackendTag.ROW_DESCRIPTION -> "RowDescription";
            default -> "'" + (char) (tag & 0xff) + "'";
        };
    }
}
