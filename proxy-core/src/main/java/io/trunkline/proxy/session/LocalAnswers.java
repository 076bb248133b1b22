package io.trunkline.proxy.session;

import io.netty.buffer.ByteBuf;
import io.trunkline.config.PgpoolConfig;
import io.trunkline.protocol.BackendMessages;
import io.trunkline.protocol.BackendTag;
import io.trunkline.protocol.ServerMessage;
import io.trunkline.protocol.SqlState;
import io.trunkline.protocol.TransactionStatus;
import io.trunkline.proxy.log.LogFields;
import io.trunkline.proxy.route.Plan;
import io.trunkline.sql.StatementDetail;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Statements that Trunkline answers itself, over the simple and the extended protocol: its own commands (SHOW POOL_NODES
 * and its like), LISTEN where it needs no backend of the session ({@link SessionListening}), and transaction control that no node has to know of yet ({@link SessionTransaction}).
 *
 * <p>Plays the server's part: statements and portals of such commands live here, under the client's names.
 *
 * <p>Each method returns false if answers of a backend have to come first; the request is offered again then.
 */
final class LocalAnswers implements Asker {
    private static final Logger log = LoggerFactory.getLogger(LocalAnswers.class);

    private final FrontendConnection front;
    private final LoopServices loop;
    private final SessionNodes nodes;
    private final SessionState state;
    private final String user;
    private final ClientSession session;
    private @Nullable Map<String, Plan> statements;
    private @Nullable Map<String, Plan> portals;

    /** The command that is being carried out, while others are asked for what it shows; its request is offered again. */
    private @Nullable Plan asked;

    private @Nullable CompletableFuture<LocalResult> answer;

    private boolean inBatch;
    private boolean erred;

    LocalAnswers(
            FrontendConnection front,
            LoopServices loop,
            SessionNodes nodes,
            SessionState state,
            String user,
            ClientSession session) {
        this.user = user;
        this.session = session;
        this.front = front;
        this.loop = loop;
        this.nodes = nodes;
        this.state = state;
    }

    /** Whether a query string with this plan is answered here. */
    boolean takes(Plan plan) {
        SessionTransaction transaction = state.transaction;
        return switch (plan.effect()) {
            case LOCAL -> true;
            case LISTEN, UNLISTEN -> nodes.listening().takes(plan);
            case BEGIN -> takesBegin();
            case COMMIT, ROLLBACK -> transaction.isDeferred() || transaction.isFailed();
            case SAVEPOINT -> transaction.isDeferred() && !transaction.isFailed();
            case TRANSACTION_SETTING ->
                transaction.isDeferred()
                        && !transaction.isFailed()
                        && plan.detail() instanceof StatementDetail.Transaction;
            default -> false;
        };
    }

    /** Whether a Parse with this plan is answered here: what must not be prepared on a node before it is known which. */
    boolean takesParse(Plan plan) {
        return plan.isLocal()
                || plan.effect() == Plan.Effect.BEGIN && takesBegin()
                || nodes.listening().takes(plan);
    }

    /**
     * Whether a BEGIN begins a transaction; while answers are owed it is offered again. In a transaction it is the
     * server's to warn or refuse, and in a batch of the primary's what came before belongs to the transaction.
     */
    private boolean takesBegin() {
        return loop.isBalancing()
                && !nodes.backends().hasOpenBatchOnPrimary()
                && (!nodes.backends().isDrained() || nodes.backends().status() == TransactionStatus.IDLE);
    }

    /**
     * Whether a statement with this plan, prepared wherever, ends a transaction that was lost with a node: there is no
     * server that could.
     */
    boolean takesEnd(Plan plan) {
        return (plan.effect() == Plan.Effect.COMMIT || plan.effect() == Plan.Effect.ROLLBACK)
                && state.transaction.isLost();
    }

    /** Answers the Parse of such a statement. */
    boolean parseEnd(String name) {
        ByteBuf out = begin();
        if (out == null) {
            return false;
        }
        forgetStatement(name);
        return bare(out, BackendTag.PARSE_COMPLETE);
    }

    /** Answers the Describe of such a statement. */
    boolean describeEnd() {
        ByteBuf out = begin();
        if (out == null) {
            return false;
        }
        BackendMessages.noParameters(out);
        return bare(out, BackendTag.NO_DATA);
    }

    /** Whether the last answer was an error, so that the rest of its batch is skipped. */
    boolean takeError() {
        boolean was = erred;
        erred = false;
        return was;
    }

    boolean hasStatement(String name) {
        return statements != null && statements.containsKey(name);
    }

