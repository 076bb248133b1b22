package io.trunkline.proxy.session;

import io.trunkline.protocol.ServerMessage;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The answer to a command that no node carries out: a table of texts, a bare command tag, or an error.
 *
 * @param columns also there if {@code error} is, for Describe
 */
public record LocalResult(
        List<String> columns,
        List<List<String>> rows,
        @Nullable String tag,
        @Nullable ServerMessage error) {
    public static LocalResult table(List<String> columns, List<List<String>> rows) {
        return new LocalResult(columns, rows, null, null);
    }

    public static LocalResult error(ServerMessage error) {
        return new LocalResult(List.of(), List.of(), null, error);
    }

    /** A command that returns nothing. */
    public static LocalResult command(String tag) {
        return new LocalResult(List.of(), List.of(), tag, null);
    }

    /** Whether it is a table, of no rows perhaps. */
    boolean isTable() {
        return tag == null && error == null;
    }

    String commandTag() {
        return tag != null ? tag : "SELECT " + rows.size();
    }
}
