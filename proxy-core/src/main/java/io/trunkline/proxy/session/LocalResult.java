package io.trunkline.proxy.session;

import io.trunkline.protocol.ServerMessage;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The answer to a command of our own: a table of texts, or an error.
 *
 * @param columns also there if {@code error} is, for Describe
 */
public record LocalResult(
        List<String> columns,
        List<List<String>> rows,
        @Nullable ServerMessage error) {
    public static LocalResult table(List<String> columns, List<List<String>> rows) {
        return new LocalResult(columns, rows, null);
    }

    public static LocalResult error(ServerMessage error) {
        return new LocalResult(List.of(), List.of(), error);
    }

    String commandTag() {
        return "SELECT " + rows.size();
    }
}
