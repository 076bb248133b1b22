package io.trunkline.config;

import static io.trunkline.config.DurationType.seconds;
import static io.trunkline.config.Types.MAX;
import static io.trunkline.config.Types.bool;
import static io.trunkline.config.Types.oneOf;

import io.trunkline.config.Declaration.Section;
import java.time.Duration;
import java.util.List;
import java.util.Set;

/** Trunkline's own parameters of what a failover and a switchover spare: acknowledged data, standbys and sessions. */
public final class ContinuityParameters {
    /** {@code failover_candidate}. */
    public enum FailoverCandidate {
        MOST_ADVANCED,
        LOWEST_ID
    }

    /** {@code failover_session_policy}. */
    public enum FailoverSessionPolicy {
        KEEP,
        DISCONNECT
    }

    /** {@code unknown_outcome_sqlstate}. */
    public enum UnknownOutcomeSqlstate {
        TRANSACTION_RESOLUTION_UNKNOWN("08007"),
        STATEMENT_COMPLETION_UNKNOWN("40003");

        private final String sqlstate;

        UnknownOutcomeSqlstate(String sqlstate) {
            this.sqlstate = sqlstate;
        }

        /** The five characters that clients see. */
        public String sqlstate() {
            return sqlstate;
        }
    }

    private static final Section FAILOVER = new Section(Group.FAILOVER);

    // As long as a new primary is searched for: a promotion that takes longer than both has failed by any measure. What
    // follow_primary_command runs, pg_basebackup among it, may rightly take hours and holds up no client.
    public static final Parameter<Duration> FAILOVER_COMMAND_TIMEOUT = FAILOVER.reload(
                    "failover_command_timeout",
                    seconds(0, MAX),
                    "5min",
                    "How long failover_command and failback_command may run before they are killed with all that they have"
                            + " started; 0 is without limit.")
            .own()
            .single();

    public static final Parameter<Duration> FOLLOW_PRIMARY_COMMAND_TIMEOUT = FAILOVER.reload(
                    "follow_primary_command_timeout",
                    seconds(0, MAX),
                    "6h",
                    "The same for follow_primary_command, which may copy a whole server. Until it has ended no other node is"
                            + " made to follow, and there is no switchover; a failover ends it.")
            .own()
            .single();

    public static final Parameter<FailoverCandidate> FAILOVER_CANDIDATE = FAILOVER.reload(
                    "failover_candidate",
                    oneOf(FailoverCandidate.class),
                    "most_advanced",
                    "Which standby failover_command gets as the new main node (%m): the one that has received most of the"
                            + " primary's WAL, or the one with the lowest id, as Pgpool-II does.")
            .own()
            .single();

    public static final Parameter<Boolean> PROMOTION_NEEDS_SYNCHRONOUS_STANDBYS = FAILOVER.reload(
                    "promotion_needs_synchronous_standbys",
                    bool(),
                    "on",
                    "Where synchronous replication was in force: holds the promotion, with an alarm, until so many standbys"
                            + " answer that one of them must have every acknowledged commit. Off promotes the best that"
                            + " answers, even if that loses some.")
            .own()
            .single();

    public static final Parameter<Boolean> FOLLOW_PRIMARY_DETACH_ALL = FAILOVER.reload(
                    "follow_primary_detach_all",
                    bool(),
                    "off",
                    "After the primary has changed, detaches all other nodes and runs follow_primary_command for each, as"
                            + " Pgpool-II does; off leaves standbys alone that follow the new primary by themselves.")
            .own()
            .single();

    public static final Parameter<Duration> STANDBY_GRACE_AFTER_PROMOTION = FAILOVER.reload(
                    "standby_grace_after_promotion",
                    seconds(0, MAX),
                    "0",
                    "How long after a promotion a standby may serve reads before it is seen to stream from the new primary."
                            + " One that is ahead of the new primary never may.")
            .own()
            .single();

    public static final Parameter<Duration> PRIMARY_WAIT_TIMEOUT = FAILOVER.reload(
                    "primary_wait_timeout",
                    seconds(0, MAX),
                    "30s",
                    "How long a statement that needs the primary waits while there is none, before the client gets an error;"
                            + " 0 gives the error at once.")
            .own()
            .single();

    public static final Parameter<FailoverSessionPolicy> FAILOVER_SESSION_POLICY = FAILOVER.reload(
                    "failover_session_policy",
                    oneOf(FailoverSessionPolicy.class),
                    "keep",
                    "What becomes of the sessions that used a node which is lost: keep moves them to another node with their"
                            + " settings and prepared statements, disconnect ends them.")
            .own()
            .single();

    public static final Parameter<Set<UnrestorableState>> FAILOVER_KEEP_SESSIONS_WITH = FAILOVER.reload(
                    "failover_keep_sessions_with",
                    EnumSetType.orEmpty(UnrestorableState.class),
                    "",
                    "Kinds of state that are lost with a node, and with which a session is kept all the same. With any other"
                            + " of these it is ended, so that the client notices.")
            .own()
            .single();

    public static final Parameter<UnknownOutcomeSqlstate> UNKNOWN_OUTCOME_SQLSTATE = FAILOVER.reload(
                    "unknown_outcome_sqlstate",
                    EnumType.named(UnknownOutcomeSqlstate.class, UnknownOutcomeSqlstate::sqlstate),
                    "08007",
                    "SQLSTATE of the error where a node was lost with a commit under way, so that nobody knows whether it"
                            + " took place.")
            .own()
            .single();

    public static final Parameter<Duration> SWITCHOVER_DRAIN_TIMEOUT = FAILOVER.reload(
                    "switchover_drain_timeout",
                    seconds(0, MAX),
                    "10s",
                    "How long a switchover waits for the open transactions to end, while new ones are held back; 0 does not"
                            + " wait at all.")
            .own()
            .single();

    public static final Parameter<Boolean> SWITCHOVER_END_STRAGGLERS = FAILOVER.reload(
                    "switchover_end_stragglers",
                    bool(),
                    "off",
                    "Ends, with SQLSTATE 40001, the transactions that are still open after switchover_drain_timeout; off"
                            + " calls the switchover off instead.")
            .own()
            .single();

    private ContinuityParameters() {}

    static List<ParameterDefinition<?>> definitions() {
        return FAILOVER.definitions();
    }
}