    boolean hasPortal(String name) {
        return portals != null && portals.containsKey(name);
    }

    /** A backend has a statement of this name now. */
    void forgetStatement(String name) {
        if (statements != null) {
            statements.remove(name);
        }
    }

    void forgetPortal(String name) {
        if (portals != null) {
            portals.remove(name);
        }
    }

    /** Whether something was answered here since the last Sync. */
    boolean isInBatch() {
        return inBatch;
    }

    /** A Sync is answered, or on its way. */
    void batchEnds() {
        inBatch = false;
        portals = null;
    }

    boolean query(Plan plan) {
        boolean begins = plan.effect() == Plan.Effect.BEGIN
                && !state.transaction.isOpen()
                && nodes.backends().isDrained();
        if (nodes.waits().awaitsCatalog(!begins || nodes.choice().permission().knowsDefault())) {
            return false;
        }
        ByteBuf out = begin();
        if (out == null) {
            return false;
        }
        LocalResult result = answer(plan);
        if (result == null) {
            out.release();
            return false;
        }
        if (result.isTable()) {
            BackendMessages.rowDescription(out, result.columns());
        }
        rows(out, result);
        if (isListening(plan)) {
            nodes.listening().synced();
        }
        BackendMessages.readyForQuery(out, nodes.backends().status());
        front.write(out);
        return true;
    }

    private static boolean isListening(Plan plan) {
        return plan.effect() == Plan.Effect.LISTEN || plan.effect() == Plan.Effect.UNLISTEN;
    }

    /** Whether a server would refuse to have such a statement prepared, or bound; it is refused then. */
    private boolean refuses(Plan plan, ByteBuf out) {
        erred = isListening(plan) && nodes.listening().isRefused();
        if (erred) {
            AfterFailure.error().encodeError(out);
            front.write(out);
        }
        return erred;
    }

    boolean parse(String name, Plan plan) {
        ByteBuf out = begin();
        if (out == null) {
            return false;
        }
        if (refuses(plan, out)) {
            return true;
        }
        if (statements == null) {
            statements = new HashMap<>();
        }
        statements.put(name, plan);
        return bare(out, BackendTag.PARSE_COMPLETE);
    }

    boolean bind(String portal, String statement) {
        return bind(portal, plan(statements, statement));
    }

    boolean bind(String portal, Plan plan) {
        ByteBuf out = begin();
        if (out == null) {
            return false;
        }
        if (refuses(plan, out)) {
            return true;
        }
        if (portals == null) {
            portals = new HashMap<>();
        }
        portals.put(portal, plan);
        return bare(out, BackendTag.BIND_COMPLETE);
    }

    boolean describe(boolean ofStatement, String name) {
        ByteBuf out = begin();
        if (out == null) {
            return false;
        }
        if (ofStatement) {
            BackendMessages.noParameters(out);
        }
        List<String> columns = columns(plan(ofStatement ? statements : portals, name));
        if (columns.isEmpty()) {
            BackendMessages.bare(out, BackendTag.NO_DATA);
        } else {
            BackendMessages.rowDescription(out, columns);
        }
        front.write(out);
        return true;
    }

    boolean execute(String portal) {
        ByteBuf out = begin();
        if (out == null) {
            return false;
        }
        LocalResult result = answer(plan(portals, portal));
        if (result == null) {
            out.release();
            return false;
        }
        rows(out, result);
        erred = result.error() != null;
        front.write(out);
        return true;
    }

    boolean close(boolean ofStatement, String name) {
        ByteBuf out = begin();
        if (out == null) {
            return false;
        }
        if (ofStatement) {
            forgetStatement(name);
        } else {
            forgetPortal(name);
        }
        return bare(out, BackendTag.CLOSE_COMPLETE);
    }

    private List<String> columns(Plan plan) {
        if (!plan.isLocal()) {
            return List.of();
        }
        Plan explained = plan.inner();
        return explained == null
                ? loop.localCommands().columns(plan, this)
                : explain(state.executed(explained)).columns();
    }

    /** The answer, where no backend owes any that come before; null while it is being gathered. */
    private @Nullable LocalResult answer(Plan plan) {
        if (isListening(plan)) {
            LocalResult result = gathered(plan, () -> nodes.listening().answer(plan));
            if (result != null && result.error() != null) {
                nodes.listening().failTransaction();
            }
            return result;
        }
        if (!plan.isLocal()) {
            ServerMessage loss = state.transaction.takeLoss();
            String tag = control(plan);
            return loss != null && plan.effect() == Plan.Effect.COMMIT
                    ? LocalResult.error(loss)
                    : LocalResult.command(tag);
        }
        Plan explained = plan.inner();
        return explained == null
                ? gathered(plan, () -> loop.localCommands().answer(plan, this))
                : explain(state.executed(explained));
    }

