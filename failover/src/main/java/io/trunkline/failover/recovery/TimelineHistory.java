package io.trunkline.failover.recovery;

import io.trunkline.failover.WalPosition;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;

/**
 * How a timeline came about: the content of its {@code .history} file (manual, "Timelines").
 *
 * @param branches the timelines before it, the oldest first
 */
record TimelineHistory(List<Branch> branches) {
    /** @param end where the next timeline left this one */
    record Branch(int timeline, long end) {}

    TimelineHistory {
        branches = List.copyOf(branches);
    }

    /** @throws NumberFormatException if a line is not understood */
    static TimelineHistory parse(String file) {
        List<Branch> branches = new ArrayList<>();
        for (String line : file.split("\n", -1)) {
            String text = line.strip();
            if (!text.isEmpty() && !text.startsWith("#")) {
                String[] words = text.split("\\s+", 3);
                if (words.length < 2) {
                    throw new NumberFormatException("a line of a timeline history: " + text);
                }
                branches.add(new Branch(Integer.parseUnsignedInt(words[0]), WalPosition.of(words[1])));
            }
        }
        return new TimelineHistory(branches);
    }

    /** Where this history left a timeline; empty if it never was on it. */
    OptionalLong endOf(int timeline) {
        return branches.stream()
                .filter(branch -> branch.timeline == timeline)
                .mapToLong(Branch::end)
                .findFirst();
    }

    /** Whether the timeline of this number that came about as {@code older} says is part of this one's past. */
    boolean continues(int timeline, TimelineHistory older) {
        int before = older.branches.size();
        return branches.size() > before
                && branches.subList(0, before).equals(older.branches)
                && branches.get(before).timeline == timeline;
    }
}
