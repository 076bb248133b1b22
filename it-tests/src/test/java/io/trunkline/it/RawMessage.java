package io.trunkline.it;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A message that came from the server's side. */
record RawMessage(char tag, byte[] body) {

    /** The fields of an ErrorResponse or NoticeResponse by their code. */
    Map<Character, String> fields() {
        Map<Character, String> fields = new HashMap<>();
        ByteBuffer in = ByteBuffer.wrap(body);
        for (byte code = in.get(); code != 0; code = in.get()) {
            fields.put((char) code, text(in));
        }
        return fields;
    }

    /** SQLSTATE of an ErrorResponse. */
    String sqlState() {
        return fields().getOrDefault('C', "");
    }

    /** A body that is one string, such as a command tag. */
    String text() {
        return text(ByteBuffer.wrap(body));
    }

    /** The columns of a DataRow. */
    List<@Nullable String> columns() {
        ByteBuffer in = ByteBuffer.wrap(body);
        int count = in.getShort();
        List<@Nullable String> columns = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            int length = in.getInt();
            if (length < 0) {
                columns.add(null);
            } else {
                byte[] value = new byte[length];
                in.get(value);
                columns.add(new String(value, StandardCharsets.UTF_8));
            }
        }
        return columns;
    }

    static String text(ByteBuffer in) {
        int from = in.position();
        while (in.get() != 0) {
            continue;
        }
        return new String(in.array(), from, in.position() - 1 - from, StandardCharsets.UTF_8);
    }

    @Override
    public String toString() {
        return switch (tag) {
            case 'E', 'N' -> tag + fields().toString();
            case 'C' -> tag + "(" + text() + ")";
            case 'D' -> tag + columns().toString();
            case 'Z' -> tag + "(" + (char) body[0] + ")";
            default -> Character.toString(tag);
        };
    }
}
