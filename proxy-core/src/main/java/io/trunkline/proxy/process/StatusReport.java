package io.trunkline.proxy.process;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import io.trunkline.pcp.EventFacts;
import io.trunkline.pcp.NodeFacts;
import io.trunkline.pcp.ServerStatus;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** The state of a server, for people and for programs. */
final class StatusReport {
    private static final List<String> COLUMNS =
            List.of("node", "host", "port", "role", "status", "lag", "connections", "since");

    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss", Locale.ROOT).withZone(ZoneId.systemDefault());

    private static final double NANOS = 1e9;

    /** As many as fit below the nodes at a glance. */
    private static final int SHOWN_EVENTS = 8;

    private StatusReport() {}

    /**
     * One line of JSON: version, pid, port, state ({@code running} or {@code stopping}), started_at, sessions, waiting,
     * writes ({@code served}, {@code held}, {@code awaited} or {@code not_served}), epoch, and nodes, each with id, host,
     * port, role, status, lag (bytes, null if not known), lag_seconds (null if not known), since, reachable, readable,
     * draining, detached_by_administrator, connections_in_use and connections_idle (null if not known); and events, the
     * newest first, each with at, node (null if it is of the whole cluster), event and reason.
     */
    static String json(StatusDetails details) {
        ServerStatus status = details.status();
        StringWriter text = new StringWriter();
        try (JsonGenerator json = new JsonFactory().createGenerator(text)) {
            json.writeStartObject();
            json.writeStringField("version", status.version());
            json.writeNumberField("pid", status.pid());
            json.writeNumberField("port", status.port());
            json.writeStringField("state", status.stopping() ? "stopping" : "running");
            json.writeStringField("started_at", status.startedAt().toString());
            json.writeNumberField("sessions", status.sessions());
            json.writeNumberField("waiting", status.waiting());
            json.writeStringField("writes", status.writes().replace(' ', '_'));
            json.writeNumberField("epoch", status.epoch());
            json.writeArrayFieldStart("nodes");
            for (NodeFacts node : status.nodes()) {
                json.writeStartObject();
                json.writeNumberField("id", node.id());
                json.writeStringField("host", node.host());
                json.writeNumberField("port", node.port());
                json.writeStringField("role", roleOf(node));
                json.writeStringField("status", node.status().text());
                if (node.lagBytes().isPresent()) {
                    json.writeNumberField("lag", node.lagBytes().getAsLong());
                } else {
                    json.writeNullField("lag");
                }
                if (node.lagTime().isPresent()) {
                    json.writeNumberField("lag_seconds", node.lagTime().get().toNanos() / NANOS);
                } else {
                    json.writeNullField("lag_seconds");
                }
                json.writeStringField("since", node.since().toString());
                json.writeBooleanField("reachable", node.reachable());
                json.writeBooleanField("readable", node.readable());
                json.writeBooleanField("draining", node.draining());
                json.writeBooleanField("detached_by_administrator", node.detachedByAdministrator());
                writeCount(json, "connections_in_use", details.connections(node.id(), true));
                writeCount(json, "connections_idle", details.connections(node.id(), false));
                json.writeEndObject();
            }
            json.writeEndArray();
            json.writeArrayFieldStart("events");
            for (EventFacts event : latest(details.events(), Integer.MAX_VALUE)) {
                json.writeStartObject();
                json.writeStringField("at", event.at().toString());
                writeCount(json, "node", event.node() < 0 ? Optional.empty() : Optional.of((long) event.node()));
                json.writeStringField("event", event.event());
                json.writeStringField("reason", event.reason());
                json.writeEndObject();
            }
            json.writeEndArray();
            json.writeEndObject();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return text.toString();
    }

    private static void writeCount(JsonGenerator json, String name, Optional<Long> count) throws IOException {
        if (count.isPresent()) {
            json.writeNumberField(name, count.get());
        } else {
            json.writeNullField(name);
        }
    }

    static String text(StatusDetails details) {
        ServerStatus status = details.status();
        StringBuilder text = new StringBuilder()
                .append("Trunkline ")
                .append(status.version())
                .append(status.stopping() ? " is stopping" : " is running")
                .append(": process id ")
                .append(status.pid())
                .append(", port ")
                .append(status.port())
                .append(", up for ")
                .append(age(Duration.between(status.startedAt(), Instant.now())))
                .append('\n')
                .append(status.sessions())
                .append(status.sessions() == 1 ? " session, " : " sessions, ")
                .append(status.waiting())
                .append(" waiting; writes are ")
                .append(status.writes())
                .append("\n\n");
        List<List<String>> rows = new ArrayList<>(List.of(COLUMNS));
        for (NodeFacts node : status.nodes()) {
            rows.add(List.of(
                    Integer.toString(node.id()),
                    node.host(),
                    Integer.toString(node.port()),
                    roleOf(node),
                    statusOf(node),
                    lagOf(node),
                    connectionsOf(node, details),
                    TIME.format(node.since())));
        }
        text.append(table(rows));
        if (!details.events().isEmpty()) {
            text.append("\nlast events\n").append(table(eventRows(details.events())));
        }
        return text.toString();
    }

    private static String connectionsOf(NodeFacts node, StatusDetails details) {
        return details.connections(node.id(), true)
                .map(used -> used + " in use, "
                        + details.connections(node.id(), false).orElse(0L) + " idle")
                .orElse("unknown");
    }

    private static List<List<String>> eventRows(List<EventFacts> events) {
        List<List<String>> rows = new ArrayList<>();
        for (EventFacts event : latest(events, SHOWN_EVENTS)) {
            rows.add(List.of(
                    TIME.format(event.at()),
                    event.node() < 0 ? "cluster" : "node " + event.node(),
                    event.event(),
                    event.reason()));
        }
        return rows;
    }

    /** The newest first. */
    private static List<EventFacts> latest(List<EventFacts> events, int count) {
        List<EventFacts> latest = new ArrayList<>(events.subList(Math.max(0, events.size() - count), events.size()));
        Collections.reverse(latest);
        return latest;
    }

    private static String roleOf(NodeFacts node) {
        return (node.isPrimary() ? NodeFacts.Role.PRIMARY : node.serverRole()).text();
    }

    private static String statusOf(NodeFacts node) {
        boolean inService = node.status().isInService();
        StringBuilder text = new StringBuilder(node.status().text());
        if (inService && !node.reachable()) {
            text.append(", not reachable");
        } else if (inService && !node.readable()) {
            text.append(", no reads");
        }
        if (node.detachedByAdministrator()) {
            text.append(", detached by an administrator");
        }
        if (node.draining()) {
            text.append(", draining");
        }
        return text.toString();
    }

    private static String lagOf(NodeFacts node) {
        if (node.lagBytes().isEmpty()) {
            return "unknown";
        }
        return node.lagBytes().getAsLong() + " bytes"
                + node.lagTime()
                        .map(time -> String.format(Locale.ROOT, ", %.3f s", time.toNanos() / NANOS))
                        .orElse("");
    }

    private static String table(List<List<String>> rows) {
        StringBuilder text = new StringBuilder();
        for (List<String> row : rows) {
            StringBuilder line = new StringBuilder();
            for (int column = 0; column < row.size(); column++) {
                int at = column;
                int width =
                        rows.stream().mapToInt(r -> r.get(at).length()).max().orElse(0);
                line.append(row.get(column))
                        .append(" ".repeat(width + 2 - row.get(column).length()));
            }
            text.append(line.toString().stripTrailing()).append('\n');
        }
        return text.toString();
    }

    /** The two largest units are enough. */
    private static String age(Duration age) {
        if (age.toDays() > 0) {
            return age.toDays() + " d " + age.toHoursPart() + " h";
        }
        if (age.toHours() > 0) {
            return age.toHours() + " h " + age.toMinutesPart() + " min";
        }
        return age.toMinutes() > 0
                ? age.toMinutes() + " min " + age.toSecondsPart() + " s"
                : Math.max(0, age.toSeconds()) + " s";
    }
}
