package io.trunkline.proxy.session;

import io.trunkline.config.UnrestorableState;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What a session has on one backend and on no other, by kind: its loss would be silent if the session just went on. Never
 * forgets anything but by DISCARD ALL or by the server's word, as to take something for held that is not costs a session at a failover, and the
 * opposite a wrong result. Event loop only.
 */
final class HeldState {
    private static final UnrestorableState[] KINDS = UnrestorableState.values();

    /** A bit for each kind. */
    private int kinds;

    /** Those of a statement that the client knows the outcome of. */
    private int told;

    /** Those that may have been made since the server was asked last. */
    private int sinceAsked;

    private int node = SessionState.NOWHERE;

    /** @return whether there was nothing of this kind before */
    boolean add(UnrestorableState kind, int where) {
        boolean isNew = (kinds & 1 << kind.ordinal()) == 0;
        kinds |= 1 << kind.ordinal();
        sinceAsked |= 1 << kind.ordinal();
        node = where;
        return isNew;
    }

    /** The client has been told how all went that it has asked for. */
    void told() {
        told = kinds;
    }

    /** The server is being asked what is there: its answer does not tell of what is made from here on. */
    void asked() {
        sinceAsked = 0;
    }

    /** Whether there may be more of this kind than the server knew when it was asked last. */
    boolean isNewerThanAnswer(UnrestorableState kind) {
        return (sinceAsked & 1 << kind.ordinal()) != 0;
    }

    /** Whether there is anything that the server can be asked about. */
    boolean isAskable() {
        return (kinds & ~(1 << UnrestorableState.UNKNOWN.ordinal())) != 0;
    }

    /** It is there no more. */
    void remove(UnrestorableState kind) {
        kinds &= ~(1 << kind.ordinal());
        told &= kinds;
        if (kinds == 0) {
            node = SessionState.NOWHERE;
        }
    }

    /** One of those that are there; null if there are none. */
    @Nullable
    UnrestorableState any() {
        return kinds == 0 ? null : KINDS[Integer.numberOfTrailingZeros(kinds)];
    }

    boolean has(UnrestorableState kind) {
        return (kinds & 1 << kind.ordinal()) != 0;
    }

    boolean isOn(int where) {
        return kinds != 0 && node == where;
    }

    void clear() {
        kinds = 0;
        told = 0;
        node = SessionState.NOWHERE;
    }

    /**
     * What would be missed silently if the backend on a node were lost; null if nothing. What a statement has made whose
     * outcome the client will never know is not missed silently.
     *
     * @param bearable what the configuration says may be lost
     */
    @Nullable
    UnrestorableState missedFrom(int where, Set<UnrestorableState> bearable) {
        if (told == 0 || where != node) {
            return null;
        }
        for (UnrestorableState kind : KINDS) {
            if ((told & 1 << kind.ordinal()) != 0 && !bearable.contains(kind)) {
                return kind;
            }
        }
        return null;
    }
}
