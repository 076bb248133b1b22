package io.trunkline.proxy.session;

import io.trunkline.config.UnrestorableState;
import io.trunkline.pool.StartupKey;
import io.trunkline.protocol.ReplyQueue;
import io.trunkline.protocol.TransactionStatus;
import io.trunkline.proxy.route.Mentions;
import io.trunkline.proxy.route.Plan;
import io.trunkline.proxy.route.Rule;
import io.trunkline.sql.StatementDetail;
import io.trunkline.sql.StatementDetail.IsolationLevel;
import java.util.Objects;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What a statement's success does to what is known of the session, its transaction and the backend that it went to.
 *
 * <p>Asked when the statement is about to be sent. What may tie the session to the node is noted at once, as the answer
 * may never come; the rest when the server has said that it went well, by an observer that waits in the queue of
 * replies. Event loop only.
 */
final class StatementEffects {
    private static final Pattern PLAIN_NAME = Pattern.compile("[a-z_][a-z0-9_.]*");

    private final SessionState state;

    StatementEffects(SessionState state) {
        this.state = state;
    }

    private static UnrestorableState kindOf(Rule rule) {
        return switch (rule) {
            case TEMPORARY -> UnrestorableState.TEMPORARY_TABLE;
            case HELD_CURSOR -> UnrestorableState.WITH_HOLD_CURSOR;
            case NOTIFICATION -> UnrestorableState.LISTEN;
            case ADVISORY_LOCK -> UnrestorableState.ADVISORY_LOCK;
            default -> UnrestorableState.UNKNOWN;
        };
    }

    /** What the success of a statement with this plan will mean, or null if nothing. */
    ReplyQueue.@Nullable Observer observer(Plan plan, AttachedBackend backend) {
        switch (plan.effect()) {
            case PINS -> {
                if (plan.rule() == Rule.TEMPORARY) {
                    temporary(plan.mentions(), backend.node());
                } else {
                    state.pin(backend.node(), kindOf(plan.rule()), plan.rule().text());
                }
                return unclear(plan, backend);
            }
            case HOLDS -> {
                state.hold(kindOf(plan.rule()), backend.node());
                return null;
            }
            case LISTEN -> {
                state.held.add(UnrestorableState.LISTEN, backend.node());
                return ok -> listensItself(plan, ok);
            }
            case UNLISTEN -> {
                return ok -> listensItself(plan, ok);
            }
            case COMMIT, ROLLBACK, PREPARE_TRANSACTION -> {
                backend.controlSent();
                return ok -> ended(plan, ok, backend);
            }
            case BEGIN -> {
                // within a transaction: its modes are set by it
                return plan.transaction().equals(StatementDetail.Transaction.PLAIN)
                        ? null
                        : ok -> {
                            if (ok) {
                                state.transaction.did(plan, backend);
                            }
                        };
            }
            case SAVEPOINT -> {
                return ok -> {
                    if (ok) {
                        state.savepoint(Objects.requireNonNull(plan.name()));
                        state.transaction.did(plan, backend);
                    }
                };
            }
            case SNAPSHOT -> {
                state.transaction.staysOn(backend.node());
                return null;
            }
            case TIES_TRANSACTION -> {
                state.transaction.staysOn(backend.node());
                state.settingSent();
                return ok -> {
                    if (ok) {
                        state.madeForTransaction();
                    }
                };
            }
            case RELEASE, TRANSACTION_SETTING -> {
                if (plan.detail() instanceof StatementDetail.Setting) {
                    state.settingSent();
                }
                return ok -> {
                    if (ok) {
                        if (plan.detail() instanceof StatementDetail.Setting) {
                            state.madeForTransaction();
                        }
                        state.transaction.did(plan, backend);
                    }
                };
            }
            case ROLLBACK_TO -> {
                state.rollsBackTo();
                backend.controlSent();
                return ok -> state.rolledBackTo(plan, ok, backend);
            }
            case SETTING -> {
                state.settingSent();
                boolean names = StartupKey.APPLICATION_NAME.equals(plan.name());
                if (names) {
                    state.nameSent(isReset(plan));
                }
                return ok -> {
                    if (ok) {
                        if (names) {
                            backend.settingsReset();
                        }
                        made(plan);
                        isolationSet(plan);
                        state.transaction.did(plan, backend);
                    }
                };
            }
            case RESET_ALL -> {
                state.settingSent();
                state.nameSent(true);
                ReplyQueue.@Nullable Observer several = unclear(plan, backend);
                return ok -> {
                    if (several != null) {
                        several.ended(ok);
                    }
                    if (ok) {
                        state.settings.resetAll();
                        backend.settingsReset();
                        state.readCommitted(null);
                        state.transaction.did(plan, backend);
                    }
                };
            }
            case PREPARE -> {
                if (plan.name() == null) {
                    if (backend.isShared()) {
                        state.pin(backend.node(), UnrestorableState.UNKNOWN, "PREPARE among several statements");
                    }
                    return unclear(plan, backend);
                }
                return ok -> prepared(plan, ok, backend);
            }
            case DISCARD_ALL -> {
                state.nameSent(true);
                backend.statements.forgetReused();
                return ok -> {
                    if (ok) {
                        state.discardAll(backend);
                    }
                };
            }
            case EXECUTE -> {
                // what the protocol has prepared may be anything
                @Nullable PreparedStatement statement = state.statements.get(Objects.requireNonNull(plan.name()));
                return statement != null && leavesSomething(statement.plan)
                        ? observer(statement.plan, backend)
                        : unclear(plan, backend);
            }
            case DEALLOCATE -> {
                return ok -> deallocated(plan, ok, backend);
            }
            case DEALLOCATE_ALL -> {
                // what is sent behind it is not to rely on them
                backend.statements.forgetReused();
                return ok -> {
                    if (ok) {
                        state.statements.clear();
                        backend.statements.forgetAll();
                    }
                };
            }
            default -> {
                return unclear(plan, backend);
            }
        }
    }

