package io.trunkline.proxy.log;

import io.trunkline.config.LoggingParameters;
import io.trunkline.config.PgpoolConfig;
import java.nio.file.Path;
import java.time.Duration;

/**
 * What the configuration says about the files of the collector.
 *
 * @param name with the place holders of {@link Strftime}
 * @param mode access permissions of new files, as in {@code 0640}
 * @param truncates log_truncate_on_rotation
 * @param age after which a new one is begun; 0 is never
 * @param size in bytes from which on a new one is begun; 0 is never
 */
public record LogFileSettings(
        LogDirectory directory, String name, int mode, boolean truncates, Duration age, long size) {
    static LogFileSettings of(Path pgpoolConf, PgpoolConfig config) {
        return new LogFileSettings(
                LogDirectory.of(pgpoolConf, config),
                config.get(LoggingParameters.LOG_FILENAME),
                config.get(LoggingParameters.LOG_FILE_MODE),
                config.get(LoggingParameters.LOG_TRUNCATE_ON_ROTATION),
                config.get(LoggingParameters.LOG_ROTATION_AGE),
                config.get(LoggingParameters.LOG_ROTATION_SIZE) * 1024);
    }
}
