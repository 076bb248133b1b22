package io.trunkline.failover.recovery;

import io.trunkline.failover.WalPosition;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * The data directory of a node that is to be recovered, as far as it is compared with the primary.
 *
 * @param timeline the highest that its control file or a history file in it names
 * @param history how that came about; empty where its file is missing, as it is for the first timeline
 */
record TargetState(ControlData control, int timeline, Optional<TimelineHistory> history) {
    /**
     * Makes sure that nothing is lost that should win: that the primary has gone on from a point that this directory was
     * at, be it that it is behind, be it that it branched off.
     *
     * @return what was found, for the log
     * @throws RecoveryFailure if it cannot be shown
     */
    String requireBehind(int node, PrimaryFacts primary) {
        if (control.systemIdentifier() != primary.systemIdentifier()) {
            throw RecoveryFailure.refused(
                    node,
                    "its data directory belongs to another cluster: its system identifier is "
                            + Long.toUnsignedString(control.systemIdentifier()) + ", that of the primary "
                            + Long.toUnsignedString(primary.systemIdentifier()));
        }
        if (timeline > primary.timeline()) {
            throw RecoveryFailure.refused(
                    node,
                    "its data directory is on timeline " + timeline + ", which is later than timeline "
                            + primary.timeline() + " of the primary");
        }
        return timeline == primary.timeline() ? sameTimeline(node, primary) : earlierTimeline(node, primary);
    }

    private String sameTimeline(int node, PrimaryFacts primary) {
        if (!control.standby()) {
            throw RecoveryFailure.refused(
                    node,
                    "its server was a primary on timeline " + timeline
                            + ", as the present primary is: which of them has what is to be kept is not known");
        }
        requireSamePast(node, primary);
        if (control.position() > primary.position()) {
            throw RecoveryFailure.refused(
                    node,
                    "its data directory is at " + WalPosition.text(control.position())
                            + ", ahead of the primary, which is at " + WalPosition.text(primary.position()));
        }
        return "a standby of timeline " + timeline + ", behind the primary";
    }

    private String earlierTimeline(int node, PrimaryFacts primary) {
        TimelineHistory past = primary.history()
                .orElseThrow(() -> RecoveryFailure.refused(
                        node,
                        "the primary has no history of its timeline " + primary.timeline()
                                + ", so that it is not known whether it went on from timeline " + timeline));
        OptionalLong end = past.endOf(timeline);
        if (end.isEmpty()) {
            throw RecoveryFailure.refused(
                    node,
                    "its data directory is on timeline " + timeline + ", which timeline " + primary.timeline()
                            + " of the primary did not come from");
        }
        requireSamePast(node, primary);
        String fork = "timeline " + timeline + ", which the primary left at " + WalPosition.text(end.getAsLong());
        return control.position() > end.getAsLong()
                ? "on " + fork + ", and wrote on there to " + WalPosition.text(control.position()) + " at least"
                : "on " + fork;
    }

    /** Two nodes that were promoted apart from each other may both be on a timeline 2. */
    private void requireSamePast(int node, PrimaryFacts primary) {
        if (timeline == 1) {
            return;
        }
        TimelineHistory own = history.orElseThrow(
                () -> RecoveryFailure.refused(node, "its data directory has no history of its timeline " + timeline));
        boolean same = primary.history()
                .map(past -> timeline == primary.timeline() ? past.equals(own) : past.continues(timeline, own))
                .orElse(false);
        if (!same) {
            throw RecoveryFailure.refused(
                    node,
                    "timeline " + timeline + " of its data directory came about otherwise than that of the primary");
        }
    }
}
