package io.trunkline.proxy.auth;

import io.trunkline.config.hba.HbaRule;
import java.util.Optional;
import java.util.Set;

/** What pool_hba.conf says about a connection. The texts of refusals are PostgreSQL's, with SQLSTATE 28000. */
public sealed interface HbaDecision {
    /**
     * The first rule that is for the connection: its method has to be passed.
     *
     * @param rule whose method is not reject
     * @param roles of the user, as {@link RoleMembership} tells them; empty also if nothing hangs on them
     */
    record Matched(HbaRule rule, Optional<Set<String>> roles) implements HbaDecision {}

    /**
     * The first rule that is for the connection rejects it.
     *
     * @param rule whose method is reject
     * @param text for the client
     */
    record Rejected(HbaRule rule, String text) implements HbaDecision {}

    /**
     * No rule is for the connection, so it is refused.
     *
     * @param text for the client
     * @param logDetail what may be the cause, for the log only; empty if there is nothing to add
     */
    record NoMatch(String text, String logDetail) implements HbaDecision {}
}
