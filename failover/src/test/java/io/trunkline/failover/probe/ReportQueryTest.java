package io.trunkline.failover.probe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import io.trunkline.failover.NodeReport;
import io.trunkline.failover.NodeReport.Downstream;
import io.trunkline.failover.NodeReport.Upstream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What is read from the rows that servers answer with. */
class ReportQueryTest {
    private static final String CONNINFO =
            "user=repl password=******** channel_binding=prefer host=db0 port=5433 fallback_application_name=node1";

    private static NodeReport read(List<List<@Nullable String>> rows) {
        return ReportQuery.read(rows, 0).orElseThrow();
    }

    private static List<@Nullable String> row(@Nullable String... values) {
        return Arrays.asList(values);
    }

    private static List<@Nullable String> receiver(
            @Nullable String status, @Nullable String timeline, @Nullable String host, @Nullable String port) {
        return row("node", "t", "0/1", "0/1", null, "7", "3", "4", "", status, timeline, host, port, CONNINFO);
    }

    @Test
    void aPrimaryTellsItsTimelineAndWhoReceivesFromIt() {
        NodeReport report = read(List.of(
                row("node", "f", "1/A0", null, "0000000B00000001000000FF", "-7", "9", "0", "ANY 1 (a, b)", null, null),
                row("downstream", "node1", "streaming", "quorum", "0.001234"),
                row("downstream", "my, app", "catchup", "async", null),
                row("downstream", null, null, null, null)));
        assertThat(report)
                .isEqualTo(new NodeReport(
                        false,
                        OptionalLong.of(-7),
                        OptionalInt.of(11),
                        OptionalLong.of(0x1_0000_00A0L),
                        OptionalLong.of(0x1_0000_00A0L),
                        Optional.empty(),
                        List.of(
                                new Downstream(
                                        "node1", "streaming", "quorum", Optional.of(Duration.ofNanos(1_234_000))),
                                new Downstream("my, app", "catchup", "async", Optional.empty())),
                        "ANY 1 (a, b)"));
    }

    @Test
    void aStandbyTellsWhatItReceivesAndFromWhom() {
        NodeReport report = read(List.of(
                row("node", "t", "0/20", "0/10", null, "7", "3", "4", "*", "streaming", "5", "db0", "5432", CONNINFO)));
        assertThat(report)
                .isEqualTo(new NodeReport(
                        true,
                        OptionalLong.of(7),
                        OptionalInt.of(5),
                        OptionalLong.of(0x20),
                        OptionalLong.of(0x10),
                        Optional.of(new Upstream("streaming", "db0", 5432)),
                        List.of(),
                        ""));
    }

    @Test
    void aStandbyThatHasReplayedMoreThanItReceivedHasReceivedThat() {
        assertThat(read(List.of(row("node", "t", "0/1", "80000000/0"))).received())
                .hasValue(0x8000_0000_0000_0000L);
        assertThat(read(List.of(row("node", "t", null, "0/5"))).received()).hasValue(5);
        assertThat(read(List.of(row("node", "t", "0/6", null))).received()).hasValue(6);
        assertThat(read(List.of(row("node", "t", null, null))).received()).isEmpty();
    }

    @Test
    void theConnectionStringNamesTheUpstreamOfOldServers() {
        assertThat(read(List.of(receiver("streaming", "5", null, null))).upstream())
                .hasValue(new Upstream("streaming", "db0", 5433));
        assertThat(read(List.of(receiver("waiting", "5", "db7", "nonsense"))).upstream())
                .hasValue(new Upstream("waiting", "db7", 5433));
    }

    @Test
    void aReceiverThatMayNotBeSeenIsNone() {
        NodeReport report = read(List.of(receiver(null, null, null, null)));
        assertThat(report.upstream()).isEmpty();
        assertThat(report.timeline()).as("of the control file").hasValue(4);
    }

    @Test
    void theTimelineOfTheControlFileCountsOnlyWithoutBetterKnowledge() {
        assertThat(read(List.of(receiver("streaming", "2", "h", "1"))).timeline())
                .hasValue(2);
        assertThat(ReportQuery.read(List.of(receiver(null, "0", "h", "1")), 9)
                        .orElseThrow()
                        .timeline())
                .hasValue(9);
        assertThat(read(List.of(row("node", "t", "0/1", "0/1", null, null, "x", null)))
                        .timeline())
                .isEmpty();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            host=db0 port=1               | host     | db0
            port=1 host=db0               | host     | db0
            hostaddr=10.0.0.1 host=       | host     |
            hostaddr=10.0.0.1 port=1      | hostaddr | 10.0.0.1
            host = 'a b\\'c' port = '77'  | host     | a b'c
            host = 'a b\\'c' port = '77'  | port     | 77
            host=db0,db1 port=1,2         | host     |
            application_name='host=x'     | host     |
            host=/var/run/postgresql      | host     | /var/run/postgresql
            """)
    void settingsAreFoundInConnectionStrings(String conninfo, String name, @Nullable String value) {
        assertThat(ReportQuery.setting(conninfo, name)).isEqualTo(value == null ? "" : value);
    }

    @ParameterizedTest
    @CsvSource({"0, 0", "0.00002935, 29", "1.5e-05, 15", "12, 12000000", "-1, ", "NaN, ", "Infinity, ", "1e300, ", "x, "
    })
    void lagIsReadInMicroseconds(String seconds, @Nullable Long micros) {
        NodeReport report = read(List.of(row("node", "f"), row("downstream", "a", "streaming", "async", seconds)));
        assertThat(report.downstreams().get(0).replayLag())
                .isEqualTo(Optional.ofNullable(micros).map(some -> Duration.ofNanos(some * 1000)));
    }

    @Test
    void withoutARoleThereIsNoReport() {
        assertThat(ReportQuery.read(List.of(), 0)).isEmpty();
        assertThat(ReportQuery.read(List.of(row()), 0)).isEmpty();
        assertThat(ReportQuery.read(List.of(row("node")), 0)).isEmpty();
        assertThat(ReportQuery.read(List.of(row("node", "true")), 0)).isEmpty();
        assertThat(ReportQuery.read(List.of(row("downstream", "f", "streaming")), 0))
                .isEmpty();
    }

    @Property
    void whatCannotBeReadIsEmptyAndNoError(@ForAll("rows") List<List<@Nullable String>> rows) {
        assertThatCode(() -> ReportQuery.read(rows, 0)).doesNotThrowAnyException();
        List<List<@Nullable String>> withRole = new ArrayList<>(rows);
        withRole.add(row("node", "t"));
        assertThat(ReportQuery.read(withRole, 0)).isPresent();
    }

    @Provide
    Arbitrary<List<List<@Nullable String>>> rows() {
        Arbitrary<String> values = Arbitraries.oneOf(
                Arbitraries.of("node", "downstream", "t", "f", "0/0", "FFFFFFFF/1", "99999999999999999999", "-1", ""),
                Arbitraries.strings().ofMaxLength(30));
        return values.injectNull(0.1).list().ofMaxSize(16).list().ofMaxSize(4);
    }

    @Property
    void theTimelineIsTheBeginningOfTheFileName(@ForAll @IntRange(min = 1) int timeline) {
        String file = String.format("%08X%016X", timeline, 255);
        assertThat(read(List.of(row("node", "f", "0/1", null, file))).timeline())
                .hasValue(timeline);
    }
}
