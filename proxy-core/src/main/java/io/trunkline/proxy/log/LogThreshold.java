package io.trunkline.proxy.log;

import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.filter.Filter;
import ch.qos.logback.core.spi.FilterReply;
import io.trunkline.config.MessageLevel;

/**
 * Lets through what {@code log_min_messages} asks for. In a server's log LOG ranks above ERROR (PostgreSQL's manual,
 * section "When to Log"), which Logback's own levels cannot say: with {@code error} LOG still appears and WARNING does
 * not.
 */
final class LogThreshold extends Filter<ILoggingEvent> {
    private volatile MessageLevel minimum = MessageLevel.WARNING;

    void setMinimum(MessageLevel level) {
        minimum = level;
    }

    @Override
    public FilterReply decide(ILoggingEvent event) {
        return LogEntry.levelOf(event).compareTo(minimum) >= 0 ? FilterReply.NEUTRAL : FilterReply.DENY;
    }
}
