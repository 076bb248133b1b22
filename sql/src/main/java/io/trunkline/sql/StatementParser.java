package io.trunkline.sql;

import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Tells what one statement is, by its leading key words, and leaves the rest to the parser of that family. */
final class StatementParser {
    /** Bounds EXPLAIN PREPARE EXPLAIN ... and its like. */
    private static final int MAX_INNER = 8;

    private static final int LATELY = 128;

    private final TokenStream tokens;
    private final Findings found;
    private final QueryWalker queries;
    private final TransactionParser transactions;
    private final SettingParser settings;
    private final SessionParser session;
    private final DdlParser ddl;
    private final WriteCheck writeCheck;
    private final SetConfigCheck setConfigs;

    /** Simple statements of late, by their length. */
    private final @Nullable Statement[] lately = new Statement[LATELY];

    private int origin;
    private int depth;
    private @Nullable StatementDetail detail;
    private @Nullable Statement inner;

    StatementParser(TokenStream tokens, NameCache names) {
        this.tokens = tokens;
        this.found = new Findings(tokens, names);
        this.queries = new QueryWalker(tokens, found);
        this.transactions = new TransactionParser(tokens);
        this.settings = new SettingParser(tokens, transactions, found, queries);
        this.session = new SessionParser(tokens, found, queries);
        this.ddl = new DdlParser(tokens, found, queries);
        this.writeCheck = new WriteCheck(tokens);
        this.setConfigs = new SetConfigCheck(tokens);
    }

    /**
     * Parses tokens {@code [from, to)}, of which there is at least one.
     *
     * @param textStart what the statement's offsets count from
     */
    Statement parse(int from, int to, int textStart) {
        origin = textStart;
        depth = 0;
        found.reset();
        return statement(from, to);
    }

    private Statement statement(int from, int to) {
        tokens.select(from, to);
        detail = null;
        inner = null;
        StatementType type = type();
        int flags = found.flags();
        if (type == StatementType.EXPLAIN) {
            flags |= inner != null && inner.isReadOnly() ? Statement.READ_ONLY : 0;
        } else if (isReadOnly(type) && (flags & (Statement.LOCKING | Statement.INTO | Statement.MODIFYING_CTE)) == 0) {
            // A query is believed only if no token of it could belong to a write: independent of the walkers.
            flags |= type == StatementType.SHOW || writeCheck.isClean(from, to) ? Statement.READ_ONLY : 0;
        }
        if (found.usesSystemCatalog()) {
            flags |= Statement.SYSTEM_CATALOG;
        }
        if (found.callsOnlyKnownStableFunctions()) {
            flags |= Statement.KNOWN_FUNCTIONS;
        } else if (found.callsSetConfig() && setConfigs.isLocal(from, to)) {
            flags |= Statement.LOCAL_CONFIG;
        }
        int start = tokens.startOf(from) - origin;
        int end = tokens.endOf(to - 1) - origin;
        return detail == null && inner == null
                ? simple(type, flags, start, end, found.tables(), found.functions())
                : new Statement(type, flags, start, end, found.tables(), found.functions(), detail, inner);
    }

    /** What is told of most statements is what was told of one before, which was as long. */
    private Statement simple(
            StatementType type,
            int flags,
            int start,
            int end,
            List<QualifiedName> tables,
            List<QualifiedName> functions) {
        Statement last = lately[end & LATELY - 1];
        if (last == null || !last.isSame(type, flags, start, end, tables, functions)) {
            last = new Statement(type, flags, start, end, tables, functions, null, null);
            lately[end & LATELY - 1] = last;
        }
        return last;
    }

    private static boolean isReadOnly(StatementType type) {
        return switch (type) {
            case SELECT, VALUES, TABLE, SHOW -> true;
            default -> false;
        };
    }

    private StatementType type() {
        return switch (tokens.word()) {
            case SELECT, VALUES, TABLE, WITH, INSERT, UPDATE, DELETE, MERGE -> query();
            case NONE -> tokens.at(TokenKind.LEFT_PAREN) ? query() : pgpool();
            case BEGIN, START, COMMIT, END, ROLLBACK, ABORT, SAVEPOINT, RELEASE -> transaction();
            case SET, RESET, SHOW -> setting();
            case PREPARE -> tokens.word(1) == Keyword.TRANSACTION ? transaction() : prepare();
            case EXPLAIN -> explain();
            case DECLARE -> declare();
            case COPY -> copy();
            case CREATE, ALTER, DROP, TRUNCATE, GRANT, REVOKE, COMMENT, SECURITY, REFRESH, IMPORT, REASSIGN -> ddl();
            default -> sessionStatement();
        };
    }

    private StatementType query() {
        detail = settings.setConfig();
        StatementType type = queries.query();
        queries.expressions().walk(0);
        boolean clear = tokens.atEnd() && !tokens.hasInnerSemicolon() && (found.flags() & Statement.UNCLEAR) == 0;
        return clear ? type : StatementType.UNKNOWN;
    }

    private StatementType transaction() {
        StatementType type = transactions.parse();
        detail = transactions.detail();
        return type;
    }

    private StatementType setting() {
        StatementType type = settings.parse();
        detail = settings.detail();
        return type;
    }

    /** Pgpool-II's own commands: PGPOOL SHOW, SET and RESET. */
    private StatementType pgpool() {
        if (!tokens.spells(tokens.position(), "pgpool")) {
            return StatementType.UNKNOWN;
        }
        tokens.advance();
        boolean isOne = settings.parseOfPgpool();
        detail = settings.detail();
        return isOne ? StatementType.PGPOOL : StatementType.UNKNOWN;
    }

