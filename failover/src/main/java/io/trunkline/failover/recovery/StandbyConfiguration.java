package io.trunkline.failover.recovery;

import io.trunkline.pool.NodeAddress;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * What makes a server follow the primary: settings at the end of {@code postgresql.auto.conf}, which is read last, and the
 * same for programs that connect to the primary (manual, "Connection Strings").
 */
final class StandbyConfiguration {
    /** Where the settings are; every server since release 12 reads it. */
    static final String FILE = "postgresql.auto.conf";

    static final String SIGNAL = "standby.signal";

    /** A slot that the old primary had need not exist on the new one. */
    private static final Pattern REPLACED = Pattern.compile("\\s*(primary_conninfo|primary_slot_name)\\b.*");

    private final RecoveryTarget target;
    private final RecoverySource primary;
    private final RecoverySettings settings;

    StandbyConfiguration(RecoveryTarget target, RecoverySource primary, RecoverySettings settings) {
        this.target = target;
        this.primary = primary;
        this.settings = settings;
    }

    /** The connection string for pg_rewind, which takes the password from its environment. */
    String source() {
        return connection() + " dbname=" + value(settings.databases().get(0));
    }

    /**
     * The file anew.
     *
     * @param before its content, without what is replaced
     * @param withPort whether the node has no configuration of its own that tells its port
     */
    String text(String before, Optional<String> password, boolean withPort) {
        StringBuilder text = new StringBuilder();
        before.lines()
                .filter(line -> !REPLACED.matcher(line).matches())
                .forEach(line -> text.append(line).append('\n'));
        String connection = connection()
                + (target.applicationName().isEmpty() ? "" : " application_name=" + value(target.applicationName()))
                + password.map(secret -> " password=" + value(secret)).orElse("");
        text.append("primary_conninfo = ").append(constant(connection)).append('\n');
        text.append("primary_slot_name = ''\n");
        if (withPort) {
            text.append("port = ").append(target.address().port()).append('\n');
        }
        return text.toString();
    }

    private String connection() {
        NodeAddress address = primary.address();
        return "host=" + value(address.host()) + " port=" + address.port() + " user=" + value(settings.user());
    }

    private static String value(String value) {
        return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'";
    }

    /** A constant of a configuration file, in which a backslash escapes as well. */
    private static String constant(String value) {
        return "'" + value.replace("\\", "\\\\").replace("'", "''") + "'";
    }
}
