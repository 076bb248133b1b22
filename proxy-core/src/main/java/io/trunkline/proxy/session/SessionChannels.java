package io.trunkline.proxy.session;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The channels that a session listens on, where it does so through a {@link SharedListener}: LISTEN and UNLISTEN come into
 * effect when their transaction commits, and are undone with it or with a savepoint. Event loop only.
 */
final class SessionChannels {
    /** So many can be listened on. */
    static final int LIMIT = 10_000;

    /** @param channel null for all */
    private record Change(@Nullable String channel, boolean listens) {}

    private record Savepoint(String name, int changes) {}

    private @Nullable Set<String> listened;
    private @Nullable List<Change> pending;
    private @Nullable List<Savepoint> savepoints;

    /** Whether the set of those that are needed may have become smaller since {@link #takeShrunk}. */
    private boolean shrunk;

    boolean hasPending() {
        return pending != null;
    }

    /** Whether notifications of a channel are for the session now. */
    boolean isListened(String channel) {
        return listened != null && listened.contains(channel);
    }

    /** Whether they are, or will be if the transaction commits. */
    boolean isNeeded(String channel) {
        return isListened(channel)
                || pending != null
                        && pending.stream().anyMatch(change -> change.listens() && channel.equals(change.channel()));
    }

    /** Whether one more would be too many. */
    boolean isFull() {
        return (listened == null ? 0 : listened.size()) + (pending == null ? 0 : pending.size()) >= LIMIT;
    }

    /** LISTEN in a transaction that is still open, or in a batch that is not through. */
    void listen(String channel) {
        change(new Change(channel, true));
    }

    /** UNLISTEN, likewise. @param channel null for all */
    void unlisten(@Nullable String channel) {
        boolean concerned = channel == null ? listened != null || pending != null : isNeeded(channel);
        if (concerned) {
            change(new Change(channel, false));
        }
    }

    private void change(Change change) {
        if (pending == null) {
            pending = new ArrayList<>(1);
        }
        pending.add(change);
    }

    void committed() {
        List<Change> made = pending;
        pending = null;
        savepoints = null;
        if (made == null) {
            return;
        }
        shrunk = true;
        Set<String> now = listened == null ? new HashSet<>() : listened;
        for (Change change : made) {
            if (change.channel() == null) {
                now.clear();
            } else if (change.listens()) {
                now.add(change.channel());
            } else {
                now.remove(change.channel());
            }
        }
        listened = now.isEmpty() ? null : now;
    }

    void rolledBack() {
        shrunk |= pending != null;
        pending = null;
        savepoints = null;
    }

    /** The transaction is over, and its savepoints with it. */
    void forgetSavepoints() {
        savepoints = null;
    }

    void savepoint(String name) {
        if (savepoints == null) {
            savepoints = new ArrayList<>(2);
        }
        if (savepoints.size() < SessionSettings.LIMIT) {
            savepoints.add(new Savepoint(name, pending == null ? 0 : pending.size()));
        }
    }

    /** ROLLBACK TO a savepoint. Of one that was not seen nothing is undone: rather too much is heard than too little. */
    void rolledBackTo(String name) {
        if (savepoints == null) {
            return;
        }
        for (int i = savepoints.size() - 1; i >= 0; i--) {
            Savepoint savepoint = savepoints.get(i);
            if (savepoint.name().equals(name)) {
                savepoints.subList(i + 1, savepoints.size()).clear();
                if (pending != null && savepoint.changes() < pending.size()) {
                    pending.subList(savepoint.changes(), pending.size()).clear();
                    pending = pending.isEmpty() ? null : pending;
                    shrunk = true;
                }
                return;
            }
        }
    }

    /** DISCARD ALL. */
    void clear() {
        shrunk = true;
        listened = null;
        pending = null;
        savepoints = null;
    }

    /** Whether some may not be needed any more; said once. */
    boolean takeShrunk() {
        boolean was = shrunk;
        shrunk = false;
        return was;
    }
}
