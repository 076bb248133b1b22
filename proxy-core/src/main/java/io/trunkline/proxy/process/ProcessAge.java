package io.trunkline.proxy.process;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/**
 * How long this process has run, from before its Java virtual machine began. By the kernel's time since the boot (proc(5):
 * stat, uptime), to a hundredth of a second; what Java itself knows about the start is up to a second off.
 */
final class ProcessAge {
    private static final int TICKS_PER_SECOND = 100;

    /** Fields of /proc/PID/stat from the end of the name on: that of the start is the 22nd of all. */
    private static final int START_AFTER_NAME = 22 - 2;

    private ProcessAge() {}

    /** Empty where the system does not say. */
    static Optional<Duration> now() {
        try {
            return Optional.of(
                    of(Files.readString(Path.of("/proc/self/stat")), Files.readString(Path.of("/proc/uptime"))));
        } catch (IOException | RuntimeException notThere) {
            return Optional.empty();
        }
    }

    /** @throws RuntimeException if the texts are of another form */
    static Duration of(String stat, String uptime) {
        // the name may have blanks and parentheses of its own
        String[] fields = stat.substring(stat.lastIndexOf(')') + 1).split(" ", -1);
        long startTicks = Long.parseLong(fields[START_AFTER_NAME]);
        double upSeconds = Double.parseDouble(uptime.substring(0, uptime.indexOf(' ')));
        return Duration.ofMillis(Math.round(upSeconds * 1000) - startTicks * 1000 / TICKS_PER_SECOND);
    }
}
