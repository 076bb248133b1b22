package io.trunkline.pool;

import io.trunkline.protocol.ServerMessage;
import java.util.concurrent.ScheduledFuture;
import org.jspecify.annotations.Nullable;

/** A session's wish for a backend, from {@link PoolShard#lend} to its end. */
public final class LendRequest {
    /** How a wish ends. Exactly one of the two is called, on the shard's event loop, unless the wish is withdrawn. */
    public interface Outcome {
        void lent(BackendConnection backend);

        void refused(OpenFailure why);
    }

    final PoolShard shard;
    final NodeAddress address;
    final PoolKey key;
    final String applicationName;
    final BackendLogin login;
    final Admission admissionIfChallenged;
    final BackendHolder holder;
    final Outcome outcome;

    @Nullable
    ScheduledFuture<?> deadline;

    private boolean over;
    private boolean queued;

    LendRequest(
            PoolShard shard,
            NodeAddress address,
            StartupKey startup,
            String applicationName,
            BackendLogin login,
            Admission admissionIfChallenged,
            BackendHolder holder,
            Outcome outcome) {
        this.shard = shard;
        this.address = address;
        this.key = new PoolKey(address.node(), startup);
        this.applicationName = applicationName;
        this.login = login;
        this.admissionIfChallenged = admissionIfChallenged;
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

    private void end() {
        over = true;
        if (deadline != null) {
            deadline.cancel(false);
        }
    }
}
