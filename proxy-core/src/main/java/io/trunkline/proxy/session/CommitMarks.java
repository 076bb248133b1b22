package io.trunkline.proxy.session;

import io.trunkline.protocol.TransactionStatus;
import io.trunkline.proxy.route.Destination;
import io.trunkline.proxy.route.Plan;
import io.trunkline.proxy.route.Rule;

/**
 * Marks the requests whose success may commit something: if their answers are lost, nobody knows whether it has. In doubt
 * a request is marked: a client that is told of doubt where there is none looks, one that is told of none where there is
 * some repeats what was done. Event loop only.
 */
final class CommitMarks {
    private final LoopServices loop;
    private final SessionNodes nodes;
    private final SessionState state;

    CommitMarks(LoopServices loop, SessionNodes nodes, SessionState state) {
        this.loop = loop;
        this.nodes = nodes;
        this.state = state;
    }

    /** A Query has been sent, and noted. @param executed the plan of what it executes */
    void querySent(Plan executed, AttachedBackend backend) {
        if (!isPrimary(backend)) {
            return;
        }
        note(executed, backend);
        backend.severalStatements = !executed.rule().isOneStatement();
        if (mayCommit(executed, backend) || backend.severalStatements) {
            backend.replies().lastMayCommit();
        }
    }

    /** An Execute has been sent, and noted. @param isKnown whether the plan is that of what it executes */
    void executeSent(Plan plan, boolean isKnown, AttachedBackend backend) {
        if (!isPrimary(backend)) {
            return;
        }
        note(plan, backend);
        backend.severalStatements = false;
        if (!isKnown || mayCommit(plan, backend) || plan.rule() == Rule.TOO_LONG) {
            backend.writesInBatch = true;
            if (!isKnown || !commitsWithSync(plan)) {
                backend.replies().lastMayCommit();
            }
        }
    }

    /** A Sync has been sent, and noted; the batch is still open. */
    static void syncSent(AttachedBackend backend) {
        if (backend.writesInBatch) {
            backend.replies().lastMayCommit();
        }
    }

    void functionCallSent(AttachedBackend backend) {
        if (isPrimary(backend) && !isInTransaction(backend)) {
            backend.replies().lastMayCommit();
        }
    }

    private boolean isPrimary(AttachedBackend backend) {
        if (!backend.asPrimary && backend.node() == loop.cluster().primary()) {
            backend.asPrimary = true;
        }
        return backend.asPrimary;
    }

    private static void note(Plan plan, AttachedBackend backend) {
        if (plan.effect() == Plan.Effect.ROLLBACK) {
            backend.rollback = backend.replies().sentCount() - 1;
        }
    }

    private boolean mayCommit(Plan plan, AttachedBackend backend) {
        switch (plan.effect()) {
            case COMMIT, PREPARE_TRANSACTION, PINS -> {
                return plan.effect() != Plan.Effect.PINS || !isInTransaction(backend);
            }
            case NONE, EXECUTE, TIES_TRANSACTION -> {
                return !isInTransaction(backend) && mayWrite(plan);
            }
            default -> {
                // what concerns the session or the transaction, and no data
                return false;
            }
        }
    }

    private boolean mayWrite(Plan plan) {
        if (plan.destination() == Destination.PRIMARY) {
            return true;
        }
        // where there is no choice of nodes nobody has asked the catalog
        return loop.isBalancing()
                ? nodes.choice().permission().mayWrite(plan)
                : !plan.mentions().isEmpty();
    }

    /** Whether it is certainly part of an explicit transaction, which something else will have to end. */
    private boolean isInTransaction(AttachedBackend backend) {
        return !backend.isStatusUnderWay()
                && (state.transaction.isJoinedBy(backend) || backend.status() != TransactionStatus.IDLE);
    }

    /** Whether it is a statement that only the end of its batch commits, and that cannot commit by itself. */
    private static boolean commitsWithSync(Plan plan) {
        return switch (plan.rule()) {
            case MODIFIES, MODIFYING_WITH, ROW_LOCK, READ_ONLY, VOLATILE_FUNCTION, LAST_VALUE -> true;
            default -> false;
        };
    }
}
