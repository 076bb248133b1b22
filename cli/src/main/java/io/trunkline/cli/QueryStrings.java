package io.trunkline.cli;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import io.trunkline.sql.ScriptSplitter;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/** The query strings of one input, in turn. */
interface QueryStrings {
    /** The next one; empty at the end. */
    Optional<byte[]> next();

    /** Those of a script, as psql sends them. */
    static QueryStrings ofScript(byte[] script) {
        return new ScriptSplitter(script)::next;
    }

    /**
     * One a line, each as a JSON string; blank lines are passed over.
     *
     * @param name of the input, for errors
     */
    static QueryStrings ofJsonLines(String name, byte[] input) {
        return new JsonLines(name, input);
    }

    /** Lines of JSON strings. */
    final class JsonLines implements QueryStrings {
        private final JsonFactory json = new JsonFactory();
        private final String name;
        private final byte[] input;
        private int position;
        private int line;

        private JsonLines(String name, byte[] input) {
            this.name = name;
            this.input = input;
        }

        @Override
        public Optional<byte[]> next() {
            while (position < input.length) {
                int from = position;
                int end = from;
                while (end < input.length && input[end] != '\n') {
                    end++;
                }
                position = end + 1;
                line++;
                if (!new String(input, from, end - from, StandardCharsets.UTF_8).isBlank()) {
                    return Optional.of(string(from, end - from));
                }
            }
            return Optional.empty();
        }

        private byte[] string(int from, int length) {
            try (JsonParser parser = json.createParser(input, from, length)) {
                if (parser.nextToken() == JsonToken.VALUE_STRING) {
                    String sql = parser.getText();
                    if (parser.nextToken() == null) {
                        return sql.getBytes(StandardCharsets.UTF_8);
                    }
                }
            } catch (IOException notJson) {
                // told below with file and line, which its own message has not
            }
            throw new CommandFailure(name + ":" + line + ": not a JSON string");
        }
    }
}
