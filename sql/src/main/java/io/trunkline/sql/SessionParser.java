package io.trunkline.sql;

import io.trunkline.sql.StatementDetail.Channel;
import io.trunkline.sql.StatementDetail.Cursor;
import io.trunkline.sql.StatementDetail.Lock;
import io.trunkline.sql.StatementDetail.LockMode;
import io.trunkline.sql.StatementDetail.Prepared;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Statements that act on the session (prepared statements, cursors, channels, locks), and maintenance commands. */
final class SessionParser {
    private final TokenStream tokens;
    private final Findings found;
    private final QueryWalker queries;
    private @Nullable StatementDetail detail;

    SessionParser(TokenStream tokens, Findings found, QueryWalker queries) {
        this.tokens = tokens;
        this.found = found;
        this.queries = queries;
    }

    @Nullable
    StatementDetail detail() {
        return detail;
    }

    StatementType parse() {
        detail = null;
        Keyword verb = tokens.word();
        tokens.advance();
        return switch (verb) {
            case EXECUTE -> {
                detail = preparedName();
                queries.expressions().walk(0);
                yield StatementType.EXECUTE;
            }
            case DEALLOCATE -> deallocate();
            case DISCARD -> discard();
            case FETCH -> cursorMove(StatementType.FETCH);
            case MOVE -> cursorMove(StatementType.MOVE);
            case CLOSE -> {
                detail = new Cursor(tokens.at(Keyword.ALL) ? Optional.empty() : identifier(), false);
                yield StatementType.CLOSE;
            }
            case LISTEN -> {
                detail = channel(false);
                yield StatementType.LISTEN;
            }
            case UNLISTEN -> {
                detail = channel(true);
                yield StatementType.UNLISTEN;
            }
            case NOTIFY -> {
                detail = channel(false);
                yield StatementType.NOTIFY;
            }
            case LOCK -> lock();
            case CALL -> {
                queries.expressions().walk(0);
                yield StatementType.CALL;
            }
            case DO -> StatementType.DO;
            case VACUUM -> vacuum(StatementType.VACUUM);
            case ANALYZE, ANALYSE -> vacuum(StatementType.ANALYZE);
            case CLUSTER -> cluster();
            case REINDEX -> reindex();
            case CHECKPOINT -> StatementType.CHECKPOINT;
            case LOAD -> StatementType.LOAD;
            default -> StatementType.UNKNOWN;
        };
    }

    /** The name that PREPARE, EXECUTE and DEALLOCATE begin with; steps over it. */
    Prepared preparedName() {
        return new Prepared(identifier());
    }

    private Optional<String> identifier() {
        if (!tokens.atName()) {
            return Optional.empty();
        }
        String name = NameCache.identifier(tokens, tokens.position());
        tokens.moveTo(tokens.afterPart(tokens.position()));
        return Optional.of(name);
    }

    /** @param orAll whether a star stands for all of them */
    private Channel channel(boolean orAll) {
        int from = tokens.position();
        if (orAll && tokens.isOperator(from, '*')) {
            tokens.advance();
            return new Channel(Optional.empty(), tokens.atEnd());
        }
        Keyword word = tokens.word();
        Optional<String> name = identifier();
        boolean isPlain = tokens.atEnd()
                && tokens.kindAt(from) != TokenKind.UNICODE_IDENTIFIER
                && (word == Keyword.NONE || word.mayNameRelation())
                && name.filter(SessionParser::isPlain).isPresent()
                && tokens.endOf(from) - tokens.startOf(from) <= NameCache.MAX_IDENTIFIER_BYTES;
        return new Channel(name, isPlain);
    }

    private static boolean isPlain(String name) {
        return !name.isEmpty() && name.chars().allMatch(c -> c >= ' ' && c < 0x7F);
    }

    private StatementType deallocate() {
        if (tokens.at(Keyword.PREPARE) && tokens.kind(1) != TokenKind.END) {
            tokens.advance();
        }
        if (tokens.accept(Keyword.ALL)) {
            detail = new Prepared(Optional.empty());
            return StatementType.DEALLOCATE_ALL;
        }
        detail = preparedName();
        return StatementType.DEALLOCATE;
    }

