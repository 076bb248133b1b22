package io.trunkline.proxy.log;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import io.trunkline.config.LoggingParameters.Verbosity;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.Locale;

/**
 * A message as a JSON object in a line, with the keys of PostgreSQL's jsonlog (its manual, "Using JSON-Format Log
 * Output") where there is one; what is not known is left out.
 */
final class JsonLine implements LineForm {
    private static final JsonFactory JSON = new JsonFactory();

    private final long pid;
    private final Verbosity verbosity;
    private final DateTimeFormatter time;

    JsonLine(long pid, ZoneId zone, Verbosity verbosity) {
        this.pid = pid;
        this.verbosity = verbosity;
        this.time = DateTimeFormatter.ofPattern("yyyy-MM-dd'T'HH:mm:ss.SSSxxx", Locale.ROOT)
                .withZone(zone);
    }

    @Override
    public String write(LogEntry entry) {
        StringWriter text = new StringWriter(320);
        try (JsonGenerator json = JSON.createGenerator(text)) {
            json.writeStartObject();
            json.writeStringField("timestamp", time.format(entry.time()));
            LoggedClient client = entry.client();
            if (client != null) {
                json.writeStringField("user", client.user());
                json.writeStringField("dbname", client.database());
            }
            json.writeNumberField("pid", pid);
            if (client != null) {
                json.writeStringField("remote_host", client.host());
                if (!client.port().isEmpty()) {
                    json.writeNumberField("remote_port", Integer.parseInt(client.port()));
                }
                json.writeStringField("session_id", Integer.toString(client.session()));
            }
            json.writeNumberField("line_num", entry.number());
            json.writeStringField("error_severity", entry.level().toString());
            json.writeStringField("message", entry.message());
            if (entry.detail() != null && verbosity != Verbosity.TERSE) {
                json.writeStringField("detail", entry.detail());
            }
            if (entry.stack() != null) {
                json.writeStringField(
                        "stack", verbosity == Verbosity.TERSE ? TextLine.firstLine(entry.stack()) : entry.stack());
            }
            if (client != null && !client.applicationName().isEmpty()) {
                json.writeStringField("application_name", client.applicationName());
            }
            json.writeStringField("backend_type", entry.process());
            if (verbosity == Verbosity.VERBOSE) {
                json.writeStringField("location", entry.logger());
            }
            json.writeEndObject();
        } catch (IOException cannotBe) {
            throw new UncheckedIOException(cannotBe);
        }
        return text.append('\n').toString();
    }
}
