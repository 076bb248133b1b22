package io.trunkline.failover;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

/** Which of several nodes that say they are the primary is it. */
class PrimariesTest {
    private static Primaries among(int timelineSeen, Node... nodes) {
        return Primaries.among(List.of(nodes), NodeExamples.state(List.of(nodes), timelineSeen));
    }

    @Test
    void standbysOnlyMeansNoPrimaryAndNoTrouble() {
        Primaries primaries = among(1, NodeExamples.standby(0, 1, 10), NodeExamples.standby(1, 1, 10));

        assertThat(primaries.primary()).isEmpty();
        assertThat(primaries.refused()).isEmpty();
        assertThat(primaries.trouble()).isEmpty();
    }

    @Test
    void theHigherTimelineWins() {
        Primaries primaries = among(1, NodeExamples.primary(0, 2, 1), NodeExamples.primary(1, 1, 1));

        assertThat(primaries.primary()).hasValue(0);
        assertThat(primaries.refused()).containsExactly(1);
    }

    @Test
    void aTieGivesWritesToNobodyAndRefusesAll() {
        Primaries primaries = among(1, NodeExamples.primary(0, 2, 1), NodeExamples.primary(1, 2, 1));

        assertThat(primaries.primary()).isEmpty();
        assertThat(primaries.refused()).containsExactlyInAnyOrder(0, 1);
        assertThat(primaries.trouble()).contains("same timeline 2");
    }

    @Test
    void aTimelineBelowOneThatWasSeenIsRefused() {
        Primaries primaries = among(3, NodeExamples.primary(0, 2, 1));

        assertThat(primaries.primary()).isEmpty();
        assertThat(primaries.refused()).containsExactly(0);
        assertThat(primaries.trouble()).contains("timeline 3 has been seen");
    }

    @Test
    void anotherSystemIsRefusedWhateverItsTimeline() {
        Primaries primaries = among(1, NodeExamples.primary(0, 9, 2), NodeExamples.primary(1, 1, 1));

        assertThat(primaries.primary()).hasValue(1);
        assertThat(primaries.refused()).containsExactly(0);
    }

    @Test
    void alwaysPrimaryNeedsNoClaim() {
        Node always = NodeExamples.telling(NodeExamples.node(1, "", true), true, 1, 10, 1);

        assertThat(among(1, NodeExamples.primary(0, 5, 1), always).primary()).hasValue(1);
    }

    @Property(tries = 300)
    void theOrderOfTheNodesDecidesNothing(
            @ForAll @Size(min = 1, max = 5) List<@IntRange(min = 0, max = 4) Integer> timelines,
            @ForAll @IntRange(min = 0, max = 4) int seen) {
        List<Node> nodes = new ArrayList<>();
        for (int id = 0; id < timelines.size(); id++) {
            int timeline = timelines.get(id);
            // every other one is a standby
            nodes.add(id % 2 == 0 ? NodeExamples.primary(id, timeline, 1) : NodeExamples.standby(id, timeline, 10));
        }
        ClusterState state = NodeExamples.state(nodes, seen);
        List<Node> reversed = new ArrayList<>(nodes);
        Collections.reverse(reversed);

        Primaries primaries = Primaries.among(nodes, state);

        assertThat(Primaries.among(reversed, state).primary()).isEqualTo(primaries.primary());
        primaries.primary().ifPresent(id -> {
            Node primary = nodes.get(id);
            assertThat(primary.claimsToBePrimary()).isTrue();
            assertThat(Primaries.timeline(primary)).isGreaterThanOrEqualTo(seen);
            assertThat(nodes.stream().filter(Node::claimsToBePrimary).filter(node -> node != primary))
                    .allMatch(node -> Primaries.timeline(node) < Primaries.timeline(primary))
                    .allMatch(node -> primaries.refused().contains(node.id()));
        });
    }
}