    private StatementType discard() {
        return switch (tokens.word()) {
            case ALL -> StatementType.DISCARD_ALL;
            case PLANS -> StatementType.DISCARD_PLANS;
            case SEQUENCES -> StatementType.DISCARD_SEQUENCES;
            case TEMP, TEMPORARY -> StatementType.DISCARD_TEMP;
            default -> StatementType.UNKNOWN;
        };
    }

    /** The cursor is what the statement ends with. */
    private StatementType cursorMove(StatementType type) {
        int last = tokens.statementEnd() - 1;
        while (last > tokens.position() && !tokens.isName(last)) {
            last--;
        }
        if (!tokens.isName(last) || last < tokens.position()) {
            return StatementType.UNKNOWN;
        }
        detail = new Cursor(Optional.of(NameCache.identifier(tokens, last)), false);
        return type;
    }

    private StatementType lock() {
        tokens.accept(Keyword.TABLE);
        relations();
        LockMode mode = LockMode.ACCESS_EXCLUSIVE;
        if (tokens.accept(Keyword.IN)) {
            mode = lockMode();
            tokens.accept(Keyword.MODE);
        }
        detail = new Lock(mode, tokens.accept(Keyword.NOWAIT));
        return tokens.atEnd() ? StatementType.LOCK : StatementType.UNKNOWN;
    }

    private LockMode lockMode() {
        if (tokens.accept(Keyword.ACCESS, Keyword.SHARE)) {
            return LockMode.ACCESS_SHARE;
        }
        if (tokens.accept(Keyword.ACCESS, Keyword.EXCLUSIVE)) {
            return LockMode.ACCESS_EXCLUSIVE;
        }
        if (tokens.accept(Keyword.ROW, Keyword.SHARE)) {
            return LockMode.ROW_SHARE;
        }
        if (tokens.accept(Keyword.ROW, Keyword.EXCLUSIVE)) {
            return LockMode.ROW_EXCLUSIVE;
        }
        if (tokens.accept(Keyword.SHARE, Keyword.UPDATE)) {
            tokens.advance();
            return LockMode.SHARE_UPDATE_EXCLUSIVE;
        }
        if (tokens.accept(Keyword.SHARE, Keyword.ROW)) {
            tokens.advance();
            return LockMode.SHARE_ROW_EXCLUSIVE;
        }
        if (tokens.accept(Keyword.SHARE)) {
            return LockMode.SHARE;
        }
        tokens.accept(Keyword.EXCLUSIVE);
        return LockMode.EXCLUSIVE;
    }

    /** A list of relations, each perhaps with ONLY, a star or a column list. */
    private void relations() {
        do {
            if (tokens.accept(Keyword.ONLY) && tokens.accept(TokenKind.LEFT_PAREN)) {
                relation();
                tokens.accept(TokenKind.RIGHT_PAREN);
            } else {
                relation();
            }
        } while (tokens.accept(TokenKind.COMMA));
    }

    private void relation() {
        if (tokens.atName()) {
            found.addTable(queries.qualifiedName());
        }
        if (tokens.isOperator(tokens.position(), '*')) {
            tokens.advance();
        }
        tokens.skipParens();
    }

    private StatementType vacuum(StatementType type) {
        tokens.skipParens();
        while (tokens.accept(Keyword.FULL)
                || tokens.accept(Keyword.FREEZE)
                || tokens.accept(Keyword.VERBOSE)
                || tokens.accept(Keyword.ANALYZE)
                || tokens.accept(Keyword.ANALYSE)) {
            // Options in the old style.
        }
        relations();
        return type;
    }

    private StatementType cluster() {
        tokens.skipParens();
        tokens.accept(Keyword.VERBOSE);
        if (tokens.word(1) == Keyword.ON) {
            tokens.advance(2);
        }
        relation();
        return StatementType.CLUSTER;
    }

    private StatementType reindex() {
        tokens.skipParens();
        Keyword what = tokens.word();
        tokens.advance();
        tokens.accept(Keyword.CONCURRENTLY);
        if (what == Keyword.TABLE || what == Keyword.INDEX) {
            relation();
        }
        return StatementType.REINDEX;
    }
}
