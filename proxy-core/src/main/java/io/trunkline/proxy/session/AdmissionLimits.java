package io.trunkline.proxy.session;

import io.trunkline.config.NameLimit;
import java.util.List;

/**
 * How many clients may knock, and come in.
 *
 * @param halfOpen max_half_open_connections, 0 = no limit
 * @param halfOpenPerAddress max_half_open_connections_per_address, 0 = no limit
 * @param perUser max_user_sessions
 * @param perDatabase max_db_sessions
 */
public record AdmissionLimits(
        int halfOpen, int halfOpenPerAddress, List<NameLimit> perUser, List<NameLimit> perDatabase) {
    /** Everybody. */
    public static final AdmissionLimits NONE = new AdmissionLimits(0, 0, List.of(), List.of());

    public AdmissionLimits {
        perUser = limiting(perUser);
        perDatabase = limiting(perDatabase);
    }

    /** The list up to the last item that limits anybody, so that no client is compared with the others. */
    private static List<NameLimit> limiting(List<NameLimit> limits) {
        int end = limits.size();
        while (end > 0 && limits.get(end - 1).limit() == 0) {
            end--;
        }
        return List.copyOf(limits.subList(0, end));
    }
}
