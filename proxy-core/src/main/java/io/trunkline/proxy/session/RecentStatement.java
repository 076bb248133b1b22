package io.trunkline.proxy.session;

import io.netty.buffer.ByteBuf;
import io.trunkline.protocol.Wire;
import io.trunkline.sql.LexicalSettings;
import io.trunkline.sql.StatementShape;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The beginning of the statement that a session executes or has executed last, for who asks what it does. Costs a copy of
 * a few bytes for each statement; what they hold of the client's values never leaves it. Event loop only.
 */
final class RecentStatement {
    private static final int LIMIT = 160;
    private static final byte[] NONE = {};

    private byte[] text = NONE;
    private int length;
    private boolean cut;

    /** In the place of the text, where it is kept anyway. */
    private @Nullable PreparedStatement prepared;

    /** A query string is executed, or parsed as a statement that is not kept. */
    void text(ByteBuf in, int from, int size) {
        prepared = null;
        length = Math.min(size, LIMIT);
        cut = size > LIMIT;
        if (text.length < length) {
            text = new byte[Math.min(LIMIT, length + length / 4)];
        }
        Wire.copy(in, from, text, 0, length);
    }

    /** A statement is executed that was parsed before. */
    void executed(PreparedStatement statement) {
        prepared = statement.parse == null && statement.name.isEmpty() ? null : statement;
    }

    /** Without the client's values. */
    String shape(LexicalSettings lexical) {
        PreparedStatement kept = prepared;
        if (kept != null) {
            return StatementShape.of(kept.textBytes(), lexical);
        }
        // behind the text of a Parse may be the types of its parameters
        int end = 0;
        while (end < length && text[end] != 0) {
            end++;
        }
        String shape = StatementShape.of(Arrays.copyOf(text, end), lexical);
        return cut && end == length && !shape.endsWith("...") ? shape + "..." : shape;
    }
}
