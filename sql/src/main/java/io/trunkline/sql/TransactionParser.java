package io.trunkline.sql;

import io.trunkline.sql.StatementDetail.IsolationLevel;
import io.trunkline.sql.StatementDetail.Transaction;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** BEGIN, COMMIT, SAVEPOINT and the like, and the transaction modes that SET shares with them. */
final class TransactionParser {
    private final TokenStream tokens;
    private Transaction detail = Transaction.PLAIN;
    private @Nullable IsolationLevel isolation;
    private @Nullable Boolean readOnly;
    private @Nullable Boolean deferrable;

    TransactionParser(TokenStream tokens) {
        this.tokens = tokens;
    }

    Transaction detail() {
        return detail;
    }

    StatementType parse() {
        detail = Transaction.PLAIN;
        StatementType type = statement();
        return tokens.atEnd() ? type : StatementType.UNKNOWN;
    }

    private StatementType statement() {
        Keyword verb = tokens.word();
        tokens.advance();
        switch (verb) {
            case BEGIN -> {
                work();
                modes();
                return StatementType.BEGIN;
            }
            case START -> {
                if (!tokens.accept(Keyword.TRANSACTION)) {
                    return StatementType.UNKNOWN;
                }
                modes();
                return StatementType.BEGIN;
            }
            case COMMIT, END -> {
                if (verb == Keyword.COMMIT && tokens.accept(Keyword.PREPARED)) {
                    return identified(StatementType.COMMIT_PREPARED);
                }
                work();
                chain();
                return StatementType.COMMIT;
            }
            case ROLLBACK, ABORT -> {
                if (verb == Keyword.ROLLBACK && tokens.accept(Keyword.PREPARED)) {
                    return identified(StatementType.ROLLBACK_PREPARED);
                }
                work();
                if (tokens.accept(Keyword.TO)) {
                    tokens.accept(Keyword.SAVEPOINT);
                    return named(StatementType.ROLLBACK_TO);
                }
                chain();
                return StatementType.ROLLBACK;
            }
            case SAVEPOINT -> {
                return named(StatementType.SAVEPOINT);
            }
            case RELEASE -> {
                tokens.accept(Keyword.SAVEPOINT);
                return named(StatementType.RELEASE);
            }
            case PREPARE -> {
                tokens.accept(Keyword.TRANSACTION);
                return identified(StatementType.PREPARE_TRANSACTION);
            }
            default -> {
                return StatementType.UNKNOWN;
            }
        }
    }

    private void work() {
        if (!tokens.accept(Keyword.WORK)) {
            tokens.accept(Keyword.TRANSACTION);
        }
    }

    private void chain() {
        if (tokens.accept(Keyword.AND)) {
            boolean chained = !tokens.accept(Keyword.NO);
            tokens.accept(Keyword.CHAIN);
            detail = new Transaction(Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty(), chained);
        }
    }

    private StatementType named(StatementType type) {
        if (!tokens.atName()) {
            return StatementType.UNKNOWN;
        }
        detail = Transaction.named(NameCache.identifier(tokens, tokens.position()));
        tokens.moveTo(tokens.afterPart(tokens.position()));
        return type;
    }

    private StatementType identified(StatementType type) {
        if (!tokens.isString(tokens.position())) {
            return StatementType.UNKNOWN;
        }
        detail = Transaction.named(Literals.value(tokens, tokens.position()));
        tokens.moveTo(tokens.afterLiteral(tokens.position()));
        return type;
    }

    /** Transaction modes up to the statement's end; leaves the position at the first that is none. */
    Transaction modes() {
        isolation = null;
        readOnly = null;
        deferrable = null;
        boolean any = false;
        boolean comma = false;
        while (mode()) {
            any = true;
            comma = tokens.accept(TokenKind.COMMA);
        }
        if (comma) {
            // nothing behind it
            tokens.moveTo(tokens.position() - 1);
        }
        detail = any
                ? new Transaction(
                        Optional.empty(),
                        Optional.ofNullable(isolation),
                        Optional.ofNullable(readOnly),
                        Optional.ofNullable(deferrable),
                        false)
                : Transaction.PLAIN;
        return detail;
    }

    private boolean mode() {
        if (tokens.accept(Keyword.ISOLATION, Keyword.LEVEL)) {
            isolation = level();
            return isolation != null;
        }
        if (tokens.accept(Keyword.READ, Keyword.ONLY)) {
            readOnly = true;
            return true;
        }
        if (tokens.accept(Keyword.READ, Keyword.WRITE)) {
            readOnly = false;
            return true;
        }
        if (tokens.accept(Keyword.NOT, Keyword.DEFERRABLE)) {
            deferrable = false;
            return true;
        }
        if (tokens.accept(Keyword.DEFERRABLE)) {
            deferrable = true;
            return true;
        }
        return false;
    }

    private @Nullable IsolationLevel level() {
        if (tokens.accept(Keyword.SERIALIZABLE)) {
            return IsolationLevel.SERIALIZABLE;
        }
        if (tokens.accept(Keyword.REPEATABLE, Keyword.READ)) {
            return IsolationLevel.REPEATABLE_READ;
        }
        if (tokens.accept(Keyword.READ, Keyword.COMMITTED)) {
            return IsolationLevel.READ_COMMITTED;
        }
        if (tokens.accept(Keyword.READ, Keyword.UNCOMMITTED)) {
            return IsolationLevel.READ_UNCOMMITTED;
        }
        return null;
    }
}
