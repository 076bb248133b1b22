package io.trunkline.proxy.session;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The statements that the client has prepared in this session, by name; the empty name is the unnamed statement.
 *
 * <p>Bounded: the texts kept for preparing on another node are at most {@link #TEXT_LIMIT} bytes together; statements
 * beyond that stay on the primary.
 */
final class PreparedStatements {
    static final int TEXT_LIMIT = 4 * 1024 * 1024;

    private @Nullable Map<String, PreparedStatement> named;
    private @Nullable PreparedStatement unnamed;
    private int textLength;

    /** Whether there may be statements that are {@link PreparedStatement#preparedToRead}. */
    private boolean preparedToRead;

    @Nullable
    PreparedStatement get(String name) {
        if (name.isEmpty()) {
            return unnamed;
        }
        return named == null ? null : named.get(name);
    }

    /** Those that were made with PREPARE. */
    List<PreparedStatement> bySql() {
        return named == null
                ? List.of()
                : named.values().stream().filter(statement -> statement.bySql).toList();
    }

    /** Whether the primary may lack some of those. */
    boolean arePreparedToRead() {
        return preparedToRead;
    }

    /** Whether the text of one more statement of this length may be kept. */
    boolean hasRoomFor(int length) {
        return textLength + length <= TEXT_LIMIT;
    }

    void add(PreparedStatement statement) {
        if (statement.name.isEmpty()) {
            unnamed = statement;
            return;
        }
        if (named == null) {
            named = new HashMap<>();
        }
        preparedToRead |= statement.preparedToRead;
        forget(named.put(statement.name, statement));
        textLength += statement.parse == null ? 0 : statement.parse.length;
    }

    /** Removes {@code statement} unless another has taken its name. */
    void remove(PreparedStatement statement) {
        if (statement.name.isEmpty()) {
            unnamed = unnamed == statement ? null : unnamed;
        } else if (named != null && named.remove(statement.name, statement)) {
            forget(statement);
        }
    }

    void clear() {
        named = null;
        unnamed = null;
        preparedToRead = false;
        textLength = 0;
    }

    private void forget(@Nullable PreparedStatement statement) {
        if (statement != null && statement.parse != null) {
            textLength -= statement.parse.length;
        }
    }
}
