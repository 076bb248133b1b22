package io.trunkline.proxy.session;

import io.trunkline.protocol.TransactionStatus;
import org.jspecify.annotations.Nullable;

/**
 * Ends what is open of a batch or a transaction on the nodes that the client hears nothing of.
 *
 * <p>A batch outside of a transaction block is one transaction for its server, which the Sync commits. Where it has failed
 * for the client on another node, or at Trunkline's hands, ROLLBACK takes the place of the Sync. Event loop only.
 */
final class QuietEnds {
    private final LoopServices loop;
    private final SessionState state;

    QuietEnds(LoopServices loop, SessionState state) {
        this.loop = loop;
        this.state = state;
    }

    /** Where a batch may have written that has moved on to {@code current}; null if nowhere else. */
    @Nullable
    AttachedBackend writerOf(@Nullable AttachedBackend[] attached, AttachedBackend current) {
        for (AttachedBackend other : attached) {
            if (other != null
                    && other != current
                    && other.executed
                    && other.node() == loop.cluster().primary()) {
                return other;
            }
        }
        return null;
    }

    /** Ends the batch on all nodes but one. @return whether all of those have answered */
    boolean batchBut(@Nullable AttachedBackend kept, @Nullable AttachedBackend[] attached, boolean failed) {
        boolean answered = true;
        for (AttachedBackend backend : attached) {
            if (backend != null && backend != kept) {
                if (failed
                        && backend.executed
                        && backend.node() == loop.cluster().primary()
                        && !state.transaction.isOpen()
                        && backend.status() == TransactionStatus.IDLE) {
                    backend.rollBackQuietly();
                }
                backend.syncQuietly();
                answered &= backend.isDrained();
            }
        }
        return answered;
    }

    /** The client's command is through: nodes but {@code kept} leave transactions that are over for the client. */
    void transactionsBut(@Nullable AttachedBackend kept, @Nullable AttachedBackend[] attached) {
        for (AttachedBackend other : attached) {
            if (other != null && other.transaction != 0 && !state.transaction.isJoinedBy(other)) {
                other.transaction = 0;
                if (other != kept) {
                    other.rollBackQuietly();
                }
            }
        }
    }
}