    private @Nullable LocalResult gathered(Plan plan, Supplier<CompletableFuture<LocalResult>> carriedOut) {
        CompletableFuture<LocalResult> result = plan.equals(asked) ? answer : null;
        if (result == null) {
            result = carriedOut.get().exceptionally(this::failure);
            if (!result.isDone()) {
                asked = plan;
                answer = result;
                result.whenComplete((done, failure) -> loop.eventLoop().execute(session::proceed));
                return null;
            }
        } else if (!result.isDone()) {
            return null;
        }
        asked = null;
        answer = null;
        return result.join();
    }

    /** What could not be gathered is no reason to end the session, and must not keep it waiting. */
    private LocalResult failure(Throwable cause) {
        log.atError().addKeyValue(LogFields.CLIENT, front).setCause(cause).log("internal error in a SHOW command");
        return LocalResult.error(ServerMessage.error(SqlState.INTERNAL_ERROR, "internal error in Trunkline"));
    }

    // ---- Asker

    @Override
    public String user() {
        return user;
    }

    @Override
    public int readNode() {
        return nodes.choice().chosenReadNode();
    }

    @Override
    public PgpoolConfig config() {
        return state.own == null ? loop.config() : state.own.config(loop.config());
    }

    @Override
    public OwnSettings ownSettings() {
        // when the new value is there
        loop.eventLoop().execute(session::watchMessages);
        if (state.own == null) {
            state.own = loop.newOwnSettings();
        }
        return state.own;
    }

    /** Where a statement would go now, and why. */
    private LocalResult explain(Plan plan) {
        int node = nodes.nodeNow(plan);
        return new RouteReport(loop, state, nodes.choice().permission())
                .of(plan, node, nodes.choice().rule());
    }

    /** Carries out transaction control that no node has to know of yet. @return the command tag */
    private String control(Plan plan) {
        SessionTransaction transaction = state.transaction;
        switch (plan.effect()) {
            case BEGIN -> {
                if (!transaction.isOpen()) {
                    transaction.begin(plan, nodes.choice().permission().defaultsToReadCommitted());
                    if (nodes.backends().hasOpenBatchOnPrimary()) {
                        // what the batch has done there belongs to the transaction
                        nodes.use(Plan.WRITE);
                    }
                } else if (!plan.transaction().equals(StatementDetail.Transaction.PLAIN)) {
                    transaction.did(plan, null);
                }
                return Objects.requireNonNull(plan.text()).regionMatches(true, 0, "start", 0, 5)
                        ? "START TRANSACTION"
                        : "BEGIN";
            }
            case COMMIT, ROLLBACK -> {
                boolean failed = transaction.isFailed();
                if (plan.detail() instanceof StatementDetail.Transaction options && options.chain()) {
                    transaction.chained(null, failed);
                } else {
                    transaction.end();
                }
                if (!failed && plan.effect() == Plan.Effect.COMMIT) {
                    state.channels.committed();
                }
                state.rolledBack();
                nodes.leaveTransactions(null);
                return failed || plan.effect() == Plan.Effect.ROLLBACK ? "ROLLBACK" : "COMMIT";
            }
            case SAVEPOINT -> {
                state.savepoint(name(plan));
                transaction.did(plan, null);
                return "SAVEPOINT";
            }
            default -> {
                transaction.did(plan, null);
                return "SET";
            }
        }
    }

    /** A buffer for an answer; null while a backend owes answers that come before. */
    private @Nullable ByteBuf begin() {
        if (!nodes.backends().isDrained()) {
            nodes.backends().askForAnswers();
            return null;
        }
        front.reader().cutRun();
        inBatch = true;
        return front.buffer();
    }

    private static void rows(ByteBuf out, LocalResult result) {
        ServerMessage error = result.error();
        if (error != null) {
            error.encodeError(out);
            return;
        }
        List<List<String>> rows = result.rows();
        rows.forEach(row -> BackendMessages.dataRow(out, row));
        BackendMessages.commandComplete(out, result.commandTag());
    }

    private boolean bare(ByteBuf out, byte tag) {
        BackendMessages.bare(out, tag);
        front.write(out);
        return true;
    }

    private static Plan plan(@Nullable Map<String, Plan> plans, String name) {
        return Objects.requireNonNull(Objects.requireNonNull(plans).get(name));
    }

    private static String name(Plan plan) {
        return Objects.requireNonNull(plan.name());
    }
}
