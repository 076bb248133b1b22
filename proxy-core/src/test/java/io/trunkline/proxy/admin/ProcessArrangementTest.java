package io.trunkline.proxy.admin;

import static java.util.stream.Collectors.groupingBy;
import static java.util.stream.Collectors.mapping;
import static java.util.stream.Collectors.toSet;
import static org.assertj.core.api.Assertions.assertThat;

import io.trunkline.pcp.ProcessFacts;
import io.trunkline.pcp.ProcessFacts.Connection;
import io.trunkline.pcp.SessionFacts;
import io.trunkline.pcp.SessionFacts.BackendFacts;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

final class ProcessArrangementTest {
    private static final Instant START = Instant.EPOCH;

    private static BackendFacts idle(int pid, int node, String user) {
        return new BackendFacts(node, "d", user, START, 1, pid, Optional.of(START));
    }

    private static SessionFacts session(int slot, String user, BackendFacts... backends) {
        return new SessionFacts(
                100 + slot,
                slot,
                "d",
                user,
                "",
                "",
                "",
                START,
                ProcessFacts.Status.IDLE,
                Duration.ZERO,
                0,
                1,
                "select ?",
                "",
                -1,
                "",
                "session",
                "pool_mode",
                0,
                0,
                List.of(backends));
    }

    private static BackendFacts lent(int pid, int node, String user) {
        return new BackendFacts(node, "d", user, START, 1, pid, Optional.empty());
    }

    private static List<String> placesOf(List<ProcessFacts> processes) {
        List<String> places = new ArrayList<>();
        for (int place = 0; place < processes.size(); place++) {
            for (Connection one : processes.get(place).connections()) {
                places.add(one.serverPid() + " " + place + "/" + one.pool() + "/" + one.node());
            }
        }
        return places;
    }

    @Test
    void whatASessionHasIsInItsFirstPoolAndTheRestWhereThereIsRoom() {
        List<ProcessFacts> processes = new ProcessArrangement(new int[] {3, 1, 0}, 2, 2, START)
                .arrange(
                        List.of(session(1, "bob", lent(1, 0, "bob"), lent(2, 1, "bob"))),
                        List.of(idle(13, 0, "eve"), idle(11, 0, "bob"), idle(12, 1, "bob")));

        assertThat(placesOf(processes)).containsExactly("11 0/0/0", "12 0/0/1", "1 1/0/0", "2 1/0/1", "13 2/0/0");
        assertThat(processes).extracting(ProcessFacts::clients).containsExactly(3L, 1L, 0L);
        assertThat(processes).extracting(ProcessFacts::pid).doesNotHaveDuplicates();
        assertThat(processes.get(1).client()).isPresent();
        assertThat(processes.get(0).status()).isEqualTo(ProcessFacts.Status.WAITING);
    }

    @Property
    void wherePoolsSufficeNobodySharesOne(
            @ForAll @Size(max = 6) List<@IntRange(min = 0, max = 2) Integer> users,
            @ForAll @IntRange(min = 0, max = 1) int lent) {
        List<BackendFacts> idle = new ArrayList<>();
        for (int user : users) {
            idle.add(idle(100 + idle.size(), idle.size() % 2, "u" + user));
        }
        List<SessionFacts> sessions = lent == 0 ? List.of() : List.of(session(2, "bob", lent(1, 0, "bob")));

        List<ProcessFacts> processes = new ProcessArrangement(new int[4], 2, 2, START).arrange(sessions, idle);

        assertThat(placesOf(processes)).hasSize(idle.size() + lent).doesNotHaveDuplicates();
        assertThat(processes)
                .allSatisfy(process -> assertThat(process.connections().stream()
                                .collect(groupingBy(Connection::pool, mapping(Connection::user, toSet())))
                                .values())
                        .allSatisfy(sharing -> assertThat(sharing).hasSize(1)));
    }

    @Property
    void allConnectionsAreShownAsLongAsThereIsRoomForThem(
            @ForAll @IntRange(min = 0, max = 6) int onFirst, @ForAll @IntRange(min = 0, max = 6) int onSecond) {
        List<BackendFacts> idle = new ArrayList<>();
        for (int i = 0; i < onFirst; i++) {
            idle.add(idle(100 + i, 0, "bob"));
        }
        for (int i = 0; i < onSecond; i++) {
            idle.add(idle(200 + i, 1, "eve" + i));
        }

        List<ProcessFacts> processes = new ProcessArrangement(new int[3], 2, 2, START).arrange(List.of(), idle);

        assertThat(placesOf(processes)).hasSize(onFirst + onSecond).doesNotHaveDuplicates();
    }
}
