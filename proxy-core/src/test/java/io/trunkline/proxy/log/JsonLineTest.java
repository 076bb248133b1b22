package io.trunkline.proxy.log;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import io.trunkline.config.LoggingParameters.Verbosity;
import io.trunkline.config.MessageLevel;
import java.io.IOException;
import java.time.Instant;
import java.time.ZoneId;
import java.util.LinkedHashMap;
import java.util.Map;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

/** The log as JSON: each message is one object in one line, whatever is in it. */
final class JsonLineTest {
    private static final Instant TIME = Instant.parse("2026-11-21T10:02:03.123Z");

    private final LineForm json = new JsonLine(4711, ZoneId.of("+01:00"), Verbosity.DEFAULT);

    @Test
    void keysAreThoseOfPostgresql() throws IOException {
        LogEntry entry = new LogEntry(
                12,
                TIME,
                MessageLevel.LOG,
                "child",
                "io.trunkline.sessions",
                "Query message from frontend.",
                "query: \"select\n'x'\"",
                null,
                new FixedClient(7, "ann", "shop", "10.0.0.9", "5123", "psql"));

        assertThat(parsed(json.write(entry)))
                .containsExactly(
                        Map.entry("timestamp", "2026-11-21T11:02:03.123+01:00"),
                        Map.entry("user", "ann"),
                        Map.entry("dbname", "shop"),
                        Map.entry("pid", "4711"),
                        Map.entry("remote_host", "10.0.0.9"),
                        Map.entry("remote_port", "5123"),
                        Map.entry("session_id", "7"),
                        Map.entry("line_num", "12"),
                        Map.entry("error_severity", "LOG"),
                        Map.entry("message", "Query message from frontend."),
                        Map.entry("detail", "query: \"select\n'x'\""),
                        Map.entry("application_name", "psql"),
                        Map.entry("backend_type", "child"));
    }

    @Test
    void whatIsNotKnownIsLeftOut() throws IOException {
        LogEntry entry = LogEntry.own(1, TIME, MessageLevel.WARNING, "x");

        assertThat(parsed(json.write(entry)))
                .containsOnlyKeys("timestamp", "pid", "line_num", "error_severity", "message", "backend_type");
    }

    @Property(tries = 200)
    void anyTextIsOneLineAndComesOutAsItWentIn(@ForAll String text, @ForAll String name) throws IOException {
        // half a surrogate pair is no text
        String message = text.replaceAll("[\\ud800-\\udfff]", "");
        String user = name.replaceAll("[\\ud800-\\udfff]", "");
        LogEntry entry = new LogEntry(
                1,
                TIME,
                MessageLevel.LOG,
                "child",
                "x",
                message,
                null,
                null,
                new FixedClient(1, user, "d", "[local]", "", ""));

        String line = json.write(entry);

        assertThat(line.indexOf('\n')).isEqualTo(line.length() - 1);
        assertThat(parsed(line)).containsEntry("message", message).containsEntry("user", user);
    }

    private static Map<String, String> parsed(String line) throws IOException {
        Map<String, String> fields = new LinkedHashMap<>();
        try (JsonParser parser = new JsonFactory().createParser(line)) {
            assertThat(parser.nextToken()).isEqualTo(JsonToken.START_OBJECT);
            while (parser.nextToken() == JsonToken.FIELD_NAME) {
                String name = parser.currentName();
                assertThat(parser.nextToken().isScalarValue()).isTrue();
                assertThat(fields.put(name, parser.getText())).isNull();
            }
            assertThat(parser.currentToken()).isEqualTo(JsonToken.END_OBJECT);
            assertThat(parser.nextToken()).isNull();
        }
        return fields;
    }
}
