package io.trunkline.proxy.log;

/** Keys of what a message can carry beside its text, as SLF4J's key-value pairs. */
public final class LogFields {
    /** Whom the message is about, a {@link LoggedClient}; shown where log_line_prefix asks for it. */
    public static final String CLIENT = "client";

    /** More about it, text; a line of its own behind {@code DETAIL:}, and left out with log_error_verbosity = terse. */
    public static final String DETAIL = "detail";

    private LogFields() {}
}
