package io.trunkline.sql;

import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What {@link StatementAnalyzer} found in one query string. Immutable. */
public final class Analysis {
    private final List<Statement> statements;
    private final boolean leadingComment;
    private final boolean innerComment;
    private final @Nullable RouteHint hint;

    Analysis(List<Statement> statements, boolean leadingComment, boolean innerComment, @Nullable RouteHint hint) {
        this.statements = statements;
        this.leadingComment = leadingComment;
        this.innerComment = innerComment;
        this.hint = hint;
    }

    /**
     * The statements in order; empty statements between semicolons are left out. Text that PostgreSQL's lexer would
     * refuse, or that is nested beyond reason, is one statement of type {@link StatementType#UNKNOWN}.
     */
    public List<Statement> statements() {
        return statements;
    }

    /** The type of the only statement, {@link StatementType#EMPTY} or {@link StatementType#MULTIPLE}. */
    public StatementType type() {
        return switch (statements.size()) {
            case 0 -> StatementType.EMPTY;
            case 1 -> statements.get(0).type();
            default -> StatementType.MULTIPLE;
        };
    }

    /** The statement, if there is exactly one. */
    public Optional<Statement> only() {
        return statements.size() == 1 ? Optional.of(statements.get(0)) : Optional.empty();
    }

    /** Whether there is a statement and the syntax of none can write. */
    public boolean isReadOnly() {
        for (int i = 0; i < statements.size(); i++) {
            if (!statements.get(i).isReadOnly()) {
                return false;
            }
        }
        return !statements.isEmpty();
    }

    /** {@link Statement#callsOnlyKnownStableFunctions()} of all statements. */
    public boolean callsOnlyKnownStableFunctions() {
        for (int i = 0; i < statements.size(); i++) {
            if (!statements.get(i).callsOnlyKnownStableFunctions()) {
                return false;
            }
        }
        return true;
    }

    /** Whether a comment stands before the first statement. */
    public boolean hasLeadingComment() {
        return leadingComment;
    }

    /** Whether a comment stands after the first token. */
    public boolean hasInnerComment() {
        return innerComment;
    }

    /** The routing hint in a comment, if any. */
    public Optional<RouteHint> hint() {
        return Optional.ofNullable(hint);
    }

    @Override
    public String toString() {
        return "Analysis" + statements;
    }
}
