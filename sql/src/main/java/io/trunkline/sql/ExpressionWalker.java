package io.trunkline.sql;

/**
 * Walks over expressions without building anything: notes the functions called and descends into sub-queries.
 *
 * <p>The one question at each name before a parenthesis is whether an operand may stand there. Where one just ended, the
 * name is a label, a window or a column list; elsewhere it is a function.
 */
final class ExpressionWalker {
    /** End at a comma of this level. */
    static final int TO_COMMA = 1;
    /** End at a key word that starts the next clause of a query. */
    static final int TO_CLAUSE = 2;
    /** End at a key word that goes on with a FROM list. */
    static final int TO_JOIN = 4;
    /** CUBE and ROLLUP are not functions here. */
    static final int GROUPING = 8;
    /** End at the action of ON CONFLICT or MERGE, and at what leads to one. */
    static final int TO_ACTION = 32;
    /** End at what goes on with the definition of a column. */
    static final int TO_CONSTRAINT = 64;
    /** The arguments of an XML or JSON form, whose parts are told apart by words such as PASSING. */
    private static final int FORM = 128;
    /** Any word may be the label after AS, and no type follows. */
    static final int LABELS = 16;

    private static final QualifiedName LIKE_ESCAPE = QualifiedName.of("pg_catalog", "like_escape");
    private static final QualifiedName SIMILAR_TO_ESCAPE = QualifiedName.of("pg_catalog", "similar_to_escape");
    private static final QualifiedName JSON_OBJECT = QualifiedName.of("pg_catalog", "json_object");
    private static final QualifiedName SUBSTRING = QualifiedName.of("substring");
    private static final QualifiedName OVERLAY = QualifiedName.of("overlay");

    private final TokenStream tokens;
    private final Findings found;
    private final QueryWalker queries;
    private final TypeWalker types;
    private boolean form;

    ExpressionWalker(TokenStream tokens, Findings found, QueryWalker queries) {
        this.tokens = tokens;
        this.found = found;
        this.queries = queries;
        this.types = new TypeWalker(tokens);
    }

    /** Walks to where the modes say, at the latest to the closing parenthesis of this level or the statement's end. */
    void walk(int modes) {
        boolean outer = form;
        form = (modes & FORM) != 0;
        scan(modes);
        form = outer;
    }

    private void scan(int modes) {
        boolean operand = false;
        boolean like = false;
        int cases = 0;
        while (true) {
            switch (tokens.kind()) {
                case END, RIGHT_PAREN, RIGHT_BRACKET, SEMICOLON -> {
                    return;
                }
                case COMMA -> {
                    if ((modes & TO_COMMA) != 0) {
                        return;
                    }
                    tokens.advance();
                    operand = false;
                    like = false;
                }
                case LEFT_PAREN -> {
                    parenthesised();
                    operand = true;
                }
                case LEFT_BRACKET -> {
                    tokens.advance();
                    walk(0);
                    tokens.accept(TokenKind.RIGHT_BRACKET);
                    operand = true;
                }
                case TYPECAST -> {
                    tokens.advance();
                    types.walk();
                    operand = true;
                }
                case DOT -> {
                    tokens.advance();
                    if (tokens.atName() || tokens.isOperator(tokens.position(), '*')) {
                        tokens.advance();
                    }
                    operand = true;
                }
                case OPERATOR, COLON, COLON_EQUALS, EQUALS_GREATER, DOT_DOT -> {
                    tokens.advance();
                    operand = false;
                }
                case WORD -> {
                    Keyword word = tokens.word();
                    if (word == Keyword.NONE || (tokens.kind(1) == TokenKind.DOT && !word.isReserved())) {
                        operand = name(operand);
                        break;
                    }
                    if (endsAt(word, modes, operand)) {
                        return;
                    }
                    if (word == Keyword.CASE) {
                        cases++;
                    } else if (word == Keyword.END) {
                        cases--;
                    } else if (cases <= 0 && (modes & TO_ACTION) != 0 && isAction(word)) {
                        return;
                    }
                    if (operand && (modes & LABELS) != 0 && isLabelHere(word)) {
                        tokens.advance();
                        break;
                    }
                    if (word == Keyword.ESCAPE && like && operand) {
                        found.addFunction(LIKE_ESCAPE);
                    }
                    if (word == Keyword.SIMILAR && tokens.word(1) == Keyword.TO) {
                        found.addFunction(SIMILAR_TO_ESCAPE);
                    }
                    like = (operand && (word == Keyword.LIKE || word == Keyword.ILIKE))
                            || (like && word != Keyword.AND && word != Keyword.OR && word != Keyword.ESCAPE);
                    operand = keyword(word, modes, operand);
                }
                case QUOTED_IDENTIFIER, UNICODE_IDENTIFIER -> {
                    operand = name(operand);
                }
                default -> {
                    tokens.advance();
                    operand = true;
                }
            }
        }
    }

