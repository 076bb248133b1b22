package io.trunkline.sql;

import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What {@link StatementAnalyzer} found in one query string. Immutable. */
public final class Analysis {
    private final List<Statement> statements;
    private final CommentFacts comments;

    Analysis(List<Statement> statements, CommentFacts comments) {
        this.statements = statements;
        this.comments = comments;
    }

    /** What the comments of a text say; most texts share {@link #NONE}. */
    record CommentFacts(
            boolean leading,
            boolean inner,
            boolean invalidHint,
            @Nullable RouteHint hint) {
        static final CommentFacts NONE = new CommentFacts(false, false, false, null);
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
        return comments.leading();
    }

    /** Whether a comment stands after the first token. */
    public boolean hasInnerComment() {
        return comments.inner();
    }

    /** The routing hint in a comment, if any. */
    public Optional<RouteHint> hint() {
        return Optional.ofNullable(comments.hint());
    }

    /** Whether a comment begins as a hint of ours but asks for nothing that is known: worth a warning to its author. */
    public boolean hasInvalidHint() {
        return comments.invalidHint();
    }

    @Override
    public String toString() {
        return "Analysis" + statements;
    }
}
