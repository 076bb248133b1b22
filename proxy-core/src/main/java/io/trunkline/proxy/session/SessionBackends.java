package io.trunkline.proxy.session;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** The backends that one session has, at most one a node. Event loop only. */
final class SessionBackends {
    /** By node id; nodes that are not used are null. */
    private @Nullable AttachedBackend[] byNode = new AttachedBackend[0];

    /** All of them, by node id, with null where there is none; not to be changed. */
    @Nullable
    AttachedBackend[] all() {
        return byNode;
    }

    /** The backend on a node, or null. */
    @Nullable
    AttachedBackend on(int node) {
        return node < byNode.length ? byNode[node] : null;
    }

    void add(AttachedBackend backend) {
        int node = backend.node();
        if (node >= byNode.length) {
            byNode = Arrays.copyOf(byNode, node + 1);
        }
        byNode[node] = backend;
    }

    void remove(AttachedBackend backend) {
        byNode[backend.node()] = null;
    }

    void setReading(boolean reading) {
        for (AttachedBackend backend : byNode) {
            if (backend != null) {
                backend.connection.setReading(reading);
            }
        }
    }

    void closeElsewhere(AttachedBackend here, PreparedStatement statement) {
        for (AttachedBackend other : byNode) {
            if (other != null && other != here) {
                other.closeQuietly(statement);
            }
        }
    }
}
