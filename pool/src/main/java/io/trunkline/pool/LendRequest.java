package io.trunkline.pool;

import io.trunkline.protocol.ServerMessage;

/** A session's wish for a backend, from {@link PoolShard#lend} to its end. */
public final class LendRequest {
    /** How a wish ends. Exactly one of the two is called, on the shard's event loop, unless the wish is withdrawn. */
    public interface Outcome {
        void lent(BackendConnection backend);

        void refused(OpenFailure why);

        /** It has waited for long ({@link PoolSettings#noticeMillis}), and goes on; said once. */
        default void waitsLong() {}
    }

    final PoolShard shard;
    final NodeAddress address;
    final PoolKey key;
    final Borrower borrower;
    final BackendHolder holder;
    final Outcome outcome;

    /** When it began to wait, by nanoTime; only of one that waits. */
    long waitingSinceNanos;

    private boolean over;
    private boolean queued;
    private boolean told;

    LendRequest(
            PoolShard shard,
            NodeAddress address,
            PoolKey key,
            Borrower borrower,
            BackendHolder holder,
            Outcome outcome) {
        this.shard = shard;
        this.address = address;
        this.key = key;
        this.borrower = borrower;
        this.holder = holder;
        this.outcome = outcome;
    }

    /** Whether nobody waits for an answer any more. Event loop only. */
    boolean isOver() {
        return over;
    }

    /** Whether it waits for others to give a backend back, not just for a connection. Event loop only. */
    public boolean isQueued() {
        return queued;
    }

    void queued(boolean waits) {
        queued = waits;
    }

    /** Withdraws the wish; what is lent all the same goes back to the pool. Event loop only. */
    public void withdraw() {
        if (!over) {
            end();
            shard.withdrawn(this);
        }
    }

    void lent(BackendConnection backend) {
        end();
        outcome.lent(backend);
    }

    void refused(OpenFailure why) {
        end();
        outcome.refused(why);
    }

    void refused(String sqlState, String why) {
        refused(new OpenFailure(address, ServerMessage.error(sqlState, why), OpenFailure.Cause.ANSWERED));
    }

    void tellWaiting() {
        if (!told && !over) {
            told = true;
            outcome.waitsLong();
        }
    }

    private void end() {
        over = true;
    }
}