    /** Walks to the DO of ON CONFLICT, or to the WHEN or THEN of MERGE that belongs to no CASE. */
    void walkToAction() {
        walk(TO_ACTION);
    }

    /** A parenthesised expression, list or query; steps past its end. */
    void parenthesised() {
        parenthesised(0);
    }

    private void parenthesised(int modes) {
        int close = tokens.partnerOf(tokens.position());
        tokens.advance();
        if (queries.startsHere()) {
            queries.query();
        }
        walk(modes);
        finish(close);
    }

    /** Walks over whatever is left before a closing parenthesis, so that no call hides in it, and steps past that. */
    void finish(int close) {
        walk(0);
        while (tokens.position() < close) {
            tokens.advance();
            walk(0);
        }
        tokens.moveTo(close + 1);
    }

    private boolean endsAt(Keyword word, int modes, boolean operand) {
        return switch (word) {
            case FROM,
                    WHERE,
                    GROUP,
                    HAVING,
                    WINDOW,
                    UNION,
                    INTERSECT,
                    EXCEPT,
                    ORDER,
                    LIMIT,
                    OFFSET,
                    FETCH,
                    FOR,
                    INTO,
                    RETURNING -> (modes & TO_CLAUSE) != 0;
            case JOIN, CROSS, NATURAL, INNER, LEFT, RIGHT, FULL -> (modes & TO_JOIN) != 0 && operand;
            case CONSTRAINT, CHECK, REFERENCES, PRIMARY, UNIQUE, DEFERRABLE, INITIALLY -> (modes & TO_CONSTRAINT) != 0;
            case GENERATED -> (modes & TO_CONSTRAINT) != 0 && operand;
            case USING -> (modes & TO_JOIN) != 0 && operand;
            case ON -> ((modes & TO_JOIN) != 0 && operand) || ((modes & TO_CLAUSE) != 0 && queries.isConflictHere());
            default -> false;
        };
    }

    private static boolean isAction(Keyword word) {
        return word == Keyword.DO || word == Keyword.WHEN || word == Keyword.THEN;
    }

    /** Whether the word here, after an operand, can only be a label without AS: the item of the list ends with it. */
    private boolean isLabelHere(Keyword word) {
        if (word == Keyword.AS || word == Keyword.WITHIN) {
            return false;
        }
        return switch (tokens.kind(1)) {
            case COMMA, END, RIGHT_PAREN -> true;
            default -> endsAt(tokens.word(1), TO_CLAUSE, true);
        };
    }

