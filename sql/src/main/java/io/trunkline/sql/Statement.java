package io.trunkline.sql;

import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * One statement of a query string: what it is and what it touches, as far as its text tells. Immutable.
 *
 * <p>Offsets count bytes from the start of the analysed text. What the text does not tell (views, volatile functions
 * behind operators, triggers) is for the router's catalog knowledge.
 */
public final class Statement {
    static final int READ_ONLY = 1;
    static final int LOCKING = 2;
    static final int INTO = 4;
    static final int MODIFYING_CTE = 8;
    static final int TEMPORARY = 16;
    static final int SYSTEM_CATALOG = 32;
    static final int KNOWN_FUNCTIONS = 64;
    /** Something in the statement was not recognised where a statement should be. */
    static final int UNCLEAR = 128;

    static final int LOCAL_CONFIG = 256;

    private final StatementType type;
    private final int flags;
    private final int start;
    private final int end;
    private final List<QualifiedName> tables;
    private final List<QualifiedName> functions;
    private final @Nullable StatementDetail detail;
    private final @Nullable Statement inner;

    /** Of a text that is this statement, once that has been asked for. */
    private @Nullable Analysis uncommented;

    Statement(
            StatementType type,
            int flags,
            int start,
            int end,
            List<QualifiedName> tables,
            List<QualifiedName> functions,
            @Nullable StatementDetail detail,
            @Nullable Statement inner) {
        this.type = type;
        this.flags = flags;
        this.start = start;
        this.end = end;
        this.tables = tables;
        this.functions = functions;
        this.detail = detail;
        this.inner = inner;
    }

    /** Whether it says this, by the same lists. */
    @SuppressWarnings("ReferenceEquality")
    boolean isSame(
            StatementType otherType,
            int otherFlags,
            int otherStart,
            int otherEnd,
            List<QualifiedName> otherTables,
            List<QualifiedName> otherFunctions) {
        return type == otherType
                && flags == otherFlags
                && start == otherStart
                && end == otherEnd
                && tables == otherTables
                && functions == otherFunctions;
    }

    /** What there is to say of a text that is this statement, without comments. */
    Analysis uncommented() {
        Analysis analysis = uncommented;
        if (analysis == null) {
            // two threads may make it twice, which does no harm
            analysis = new Analysis(List.of(this), Analysis.CommentFacts.NONE);
            uncommented = analysis;
        }
        return analysis;
    }

    public StatementType type() {
        return type;
    }

    public StatementKind kind() {
        return type.kind();
    }

    /** First byte of the statement's first token. */
    public int start() {
        return start;
    }

    /** First byte after its last token, the semicolon left out. */
    public int end() {
        return end;
    }

    /**
     * Whether the syntax cannot write: {@code SELECT}, {@code VALUES}, {@code TABLE}, {@code SHOW} and {@code EXPLAIN}
     * without {@code ANALYZE}, with no row locking, no {@code INTO} and no data-modifying {@code WITH}. Says nothing of
     * the functions called.
     */
    public boolean isReadOnly() {
        return has(READ_ONLY);
    }

    /** Whether it has {@code FOR UPDATE}, {@code FOR SHARE} or the like anywhere. */
    public boolean isLocking() {
        return has(LOCKING);
    }

    /** Whether it is, or explains or prepares, a {@code SELECT INTO}. */
    public boolean hasInto() {
        return has(INTO);
    }

    /** Whether a {@code WITH} in it writes. */
    public boolean hasModifyingCte() {
        return has(MODIFYING_CTE);
    }

    /** Whether it makes something that ends with the session: {@code CREATE TEMP ...}, {@code SELECT INTO TEMP}. */
    public boolean createsTemporary() {
        return has(TEMPORARY);
    }

    /** Whether a relation it names is in a system schema, or is named {@code pg_*} without one. */
    public boolean usesSystemCatalog() {
        return has(SYSTEM_CATALOG);
    }

    /** Whether every function that it calls by name is {@link BuiltinFunctions.Nature#STABLE}. True if it calls none. */
    public boolean callsOnlyKnownStableFunctions() {
        return has(KNOWN_FUNCTIONS);
    }

    /**
     * Whether it calls {@code set_config()}, and every call has the literal {@code TRUE} as its last argument: what it
     * sets ends with its transaction.
     */
    public boolean setsConfigLocally() {
        return has(LOCAL_CONFIG);
    }

    /** Relations named, without the names of its own {@code WITH}; no duplicates, in order of appearance. */
    public List<QualifiedName> tables() {
        return tables;
    }

    /**
     * Functions called by name; no duplicates, in order of appearance. SQL's own forms such as {@code EXTRACT(x FROM
     * y)} or {@code COALESCE} are not among them.
     */
    public List<QualifiedName> functions() {
        return functions;
    }

    /** What it names and asks for, for types that have such. */
    public Optional<StatementDetail> detail() {
        return Optional.ofNullable(detail);
    }

    /** The detail, if it is of this class. */
    public <T extends StatementDetail> Optional<T> detail(Class<T> wanted) {
        return wanted.isInstance(detail) ? Optional.of(wanted.cast(detail)) : Optional.empty();
    }

    /** The statement inside of {@code PREPARE}, {@code EXPLAIN}, {@code DECLARE CURSOR}, {@code COPY (query)}. */
    public Optional<Statement> inner() {
        return Optional.ofNullable(inner);
    }

    private boolean has(int flag) {
        return (flags & flag) != 0;
    }

    @Override
    public String toString() {
        return type + "[" + start + ".." + end + ", readOnly=" + isReadOnly() + ", tables=" + tables + ", functions="
                + functions + "]";
    }
}
