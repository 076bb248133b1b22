package io.trunkline.proxy.metrics;

import io.trunkline.protocol.ServerMessage;
import org.jspecify.annotations.Nullable;

/** How serious an error of a server is. */
public enum ErrorSeverity {
    ERROR,
    FATAL,
    PANIC;

    /** @param error null if it was too long to be read */
    public static ErrorSeverity of(@Nullable ServerMessage error) {
        if (error == null) {
            return ERROR;
        }
        return switch (error.severity()) {
            case "PANIC" -> PANIC;
            case "FATAL" -> FATAL;
            default -> ERROR;
        };
    }
}
