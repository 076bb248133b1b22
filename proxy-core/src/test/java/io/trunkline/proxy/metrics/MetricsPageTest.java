package io.trunkline.proxy.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.Tag;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** docs/metrics.md is what the registered meters say about themselves. */
final class MetricsPageTest {
    private static final String COMMAND =
            "mvn -pl proxy-core -am test -Dtest=MetricsPageTest -Dsurefire.failIfNoSpecifiedTests=false"
                    + " -Dtrunkline.regenerate=true";

    private static final String INTRODUCTION = """
            # Metrics

            Made from the meters by `%s`; edit the meters (`Metrics.java`), not this page.

            With `metrics_port` above 0, Trunkline answers `GET /metrics` on that port in the text format of Prometheus, or
            in OpenMetrics where the Accept header asks for it. It listens on 127.0.0.1 unless `metrics_listen_addresses`
            says otherwise; it asks for no password, and shows no names of users or databases and no statements. Both
            settings take effect at a start.

            ```
            metrics_port = 9719
            ```
            ```yaml
            scrape_configs:
              - job_name: trunkline
                static_configs:
                  - targets: ['localhost:9719']
            ```

            Counters begin at 0 with each start. `node` is the id of a node, as in `backend_hostname0`.

            | Name | Type | Labels | Meaning |
            |---|---|---|---|
            """;

    @Test
    void theCommittedPageListsAllMeters() throws Exception {
        Path page = Path.of("..", "docs", "metrics.md");
        String generated = render();
        if (Boolean.getBoolean("trunkline.regenerate")) {
            Files.writeString(page, generated);
        }
        assertThat(page)
                .as("docs/metrics.md is out of date; make it again with: %s", COMMAND)
                .hasContent(generated);
    }

    private static String render() {
        StringBuilder page = new StringBuilder(INTRODUCTION.formatted(COMMAND));
        PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
        try (Metrics metrics = Metrics.register(MetricsSources.idleProxy(), registry)) {
            assertThat(metrics).isNotNull();
            Map<String, List<Meter>> byName = registry.getMeters().stream()
                    .collect(Collectors.groupingBy(meter -> name(registry, meter), TreeMap::new, Collectors.toList()));
            byName.forEach((name, meters) -> page.append(row(name, meters)));
        }
        return page.toString();
    }

    private static String name(PrometheusMeterRegistry registry, Meter meter) {
        Meter.Id id = meter.getId();
        String name = registry.config().namingConvention().name(id.getName(), id.getType(), id.getBaseUnit());
        return id.getType() == Meter.Type.COUNTER ? name + "_total" : name;
    }

    private static String row(String name, List<Meter> meters) {
        Meter.Id id = meters.get(0).getId();
        String labels = id.getTags().stream()
                .map(Tag::getKey)
                .map(key -> "`" + key + "`" + values(key, meters))
                .collect(Collectors.joining(", "));
        return "| `" + name + "` | " + id.getType().name().toLowerCase(Locale.ROOT) + " | " + labels + " | "
                + Objects.requireNonNull(id.getDescription()) + " |\n";
    }

    /** The values of a label, where they are always the same ones. */
    private static String values(String key, List<Meter> meters) {
        if (key.equals("node") || key.equals("version")) {
            return "";
        }
        return meters.stream()
                .map(meter -> Objects.requireNonNull(meter.getId().getTag(key)))
                .collect(Collectors.toCollection(TreeSet::new))
                .stream()
                .collect(Collectors.joining(", ", " (", ")"));
    }
}