    private StatementType sessionStatement() {
        StatementType type = session.parse();
        detail = session.detail();
        return type;
    }

    private StatementType ddl() {
        StatementType type = ddl.parse();
        detail = ddl.detail();
        return type;
    }

    /** Parses what is left as a statement of its own, whose findings are also the outer one's. */
    private StatementType inner() {
        if (tokens.atEnd() || depth == MAX_INNER) {
            return StatementType.UNKNOWN;
        }
        depth++;
        StatementDetail outerDetail = detail;
        Statement parsed = statement(tokens.position(), tokens.statementEnd());
        depth--;
        detail = outerDetail;
        inner = parsed;
        return parsed.type();
    }

    private StatementType prepare() {
        tokens.advance();
        detail = session.preparedName();
        tokens.skipParens();
        tokens.accept(Keyword.AS);
        return inner() == StatementType.UNKNOWN ? StatementType.UNKNOWN : StatementType.PREPARE;
    }

    private StatementType explain() {
        tokens.advance();
        if (tokens.spells(tokens.position(), "route") && tokens.kind(1) != TokenKind.END && depth == 0) {
            detail = new StatementDetail.Explained(tokens.endOf(tokens.position()) - origin);
            return StatementType.EXPLAIN_ROUTE;
        }
        boolean analyze = false;
        if (tokens.at(TokenKind.LEFT_PAREN) && !queries.startsHere()) {
            int close = tokens.partnerOf(tokens.position());
            analyze = explainOptionsAnalyze(tokens.position(), close);
            tokens.moveTo(close + 1);
        } else {
            analyze = tokens.accept(Keyword.ANALYZE) || tokens.accept(Keyword.ANALYSE);
            tokens.accept(Keyword.VERBOSE);
        }
        if (inner() == StatementType.UNKNOWN) {
            return StatementType.UNKNOWN;
        }
        return analyze ? StatementType.EXPLAIN_ANALYZE : StatementType.EXPLAIN;
    }

    /** Whether the options ask for ANALYZE; in doubt they do. */
    private boolean explainOptionsAnalyze(int open, int close) {
        boolean analyze = false;
        for (int i = open + 1; i < close; i++) {
            boolean named = tokens.wordAt(i) == Keyword.ANALYZE
                    || tokens.wordAt(i) == Keyword.ANALYSE
                    || (tokens.kindAt(i) != TokenKind.WORD
                            && tokens.isName(i)
                            && NameCache.identifier(tokens, i).equalsIgnoreCase("analyze"));
            TokenKind before = tokens.kindAt(i - 1);
            if (named && (before == TokenKind.LEFT_PAREN || before == TokenKind.COMMA)) {
                analyze |= !isOff(i + 1);
            }
        }
        return analyze;
    }

    private boolean isOff(int token) {
        if (tokens.isString(token)) {
            String value = Literals.value(tokens, token);
            return value.equalsIgnoreCase("off") || value.equalsIgnoreCase("false");
        }
        return tokens.wordAt(token) == Keyword.OFF
                || tokens.wordAt(token) == Keyword.FALSE
                || (tokens.kindAt(token) == TokenKind.NUMBER
                        && tokens.endOf(token) - tokens.startOf(token) == 1
                        && tokens.text()[tokens.startOf(token)] == '0');
    }

    private StatementType declare() {
        tokens.advance();
        if (!tokens.atName()) {
            return StatementType.UNKNOWN;
        }
        String name = NameCache.identifier(tokens, tokens.position());
        boolean hold = false;
        while (!tokens.atEnd() && !tokens.at(Keyword.FOR)) {
            hold |= tokens.at(Keyword.WITH) && tokens.word(1) == Keyword.HOLD;
            tokens.advance();
        }
        tokens.accept(Keyword.FOR);
        detail = new StatementDetail.Cursor(Optional.of(name), hold);
        return inner() == StatementType.UNKNOWN ? StatementType.UNKNOWN : StatementType.DECLARE_CURSOR;
    }

    private StatementType copy() {
        tokens.advance();
        tokens.accept(Keyword.BINARY);
        if (tokens.at(TokenKind.LEFT_PAREN)) {
            int open = tokens.position();
            int close = tokens.partnerOf(open);
            int end = tokens.statementEnd();
            tokens.select(open + 1, close);
            StatementType type = inner();
            tokens.select(close + 1, end);
            return type == StatementType.UNKNOWN || !tokens.accept(Keyword.TO) ? StatementType.UNKNOWN : copyTarget();
        }
        queries.relation();
        tokens.skipParens();
        if (tokens.accept(Keyword.FROM)) {
            skipTo(Keyword.WHERE);
            queries.expressions().walk(0);
            return StatementType.COPY_FROM;
        }
        return tokens.accept(Keyword.TO) ? copyTarget() : StatementType.UNKNOWN;
    }

    private StatementType copyTarget() {
        boolean client = tokens.at(Keyword.STDOUT) || tokens.at(Keyword.STDIN);
        return client ? StatementType.COPY_TO_STDOUT : StatementType.COPY_TO_OTHER;
    }

    private void skipTo(Keyword word) {
        while (!tokens.atEnd() && !tokens.at(word)) {
            if (!tokens.skipParens()) {
                tokens.advance();
            }
        }
    }
}
