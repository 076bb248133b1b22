package io.trunkline.failover.recovery;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.trunkline.failover.WalPosition;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Which data directories may become a standby of a primary, and which may have what is to be kept. */
class TargetStateTest {
    private static final long CLUSTER = 7_300_000_000_000_000_001L;
    private static final String SECOND = "1\t0/3000000\tno recovery target specified\n";
    private static final String THIRD = SECOND + "\n2\t0/5000000\tno recovery target specified\n";

    private static PrimaryFacts primary(int timeline, String position, String history) {
        return new PrimaryFacts(
                CLUSTER, timeline, WalPosition.of(position), Optional.of(TimelineHistory.parse(history)), 15, 0);
    }

    private static TargetState target(int timeline, String position, boolean standby, String history) {
        return new TargetState(
                new ControlData(CLUSTER, timeline, WalPosition.of(position), standby),
                timeline,
                history.isEmpty() ? Optional.empty() : Optional.of(TimelineHistory.parse(history)));
    }

    private static void refused(TargetState target, PrimaryFacts primary, String why) {
        assertThatThrownBy(() -> target.requireBehind(2, primary))
                .isInstanceOfSatisfying(
                        RecoveryFailure.class,
                        failure -> assertThat(failure.text()).isEqualTo("node recovery refused for node 2: " + why));
    }

    @Test
    void standbyOfTheSameTimelineIsBehind() {
        assertThat(target(1, "0/2000000", true, "").requireBehind(2, primary(1, "0/3000000", "")))
                .isEqualTo("a standby of timeline 1, behind the primary");
        assertThat(target(2, "0/4000000", true, SECOND).requireBehind(2, primary(2, "0/4000000", SECOND)))
                .isEqualTo("a standby of timeline 2, behind the primary");
    }

    @Test
    void oldPrimaryBeforeTheForkIsBehind() {
        assertThat(target(1, "0/2000000", false, "").requireBehind(2, primary(2, "0/4000000", SECOND)))
                .isEqualTo("on timeline 1, which the primary left at 0/3000000");
        assertThat(target(2, "0/5000000", false, SECOND).requireBehind(2, primary(3, "0/6000000", THIRD)))
                .isEqualTo("on timeline 2, which the primary left at 0/5000000");
    }

    @Test
    void oldPrimaryThatWroteOnIsToldApart() {
        assertThat(target(1, "0/3000028", false, "").requireBehind(2, primary(3, "0/6000000", THIRD)))
                .isEqualTo(
                        "on timeline 1, which the primary left at 0/3000000, and wrote on there to 0/3000028 at least");
    }

    @Test
    void anotherClusterIsRefused() {
        TargetState other = new TargetState(new ControlData(8, 1, 0, true), 1, Optional.empty());
        refused(
                other,
                primary(1, "0/3000000", ""),
                "its data directory belongs to another cluster: its system identifier is 8, that of the primary "
                        + CLUSTER);
    }

    @Test
    void laterTimelineIsRefused() {
        refused(
                target(3, "0/2000000", true, THIRD),
                primary(2, "0/9000000", SECOND),
                "its data directory is on timeline 3, which is later than timeline 2 of the primary");
    }

    @Test
    void otherPrimaryOfTheSameTimelineIsRefused() {
        refused(
                target(2, "0/2000000", false, SECOND),
                primary(2, "0/9000000", SECOND),
                "its server was a primary on timeline 2, as the present primary is: which of them has what is to be"
                        + " kept is not known");
    }

    @Test
    void standbyAheadOfThePrimaryIsRefused() {
        refused(
                target(1, "0/3000001", true, ""),
                primary(1, "0/3000000", ""),
                "its data directory is at 0/3000001, ahead of the primary, which is at 0/3000000");
    }

    @ParameterizedTest
    @ValueSource(strings = {"1\t0/2000000\tforked elsewhere\n", "1\t0/3000001\t\n"})
    void timelineOfTheSameNumberThatCameAboutOtherwiseIsRefused(String history) {
        String why = "timeline 2 of its data directory came about otherwise than that of the primary";
        refused(target(2, "0/2000000", true, history), primary(2, "0/9000000", SECOND), why);
        refused(target(2, "0/2000000", false, history), primary(3, "0/9000000", THIRD), why);
    }

    @Test
    void timelineThatThePrimaryNeverWasOnIsRefused() {
        refused(
                target(2, "0/2000000", false, SECOND),
                primary(3, "0/9000000", "1\t0/2500000\t\n"),
                "its data directory is on timeline 2, which timeline 3 of the primary did not come from");
    }

    @Test
    void withoutAHistoryNothingIsProved() {
        refused(
                target(2, "0/2000000", true, ""),
                primary(2, "0/9000000", SECOND),
                "its data directory has no history of its timeline 2");
        refused(
                target(1, "0/2000000", false, ""),
                new PrimaryFacts(CLUSTER, 2, 9, Optional.empty(), 15, 0),
                "the primary has no history of its timeline 2, so that it is not known whether it went on from timeline 1");
    }

    @Test
    void controlDataOfAStandbyIsRead() {
        ControlData read = ControlData.parse("""
                pg_control version number:            1300
                Database system identifier:           18300000000000000001
                Database cluster state:               in archive recovery
                Latest checkpoint location:           16/B374D848
                Latest checkpoint's TimeLineID:       2
                Minimum recovery ending location:     17/10
                Min recovery ending loc's timeline:   3
                """);
        assertThat(read)
                .isEqualTo(new ControlData(
                        Long.parseUnsignedLong("18300000000000000001"), 3, WalPosition.of("17/10"), true));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "Database system identifier: x", "Latest checkpoint location: 0/0"})
    void controlDataThatIsNotUnderstoodIsNoControlData(String printed) {
        assertThatThrownBy(() -> ControlData.parse(printed)).isInstanceOf(IllegalArgumentException.class);
    }
}