    private static boolean leavesSomething(Plan prepared) {
        return switch (prepared.effect()) {
            case PINS, HOLDS, TIES_TRANSACTION -> true;
            default -> false;
        };
    }

    /** Statements of which one may end or restore the transaction. */
    private ReplyQueue.@Nullable Observer unclear(Plan plan, AttachedBackend backend) {
        if (plan.rule().isOneStatement()) {
            return null;
        }
        backend.controlSent();
        return ok -> {
            backend.controlled((byte) 0);
            if (ok && plan.detail() instanceof StatementDetail.Channels named) {
                named.names().forEach(state.channels::unlisten);
                if (named.names().isEmpty()) {
                    state.channels.unlisten(null);
                }
            }
        };
    }

    private static boolean isReset(Plan plan) {
        return plan.detail() instanceof StatementDetail.Setting setting
                && setting.action() == StatementDetail.SettingAction.RESET;
    }

    private void made(Plan plan) {
        if (plan.detail() instanceof StatementDetail.Transaction characteristics) {
            state.settings.made(characteristics);
        } else {
            String name = Objects.requireNonNull(plan.name());
            // SET ... TO DEFAULT is the same
            boolean resets = isReset(plan) && PLAIN_NAME.matcher(name).matches();
            state.settings.made(name, resets ? "RESET " + name : Objects.requireNonNull(plan.text()));
        }
    }

    /** Its own backend has heard of a channel: the session hears it there or not at all. */
    private void listensItself(Plan plan, boolean ok) {
        if (ok && (plan.name() != null || plan.effect() == Plan.Effect.UNLISTEN)) {
            state.channels.unlisten(plan.name());
        }
    }

    /** What the end of a Parse of the client will mean. */
    ReplyQueue.Observer parseObserver(PreparedStatement statement, AttachedBackend backend) {
        return ok -> {
            if (!ok) {
                state.statements.remove(statement);
                backend.statements.forget(statement);
            }
        };
    }

    private static boolean chains(Plan plan) {
        return plan.detail() instanceof StatementDetail.Transaction options && options.chain();
    }

    /** The end of a transaction has been answered: what follows in its batch is no part of it. */
    private void ended(Plan plan, boolean ok, AttachedBackend backend) {
        if (!ok) {
            backend.controlled((byte) 0);
        } else if (chains(plan)) {
            boolean hadFailed = backend.hadFailed();
            backend.controlled(TransactionStatus.IN_TRANSACTION);
            state.transaction.chained(backend, hadFailed);
        } else {
            backend.controlled(TransactionStatus.IDLE);
            if (state.transaction.isJoinedBy(backend)) {
                state.transaction.end();
                backend.transaction = 0;
            }
        }
    }

    private void prepared(Plan plan, boolean ok, AttachedBackend backend) {
        if (ok) {
            PreparedStatement statement = PreparedStatement.bySql(plan);
            state.statements.add(statement);
            backend.statements.note(statement);
        }
    }

    private void deallocated(Plan plan, boolean ok, AttachedBackend backend) {
        @Nullable PreparedStatement statement = state.statements.get(Objects.requireNonNull(plan.name()));
        if (statement == null) {
            return;
        }
        statement.deallocating = false;
        if (ok) {
            state.statements.remove(statement);
            backend.statements.deallocated(statement.name);
        }
    }

    private void isolationSet(Plan plan) {
        if (plan.detail() instanceof StatementDetail.Transaction options) {
            options.isolation()
                    .ifPresent(level -> state.readCommitted(level.compareTo(IsolationLevel.READ_COMMITTED) <= 0));
        } else if (plan.detail() instanceof StatementDetail.Setting setting
                && setting.name().equals("default_transaction_isolation")) {
            state.readCommitted(setting.value()
                    .map(value ->
                            value.equalsIgnoreCase("read committed") || value.equalsIgnoreCase("read uncommitted"))
                    .orElse(null));
        }
    }

    /** A temporary object was made by a statement that names it among these. */
    private void temporary(Mentions mentions, int node) {
        state.hold(UnrestorableState.TEMPORARY_TABLE, node);
        if (mentions.tables().isEmpty() || !state.temporary.add(mentions.tables())) {
            state.pin(node, UnrestorableState.TEMPORARY_TABLE, Rule.TEMPORARY.text());
        }
    }
}
