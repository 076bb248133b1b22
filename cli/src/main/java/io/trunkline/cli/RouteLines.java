package io.trunkline.cli;

import com.fasterxml.jackson.core.io.JsonStringEncoder;
import io.trunkline.proxy.route.SyntacticRoute;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;

/** Prints a line for each query string, under a header with the columns' names where the format has columns. */
final class RouteLines {
    private static final List<String> COLUMNS =
            List.of("number", "statements", "kind", "read_only", "destination", "rule", "tables", "functions");

    /** Widths of the columns in text; those that hold more push the others to the right. */
    private static final List<Integer> WIDTHS = List.of(7, 10, 8, 9, 11, 18, 24, 0);

    /** The columns that JSON has as strings; the others are numbers and lists. */
    private static final Set<String> STRINGS = Set.of("kind", "destination", "rule");

    private final RouteFormat format;
    private final PrintWriter out;
    private int number;

    RouteLines(RouteFormat format, PrintWriter out) {
        this.format = format;
        this.out = out;
    }

    void header() {
        switch (format) {
            case TEXT -> {
                List<String> names = new ArrayList<>(COLUMNS);
                names.set(0, "#" + names.get(0));
                out.print(text(names) + "\n");
            }
            case TSV -> out.print("#" + String.join("\t", COLUMNS) + "\n");
            case JSON -> {}
        }
    }

    void line(SyntacticRoute route) {
        number++;
        List<String> values = List.of(
                Integer.toString(number),
                Integer.toString(route.kinds().size()),
                route.kinds().stream().map(Enum::name).collect(Collectors.joining(",")),
                route.readOnly() ? "1" : "0",
                route.target().name().toLowerCase(Locale.ROOT),
                route.rule().label(),
                json(route.tables()),
                json(route.functions()));
        switch (format) {
            case TEXT -> out.print(text(values) + "\n");
            case TSV -> out.print(String.join("\t", values) + "\n");
            case JSON -> out.print(object(values) + "\n");
        }
    }

    private static String text(List<String> values) {
        StringBuilder line = new StringBuilder(100);
        for (int i = 0; i < values.size(); i++) {
            String value = values.get(i);
            line.append(value).append(" ".repeat(Math.max(0, WIDTHS.get(i) - value.length())));
            line.append(' ');
        }
        return line.toString().stripTrailing();
    }

    private static String object(List<String> values) {
        StringBuilder object = new StringBuilder(160).append('{');
        for (int i = 0; i < values.size(); i++) {
            String column = COLUMNS.get(i);
            String value = values.get(i);
            object.append(i == 0 ? "" : ",").append('"').append(column).append("\":");
            object.append(STRINGS.contains(column) ? '"' + value + '"' : value);
        }
        return object.append('}').toString();
    }

    private static String json(List<String> names) {
        return names.stream()
                .map(name -> '"' + new String(JsonStringEncoder.getInstance().quoteAsString(name)) + '"')
                .collect(Collectors.joining(",", "[", "]"));
    }
}
