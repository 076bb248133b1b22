package io.trunkline.protocol.auth;

import java.util.Optional;

/**
 * The other side could not be authenticated: it is wrong, malformed, or asks for what is not supported. The only
 * exception that bytes from the network can cause in this package.
 *
 * <p>{@link #sqlState()}, {@link #getMessage()} and {@link #detail()} are fit for an ErrorResponse: no secret is in them
 * and, but for the user's name, no unprintable byte of the other side. {@link #logDetail()} is for the server log only,
 * as it may tell whether a user exists. There is no stack trace: this is an outcome of the exchange, and one that an
 * attacker can cause at will.
 */
public final class AuthenticationFailure extends Exception {
    public static final String PROTOCOL_VIOLATION = "08P01";
    public static final String FEATURE_NOT_SUPPORTED = "0A000";
    public static final String INVALID_AUTHORIZATION_SPECIFICATION = "28000";
    public static final String INVALID_PASSWORD = "28P01";

    private static final long serialVersionUID = 1L;
    private static final String MALFORMED = "malformed SCRAM message";

    private final String sqlState;
    private final String detail;
    private final String logDetail;

    public AuthenticationFailure(String sqlState, String message, String detail, String logDetail) {
        super(message, null, false, false);
        this.sqlState = sqlState;
        this.detail = detail;
        this.logDetail = logDetail;
    }

    public AuthenticationFailure(String sqlState, String message, String detail) {
        this(sqlState, message, detail, "");
    }

    /**
     * What a client hears whenever its password is not accepted, whatever the reason and the method: wrong, unknown
     * user, no password of a fitting form.
     *
     * @param logDetail the true reason, for the log alone; empty if there is nothing to add
     */
    public static AuthenticationFailure passwordRejected(String user, String logDetail) {
        return new AuthenticationFailure(
                INVALID_PASSWORD, "password authentication failed for user \"" + user + "\"", "", logDetail);
    }

    static AuthenticationFailure malformedScram(String detail) {
        return new AuthenticationFailure(PROTOCOL_VIOLATION, MALFORMED, detail);
    }

    static AuthenticationFailure protocolViolation(String message) {
        return new AuthenticationFailure(PROTOCOL_VIOLATION, message, "");
    }

    /** The five characters of the SQLSTATE that PostgreSQL reports in this case. */
    public String sqlState() {
        return sqlState;
    }

    /** More for the client, as the DETAIL of an ErrorResponse. */
    public Optional<String> detail() {
        return detail.isEmpty() ? Optional.empty() : Optional.of(detail);
    }

    /** More for the server log; never to be sent to a client. */
    public Optional<String> logDetail() {
        return logDetail.isEmpty() ? Optional.empty() : Optional.of(logDetail);
    }
}
