package io.trunkline.failover;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What synchronous_standby_names promises, and how many standbys it takes to be sure of it. */
class SynchronousStandbysTest {
    private final Node lost = NodeExamples.named(0, "s0");

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            nullValues = "none",
            value = {
                "s1 | 1 | s1",
                "s1, s2 | 1 | s1,s2",
                "2 (s1, s2) | 2 | s1,s2",
                "FIRST 2 (s1,s2 , s3) | 2 | s1,s2,s3",
                "first 1 (S1) | 1 | s1",
                "ANY 3(s1,s2,s3,s4) | 3 | s1,s2,s3,s4",
                "\"my standby\", s2 | 1 | my standby,s2",
                "ANY 1 (\"a,b\", \"say \"\"hi\"\"\") | 1 | 'a,b;say \"hi\"'",
                "* | 1 | none",
                "ANY 2 (*) | 2 | none",
                "s1, * | 1 | none",
            })
    void theSettingIsReadAsServersReadIt(String setting, int count, String names) {
        SynchronousStandbys standbys = SynchronousStandbys.of(setting);

        assertThat(standbys.isInForce()).isTrue();
        assertThat(standbys.count()).isEqualTo(count);
        Set<String> expected =
                names == null ? Set.of() : Set.of(names.contains(";") ? names.split(";") : names.split(","));
        assertThat(standbys.names()).isEqualTo(expected);
    }

    @Test
    void anEmptySettingPromisesNothing() {
        assertThat(SynchronousStandbys.of("").isInForce()).isFalse();
        assertThat(SynchronousStandbys.of("  ").isInForce()).isFalse();
    }

    @Test
    void theLostPrimaryIsNotWaitedForThoughTheSettingNamesIt() {
        List<Node> standbys = List.of(NodeExamples.named(1, "s1"));

        assertThat(SynchronousStandbys.of("s0, s1").missing(lost, standbys, standbys))
                .isZero();
    }

    @Test
    void aNameThatBelongsToNoNodeMayHaveTheCommitAlone() {
        List<Node> standbys = List.of(NodeExamples.named(1, "s1"), NodeExamples.named(2, "s2"));

        assertThat(SynchronousStandbys.of("archive, s1").missing(lost, standbys, standbys))
                .isEqualTo(1);
        assertThat(SynchronousStandbys.of("2 (archive, s1)").missing(lost, standbys, standbys))
                .isZero();
    }

    @Test
    void aNodeWithoutANameMayBeAnyOfThem() {
        List<Node> standbys = List.of(NodeExamples.named(1, ""), NodeExamples.named(2, ""));

        assertThat(SynchronousStandbys.of("a, b").missing(lost, standbys, standbys))
                .isZero();
        assertThat(SynchronousStandbys.of("a, b").missing(lost, standbys, standbys.subList(0, 1)))
                .isEqualTo(1);
    }

    @Test
    void aStandbyThatTheSettingDoesNotNameIsNoHelp() {
        List<Node> standbys = List.of(NodeExamples.named(1, "s1"), NodeExamples.named(2, "s2"));

        assertThat(SynchronousStandbys.of("s1").missing(lost, standbys, standbys.subList(1, 2)))
                .isEqualTo(1);
        assertThat(SynchronousStandbys.of("s1").missing(lost, standbys, standbys.subList(0, 1)))
                .isZero();
    }

    /** Whichever {@code count} of the named have a commit: one of those that answer is among them, if none is missing. */
    @Property(tries = 400)
    void noneIsMissingExactlyIfEverySetThatMayHaveACommitHasOneThatAnswers(
            @ForAll @IntRange(min = 1, max = 6) int nodes,
            @ForAll @IntRange(min = 1, max = 4) int count,
            @ForAll @IntRange(min = 0, max = 63) int named,
            @ForAll @IntRange(min = 0, max = 63) int answering) {
        List<Node> standbys = new ArrayList<>();
        Set<String> names = new HashSet<>();
        List<Node> answers = new ArrayList<>();
        for (int id = 1; id <= nodes; id++) {
            Node node = NodeExamples.named(id, "s" + id);
            standbys.add(node);
            if ((named >> (id - 1) & 1) == 1) {
                names.add("s" + id);
            }
            if ((answering >> (id - 1) & 1) == 1) {
                answers.add(node);
            }
        }
        if (names.size() < count) {
            return;
        }
        int missing = new SynchronousStandbys(count, names).missing(lost, standbys, answers);

        boolean isSure = IntStream.range(0, 1 << nodes)
                .filter(set -> Integer.bitCount(set) == count)
                .filter(set -> IntStream.range(0, nodes)
                        .filter(bit -> (set >> bit & 1) == 1)
                        .allMatch(bit -> names.contains("s" + (bit + 1))))
                .allMatch(set -> answers.stream().anyMatch(node -> (set >> (node.id() - 1) & 1) == 1));
        assertThat(missing == 0).isEqualTo(isSure);
    }

    @Property
    void noTextIsTooStrange(@ForAll String setting) {
        assertThat(SynchronousStandbys.of(setting).count()).isNotNegative();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"*", "ANY 2 (*)", "s1", "FIRST 1 (s1, S2)", "ANY 2 (\"a b\", \"with \"\" quote\", \"(\", \"*x\")"
            })
    void writtenAsASettingItPromisesTheSame(String setting) {
        SynchronousStandbys promised = SynchronousStandbys.of(setting);

        assertThat(SynchronousStandbys.of(promised.setting())).isEqualTo(promised);
    }
}
