package io.trunkline.protocol;

import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * The fields of an ErrorResponse or NoticeResponse (manual, "Error and Notice Message Fields"), in their order.
 * Fields with codes that are not known here are kept.
 */
public record ServerMessage(Map<Character, String> fields) {
    private static final char SEVERITY = 'S';
    private static final char SEVERITY_PLAIN = 'V';
    private static final char CODE = 'C';
    private static final char MESSAGE = 'M';
    private static final char DETAIL = 'D';
    private static final char HINT = 'H';

    public ServerMessage {
        fields = Collections.unmodifiableMap(new LinkedHashMap<>(fields));
    }

    /** An error after which the session goes on. */
    public static ServerMessage error(String sqlState, String message) {
        return of("ERROR", sqlState, message);
    }

    /** An error after which the connection is closed. */
    public static ServerMessage fatal(String sqlState, String message) {
        return of("FATAL", sqlState, message);
    }

    public static ServerMessage notice(String sqlState, String message) {
        return of("NOTICE", sqlState, message);
    }

    /** What a server logs, for a client that wants to see it (client_min_messages = log). */
    public static ServerMessage log(String message) {
        return of("LOG", SqlState.SUCCESSFUL_COMPLETION, message);
    }

    private static ServerMessage of(String severity, String sqlState, String message) {
        Map<Character, String> fields = new LinkedHashMap<>();
        fields.put(SEVERITY, severity);
        fields.put(SEVERITY_PLAIN, severity);
        fields.put(CODE, sqlState);
        fields.put(MESSAGE, message);
        return new ServerMessage(fields);
    }

    public ServerMessage withDetail(String detail) {
        return with(DETAIL, detail);
    }

    public ServerMessage withHint(String hint) {
        return with(HINT, hint);
    }

    private ServerMessage with(char field, String value) {
        Map<Character, String> more = new LinkedHashMap<>(fields);
        more.put(field, value);
        return new ServerMessage(more);
    }

    /** The same as an ERROR, for a session that goes on where the connection it is about did not. */
    public ServerMessage asError() {
        return withSeverity("ERROR");
    }

    /** The same as a FATAL, for a connection that ends with it. */
    public ServerMessage asFatal() {
        return isFatal() ? this : withSeverity("FATAL");
    }

    private ServerMessage withSeverity(String severity) {
        return with(SEVERITY, severity).with(SEVERITY_PLAIN, severity);
    }

    /** ERROR, FATAL, PANIC, WARNING, NOTICE, DEBUG, INFO or LOG, not translated. */
    public String severity() {
        return fields.getOrDefault(SEVERITY_PLAIN, fields.getOrDefault(SEVERITY, ""));
    }

    public String sqlState() {
        return fields.getOrDefault(CODE, "");
    }

    public String message() {
        return fields.getOrDefault(MESSAGE, "");
    }

    public Optional<String> detail() {
        return Optional.ofNullable(fields.get(DETAIL));
    }

    public Optional<String> hint() {
        return Optional.ofNullable(fields.get(HINT));
    }

    /** Whether the connection ends with this message. */
    public boolean isFatal() {
        return severity().equals("FATAL") || isPanic();
    }

    /** Whether the whole server ends by it, and all its connections. */
    public boolean isPanic() {
        return severity().equals("PANIC");
    }

    /**
     * Decodes the body of an ErrorResponse or NoticeResponse.
     *
     * @throws ProtocolViolation if it is malformed
     */
    public static ServerMessage decode(ByteBuf body) {
        Map<Character, String> fields = new LinkedHashMap<>();
        while (true) {
            if (!body.isReadable()) {
                throw new ProtocolViolation("error message without a terminator");
            }
            byte code = body.readByte();
            if (code == 0) {
                return new ServerMessage(fields);
            }
            fields.put((char) code, Wire.readCString(body, StandardCharsets.UTF_8));
        }
    }

    /** Writes an ErrorResponse. */
    public void encodeError(ByteBuf out) {
        encode(out, BackendTag.ERROR_RESPONSE);
    }

    /** Writes a NoticeResponse. */
    public void encodeNotice(ByteBuf out) {
        encode(out, BackendTag.NOTICE_RESPONSE);
    }

    private void encode(ByteBuf out, byte tag) {
        int start = out.writeByte(tag).writerIndex();
        out.writeInt(0);
        fields.forEach((code, value) -> {
            out.writeByte(code);
            Wire.writeCString(out, value);
        });
        out.writeByte(0);
        out.setInt(start, out.writerIndex() - start);
    }

    /** {@code ERROR: message (SQLSTATE 12345)} for logs. */
    @Override
    public String toString() {
        return severity() + ": " + message() + " (SQLSTATE " + sqlState() + ")";
    }
}
