package io.trunkline.pcp.layout;

import io.trunkline.pcp.EventFacts;
import java.util.List;

/** SHOW POOL_EVENTS, which is Trunkline's own. */
public final class EventLayout {
    private static final List<String> COLUMNS = List.of("event_time", "node_id", "event", "reason");

    private EventLayout() {}

    public static Table show(List<EventFacts> events) {
        return new Table(COLUMNS, events.stream().map(EventLayout::row).toList());
    }

    private static List<String> row(EventFacts event) {
        return List.of(
                Texts.time(event.at()),
                event.node() < 0 ? "" : Texts.number(event.node()),
                event.event(),
                event.reason());
    }
}