    /** A key word inside an expression; returns whether an operand ended with it. */
    private boolean keyword(Keyword word, int modes, boolean operand) {
        switch (word) {
            case AS -> {
                tokens.advance();
                if ((modes & LABELS) != 0) {
                    tokens.moveTo(tokens.afterPart(tokens.position()));
                } else {
                    types.walk();
                }
                return true;
            }
            case IS -> {
                if (!operand && tokens.kind(1) == TokenKind.LEFT_PAREN) {
                    return name(false);
                }
                return isTest();
            }
            case NOT -> {
                // a NOT LIKE b: the operand before it counts for what follows.
                tokens.advance();
                return operand;
            }
            case DISTINCT,
                    CASE,
                    WHEN,
                    THEN,
                    ELSE,
                    AND,
                    OR,
                    ALL,
                    ANY,
                    SOME,
                    IN,
                    FROM,
                    FOR,
                    USING,
                    ON,
                    PLACING,
                    VARIADIC -> {
                tokens.advance();
                return false;
            }
            case END, NULL, TRUE, FALSE, ISNULL, NOTNULL -> {
                tokens.advance();
                return true;
            }
            case ORDER, GROUP -> {
                tokens.advance();
                tokens.accept(Keyword.BY);
                return false;
            }
            case PARTITION -> {
                if (tokens.word(1) == Keyword.BY) {
                    tokens.advance(2);
                    return false;
                }
                return name(operand);
            }
            case ROWS, RANGE -> {
                return rowsOrRange(operand);
            }
            case COLLATE -> {
                tokens.advance();
                types.qualifiedName();
                return true;
            }
            case AT -> {
                return atTimeZone(operand);
            }
            case OPERATOR -> {
                return operator(operand);
            }
            case LIKE, ILIKE, SIMILAR, OVERLAPS, ESCAPE, BETWEEN -> {
                if (!operand && tokens.kind(1) == TokenKind.LEFT_PAREN) {
                    return name(false);
                }
                tokens.advance();
                if (word == Keyword.SIMILAR) {
                    tokens.accept(Keyword.TO);
                } else if (word == Keyword.BETWEEN && !tokens.accept(Keyword.SYMMETRIC)) {
                    tokens.accept(Keyword.ASYMMETRIC);
                }
                return false;
            }
            case CUBE, ROLLUP -> {
                if ((modes & GROUPING) != 0 && !operand && tokens.kind(1) == TokenKind.LEFT_PAREN) {
                    tokens.advance();
                    return false;
                }
                return name(operand);
            }
            case GROUPING -> {
                tokens.advance();
                if (tokens.accept(Keyword.SETS) && tokens.at(TokenKind.LEFT_PAREN)) {
                    parenthesised(GROUPING);
                }
                return true;
            }
            case SUBSTRING, OVERLAY, JSON_OBJECT -> {
                return commaForm(word, operand);
            }
            case JSON,
                    JSON_ARRAY,
                    JSON_ARRAYAGG,
                    JSON_EXISTS,
                    JSON_OBJECTAGG,
                    JSON_QUERY,
                    JSON_SCALAR,
                    JSON_SERIALIZE,
                    JSON_TABLE,
                    JSON_VALUE,
                    XMLELEMENT,
                    XMLEXISTS,
                    XMLPARSE,
                    XMLPI,
                    XMLROOT,
                    XMLSERIALIZE,
                    XMLTABLE -> {
                tokens.advance();
                if (tokens.at(TokenKind.LEFT_PAREN)) {
                    parenthesised(FORM);
                }
                return true;
            }
            case CAST, EXTRACT, POSITION, TRIM, TREAT, NORMALIZE -> {
                tokens.advance();
                return false;
            }
            case COLLATION -> {
                if (tokens.word(1) == Keyword.FOR) {
                    tokens.advance(2);
                    return false;
                }
                return name(operand);
            }
            case INTERVAL -> {
                types.walk();
                if (tokens.isString(tokens.position())) {
                    tokens.advance();
                    types.intervalFields();
                }
                return true;
            }
            case TIME, TIMESTAMP, BIT, CHARACTER, CHAR, VARCHAR, NATIONAL, NCHAR, NUMERIC, DECIMAL, DEC, FLOAT -> {
                types.walk();
                return true;
            }
            case ARRAY, ROW, EXISTS -> {
                tokens.advance();
                return false;
            }
            default -> {
                if (word.mayNameFunction() || word.mayNameRelation()) {
                    return name(operand);
                }
                tokens.advance();
                return !word.isReserved() || isValue(word);
            }
        }
    }

