package io.trunkline.protocol;

/** A request that a backend answers, by the messages that end its answer (manual, "Message Flow"). */
public enum Request {
    /** Query: answered up to and including ReadyForQuery. */
    QUERY,
    /** FunctionCall: FunctionCallResponse or an error, then ReadyForQuery. */
    FUNCTION_CALL,
    /** Parse: ParseComplete. */
    PARSE,
    /** Bind: BindComplete. */
    BIND,
    /** Describe: RowDescription or NoData, for a statement after ParameterDescription. */
    DESCRIBE,
    /** Execute: CommandComplete, EmptyQueryResponse or PortalSuspended. */
    EXECUTE,
    /** Close: CloseComplete. */
    CLOSE,
    /** Sync: ReadyForQuery. */
    SYNC;

    private static final Request[] VALUES = values();

    static Request of(int ordinal) {
        return VALUES[ordinal];
    }

    /** Whether an error in this request makes the backend skip everything up to the next Sync. */
    public boolean isExtended() {
        return this != QUERY && this != FUNCTION_CALL && this != SYNC;
    }
}
