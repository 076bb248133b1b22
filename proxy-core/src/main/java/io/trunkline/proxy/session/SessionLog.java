package io.trunkline.proxy.session;

import io.trunkline.proxy.log.LogFields;
import io.trunkline.proxy.log.LoggedClient;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.spi.LoggingEventBuilder;

/** What the settings of the log ask to be told of sessions, each with its client. */
final class SessionLog {
    private static final Logger log = LoggerFactory.getLogger("io.trunkline.sessions");

    private SessionLog() {}

    static void say(LoggedClient client, String message, @Nullable String detail) {
        LoggingEventBuilder event = log.atInfo().addKeyValue(LogFields.CLIENT, client);
        if (detail != null) {
            event = event.addKeyValue(LogFields.DETAIL, detail);
        }
        event.log("{}", message);
    }
}