    private static boolean isValue(Keyword word) {
        return switch (word) {
            case CURRENT_CATALOG,
                    CURRENT_DATE,
                    CURRENT_ROLE,
                    CURRENT_TIME,
                    CURRENT_TIMESTAMP,
                    CURRENT_USER,
                    LOCALTIME,
                    LOCALTIMESTAMP,
                    SESSION_USER,
                    SYSTEM_USER,
                    USER,
                    ASC,
                    DESC -> true;
            default -> false;
        };
    }

    /** What follows IS. */
    private boolean isTest() {
        tokens.advance();
        tokens.accept(Keyword.NOT);
        if (tokens.accept(Keyword.DISTINCT)) {
            tokens.accept(Keyword.FROM);
            return false;
        }
        if (tokens.atName()) {
            tokens.advance();
        }
        return true;
    }

    /** ROWS and RANGE begin the frame of a window, or are the names of columns or functions. */
    private boolean rowsOrRange(boolean operand) {
        Keyword following = tokens.word(1);
        boolean operator = following == Keyword.NOT
                || following == Keyword.IS
                || following == Keyword.LIKE
                || following == Keyword.ILIKE
                || following == Keyword.SIMILAR;
        if (!operand && (operator || tokens.kind(1) == TokenKind.LEFT_PAREN)) {
            return name(false);
        }
        tokens.advance();
        return false;
    }

    private boolean atTimeZone(boolean operand) {
        if (operand && tokens.word(1) == Keyword.TIME && tokens.word(2) == Keyword.ZONE) {
            tokens.advance(3);
            return false;
        }
        if (operand && tokens.word(1) == Keyword.LOCAL) {
            tokens.advance(2);
            return true;
        }
        return name(operand);
    }

    /** {@code OPERATOR(schema.+)}; a function of that name otherwise. */
    private boolean operator(boolean operand) {
        if (tokens.kind(1) == TokenKind.LEFT_PAREN) {
            int close = tokens.partnerOf(tokens.position() + 1);
            if (tokens.kindAt(close - 1) == TokenKind.OPERATOR) {
                tokens.moveTo(close + 1);
                return false;
            }
        }
        return name(operand);
    }

    /** Words that have a form of their own, and are plain functions when called with a list of arguments. */
    private boolean commaForm(Keyword word, boolean operand) {
        if (operand || tokens.kind(1) != TokenKind.LEFT_PAREN) {
            tokens.advance();
            return true;
        }
        boolean plain = CallForm.isPlain(tokens, tokens.position() + 1, word == Keyword.JSON_OBJECT);
        if (plain) {
            found.addFunction(word == Keyword.SUBSTRING ? SUBSTRING : word == Keyword.OVERLAY ? OVERLAY : JSON_OBJECT);
        }
        tokens.advance();
        parenthesised(plain ? 0 : FORM);
        return true;
    }

    /** A name in an expression: a column, a type before a literal, or a function. */
    private boolean name(boolean operand) {
        if (operand && tokens.word() == Keyword.WITHIN && tokens.word(1) == Keyword.GROUP) {
            tokens.advance(2);
            return true;
        }
        int first = tokens.position();
        int schema = -1;
        int last = first;
        int next = tokens.afterPart(first);
        while (tokens.kindAt(next) == TokenKind.DOT && tokens.isName(next + 1)) {
            schema = last;
            last = next + 1;
            next = tokens.afterPart(last);
        }
        tokens.moveTo(next);
        if (!tokens.at(TokenKind.LEFT_PAREN)) {
            return !tokens.isString(next);
        }
        if (operand && isWindowOrFilter(last)) {
            parenthesised();
            return true;
        }
        boolean call = !operand || (form && tokens.wordAt(last) != Keyword.COLUMNS);
        if (call && (schema >= 0 || tokens.wordAt(last).mayNameFunction())) {
            int after = tokens.partnerOf(next) + 1;
            if (!tokens.isString(after)) {
                found.addFunction(found.name(schema, last));
            }
        }
        parenthesised();
        return true;
    }

    private boolean isWindowOrFilter(int token) {
        Keyword word = tokens.wordAt(token);
        return word == Keyword.OVER || word == Keyword.FILTER || word == Keyword.WITHIN;
    }
}
