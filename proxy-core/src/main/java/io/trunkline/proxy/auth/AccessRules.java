package io.trunkline.proxy.auth;

import io.trunkline.config.hba.IdentMaps;
import io.trunkline.config.hba.PoolHba;

/**
 * What the files say about access; replaced as a whole at a reload.
 *
 * @param hba the rules of pool_hba.conf
 * @param identMaps the user name maps that the rules name
 */
public record AccessRules(PoolHba hba, IdentMaps identMaps) {
    private static final AccessRules NONE = new AccessRules(PoolHba.empty(), IdentMaps.empty());

    /** No rules, by which nobody gets in. */
    public static AccessRules none() {
        return NONE;
    }
}
