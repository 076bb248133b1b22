package io.trunkline.proxy.auth;

import io.trunkline.config.AdministrationParameters;
import io.trunkline.config.CompatVersion;
import io.trunkline.config.ConnectionParameters;
import io.trunkline.config.PgpoolConfig;

/**
 * What the configuration says about clients' logins; replaced as a whole at reload.
 *
 * @param rules enable_pool_hba
 * @param serversFirst whether without rules a user whom pool_passwd has is asked only if the servers ask, as in a
 *     Pgpool-II before 4.7
 * @param clearText allow_clear_text_frontend_auth
 */
public record AuthSettings(boolean rules, boolean serversFirst, boolean clearText, AuthQuerySettings query) {
    /** Nothing but pool_passwd and the servers. */
    public static final AuthSettings NONE = new AuthSettings(false, false, false, AuthQuerySettings.OFF);

    public static AuthSettings of(PgpoolConfig config) {
        return new AuthSettings(
                config.get(ConnectionParameters.ENABLE_POOL_HBA),
                !config.get(AdministrationParameters.PGPOOL_COMPAT_VERSION).isAtLeast(CompatVersion.V4_7),
                config.get(ConnectionParameters.ALLOW_CLEAR_TEXT_FRONTEND_AUTH),
                AuthQuerySettings.of(config));
    }
}
