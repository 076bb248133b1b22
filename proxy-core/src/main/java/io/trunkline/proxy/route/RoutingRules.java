package io.trunkline.proxy.route;

import io.trunkline.config.AdministrationParameters;
import io.trunkline.config.BackendParameters;
import io.trunkline.config.CompatVersion;
import io.trunkline.config.FailoverParameters;
import io.trunkline.config.ObjectRelationship;
import io.trunkline.config.PatternList;
import io.trunkline.config.PgpoolConfig;
import io.trunkline.config.Redirect;
import io.trunkline.config.ReplicationParameters;
import io.trunkline.config.RoutingParameters;
import io.trunkline.config.RoutingParameters.AfterWrite;
import io.trunkline.config.RoutingParameters.TempTableCheck;
import java.time.Duration;
import java.util.List;
import java.util.Set;

/**
 * What the configuration says about routing; replaced as a whole at reload.
 *
 * @param balancing whether reads may leave the primary: load_balance_mode, and a mode that has standbys
 * @param likeOlderPgpool whether it is as with a Pgpool-II older than 4.7: {@code /*NO LOAD BALANCE*}{@code /} is but a
 *     comment, and PREPARE of a read goes where the read goes
 * @param delayThreshold bytes that a standby may be behind the primary; 0 = any, also where nobody checks it
 * @param delayThresholdByTime time that it may be behind; zero = any. Where both are set this one counts
 */
public record RoutingRules(
        boolean balancing,
        boolean statementLevel,
        AfterWrite afterWrite,
        List<ObjectRelationship> relationships,
        PatternList writeFunctions,
        PatternList readOnlyFunctions,
        PatternList primaryPatterns,
        List<Redirect> redirectsByApplication,
        List<Redirect> redirectsByDatabase,
        List<Redirect> redirectsByUser,
        boolean allowComments,
        boolean likeOlderPgpool,
        boolean ignoreLeadingSpace,
        TempTableCheck tempTables,
        boolean checkUnlogged,
        long delayThreshold,
        Duration delayThresholdByTime,
        boolean preferLowerDelay) {

    /** What a running server follows. */
    public static RoutingRules of(PgpoolConfig config) {
        return of(config, config.nodes().size() > 1);
    }

    /** What a configuration says about routing if it is to have a standby, whatever nodes it names. */
    public static RoutingRules withStandby(PgpoolConfig config) {
        return of(config, true);
    }

    private static RoutingRules of(PgpoolConfig config, boolean standby) {
        boolean checked = checksDelay(config);
        return new RoutingRules(
                config.get(RoutingParameters.LOAD_BALANCE_MODE)
                        && config.get(BackendParameters.BACKEND_CLUSTERING_MODE).hasStandbys()
                        && standby,
                config.get(RoutingParameters.STATEMENT_LEVEL_LOAD_BALANCE),
                config.get(RoutingParameters.DISABLE_LOAD_BALANCE_ON_WRITE),
                config.get(RoutingParameters.DML_ADAPTIVE_OBJECT_RELATIONSHIP_LIST),
                config.get(RoutingParameters.WRITE_FUNCTION_LIST),
                config.get(RoutingParameters.READ_ONLY_FUNCTION_LIST),
                config.get(RoutingParameters.PRIMARY_ROUTING_QUERY_PATTERN_LIST),
                config.get(RoutingParameters.APP_NAME_REDIRECT_PREFERENCE_LIST),
                config.get(RoutingParameters.DATABASE_REDIRECT_PREFERENCE_LIST),
                config.get(RoutingParameters.USER_REDIRECT_PREFERENCE_LIST),
                config.get(RoutingParameters.ALLOW_SQL_COMMENTS),
                !config.get(AdministrationParameters.PGPOOL_COMPAT_VERSION).isAtLeast(CompatVersion.V4_7),
                config.get(RoutingParameters.IGNORE_LEADING_WHITE_SPACE),
                config.get(RoutingParameters.CHECK_TEMP_TABLE),
                config.get(RoutingParameters.CHECK_UNLOGGED_TABLE),
                checked ? config.get(ReplicationParameters.DELAY_THRESHOLD) : 0,
                checked ? config.get(ReplicationParameters.DELAY_THRESHOLD_BY_TIME) : Duration.ZERO,
                config.get(ReplicationParameters.PREFER_LOWER_DELAY_STANDBY));
    }

    /** Whether something written is an object that {@code name} depends on (dml_adaptive_object_relationship_list). */
    public boolean dependsOnAny(String name, Set<String> written) {
        for (ObjectRelationship relationship : relationships) {
            if (relationship.dependent().equalsIgnoreCase(name) && written.contains(relationship.object())) {
                return true;
            }
        }
        return false;
    }

    /** What was measured once, or never, says nothing of now: without regular checks no standby counts as delayed. */
    private static boolean checksDelay(PgpoolConfig config) {
        boolean canAsk = !config.get(ReplicationParameters.SR_CHECK_USER).isEmpty()
                || !config.getBare(FailoverParameters.HEALTH_CHECK_USER).isEmpty();
        return canAsk && !config.get(ReplicationParameters.SR_CHECK_PERIOD).isZero();
    }
}
