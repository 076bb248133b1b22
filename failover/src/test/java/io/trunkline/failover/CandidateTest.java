package io.trunkline.failover;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

/** Who is proposed as the new primary. */
class CandidateTest {
    private static int best(int timelineSeen, Node... nodes) {
        return Candidate.mostAdvanced(List.of(nodes), NodeExamples.state(List.of(nodes), timelineSeen))
                .map(Node::id)
                .orElse(-1);
    }

    @Test
    void theOneThatHasReceivedMost() {
        assertThat(best(
                        1,
                        NodeExamples.standby(0, 1, 10),
                        NodeExamples.standby(1, 1, 30),
                        NodeExamples.standby(2, 1, 20)))
                .isEqualTo(1);
    }

    @Test
    void theLowestIdOfThoseThatHaveReceivedTheSame() {
        assertThat(best(
                        1,
                        NodeExamples.standby(0, 1, 10),
                        NodeExamples.standby(1, 1, 30),
                        NodeExamples.standby(2, 1, 30)))
                .isEqualTo(1);
    }

    @Test
    void aHigherTimelineIsMoreThanAnyPositionOnALowerOne() {
        assertThat(best(2, NodeExamples.standby(0, 1, 9_000), NodeExamples.standby(1, 2, 30)))
                .isEqualTo(1);
    }

    @Test
    void oneThatIsAlreadyPromoted() {
        assertThat(best(1, NodeExamples.standby(0, 2, 9_000), NodeExamples.primary(1, 2, 1)))
                .isEqualTo(1);
    }

    @Test
    void notAPrimaryOfAnOlderTimeline() {
        assertThat(best(2, NodeExamples.primary(0, 1, 1), NodeExamples.standby(1, 2, 10)))
                .isEqualTo(1);
        assertThat(best(2, NodeExamples.primary(0, 1, 1))).isEqualTo(-1);
    }

    @Test
    void notAServerOfAnotherSystem() {
        Node stranger = NodeExamples.telling(NodeExamples.named(0, ""), true, 5, 9_000, 2);

        assertThat(best(1, stranger, NodeExamples.standby(1, 1, 10))).isEqualTo(1);
    }

    @Test
    void theLowestIdIfAskedForAndOnlyIfItCanTakeOver() {
        List<Node> nodes =
                List.of(NodeExamples.primary(0, 1, 1), NodeExamples.standby(1, 2, 10), NodeExamples.standby(2, 2, 30));

        assertThat(Candidate.lowestId(nodes, NodeExamples.state(nodes, 2)).map(Node::id))
                .hasValue(1);
    }
}
