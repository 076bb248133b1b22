package io.trunkline.proxy.log;

import io.trunkline.config.AdministrationParameters;
import io.trunkline.config.CompatVersion;
import io.trunkline.config.LoggingParameters;
import io.trunkline.config.LoggingParameters.LogDestination;
import io.trunkline.config.LoggingParameters.LogFormat;
import io.trunkline.config.LoggingParameters.SyslogFacility;
import io.trunkline.config.LoggingParameters.Verbosity;
import io.trunkline.config.MessageLevel;
import io.trunkline.config.PgpoolConfig;
import java.nio.file.Path;
import java.util.Set;

/**
 * What the configuration says about the log as a whole.
 *
 * @param plainHeadings whether the steps of a failover are told as Pgpool-II told them up to 4.3, without {@code ===}
 */
public record LogSettings(
        Set<LogDestination> destinations,
        LogFormat format,
        String linePrefix,
        Verbosity verbosity,
        MessageLevel minimum,
        SyslogFacility syslogFacility,
        String syslogIdent,
        boolean collector,
        LogFileSettings files,
        boolean plainHeadings) {

    /** @param pgpoolConf log_directory may be relative to it */
    public static LogSettings of(Path pgpoolConf, PgpoolConfig config) {
        return new LogSettings(
                config.get(LoggingParameters.LOG_DESTINATION),
                config.get(LoggingParameters.LOG_FORMAT),
                config.get(LoggingParameters.LOG_LINE_PREFIX),
                config.get(LoggingParameters.LOG_ERROR_VERBOSITY),
                config.get(LoggingParameters.LOG_MIN_MESSAGES),
                config.get(LoggingParameters.SYSLOG_FACILITY),
                config.get(LoggingParameters.SYSLOG_IDENT),
                config.get(LoggingParameters.LOGGING_COLLECTOR),
                LogFileSettings.of(pgpoolConf, config),
                !config.get(AdministrationParameters.PGPOOL_COMPAT_VERSION).isAtLeast(CompatVersion.V4_4));
    }

    boolean toFiles() {
        return collector && destinations.contains(LogDestination.STDERR);
    }

    boolean toStandardError() {
        return !collector && destinations.contains(LogDestination.STDERR);
    }

    boolean toSyslog() {
        return destinations.contains(LogDestination.SYSLOG);
    }
}
