package io.trunkline.pool;

import static org.assertj.core.api.Assertions.assertThat;

import io.trunkline.pool.PoolFixture.Client;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

/** However sessions come and go in several processes, and however late they hear of each other: the limits hold for all. */
class SharedLimitsTest {
    private static final int PER_NODE = 4;
    private static final String[] USERS = {"u", "v", "w"};

    /** The processes, the one that serves last. */
    private final List<PoolFixture> processes = new ArrayList<>();

    /** What was sent and has not come yet, in the order of each link. */
    private final List<ArrayDeque<Runnable>> links = new ArrayList<>();

    private final List<Client> clients = new ArrayList<>();

    private PoolFixture process() {
        PoolFixture process = new PoolFixture(new PoolSettings(true, PER_NODE, 3, 0, 0, 0, 0, List.of("DISCARD ALL")));
        process.clientsUse = false;
        processes.add(process);
        return process;
    }

    private SharedLimits limits(int process) {
        return processes.get(process).pool.sharedLimits();
    }

    /** A new process takes over from the last one. */
    private void restart() {
        int old = processes.size() - 1;
        process();
        ArrayDeque<Runnable> up = new ArrayDeque<>();
        ArrayDeque<Runnable> down = new ArrayDeque<>();
        links.add(up);
        links.add(down);
        limits(old)
                .handOver(new PermitSource() {
                    @Override
                    public CompletableFuture<Boolean> acquire(Permits one, boolean shared) {
                        CompletableFuture<Boolean> answer = new CompletableFuture<>();
                        up.add(() -> limits(old + 1)
                                .acquireFor(one, shared)
                                .thenAccept(granted -> down.add(() -> answer.complete(granted))));
                        return answer;
                    }

                    @Override
                    public void release(Permits back) {
                        up.add(() -> limits(old + 1).hold(new Permits(back.node(), back.owner(), -back.number())));
                    }
                })
                .forEach(held -> limits(old + 1).hold(held));
    }

    private void deliver(ArrayDeque<Runnable> link) {
        Runnable first = link.poll();
        if (first != null) {
            first.run();
        }
        processes.forEach(PoolFixture::pump);
    }

    /** What the processes do at intervals. */
    private void look() {
        for (int i = processes.size() - 1; i >= 0; i--) {
            limits(i).askForMissing();
            if (i > 0) {
                limits(i).wantingRoom().forEach(limits(i - 1)::roomAsked);
            }
        }
        processes.forEach(PoolFixture::pump);
    }

    private void settle() {
        for (int i = 0; i < 20; i++) {
            look();
            while (links.stream().anyMatch(link -> !link.isEmpty())) {
                links.forEach(this::deliver);
            }
        }
    }

    private int open() {
        return processes.stream().mapToInt(process -> process.pool.open(0)).sum();
    }

    private Client lend(int process, String user) {
        Client client = processes.get(process).lend(user);
        clients.add(client);
        return client;
    }

    @Test
    void whatTheOldProcessHasOpenTheNewOneMayNotOpen() {
        process();
        List<Client> old = List.of(lend(0, "u"), lend(0, "u"), lend(0, "v"));
        restart();

        Client one = lend(1, "w");
        Client tooMany = lend(1, "w");
        settle();
        assertThat(one.backend).isNotNull();
        assertThat(tooMany.backend).isNull();

        leave(clients.indexOf(old.get(0)));
        settle();

        assertThat(tooMany.backend).isNotNull();
        assertThat(open()).isEqualTo(PER_NODE);
        end();
    }

    @Test
    void theOldProcessGetsWhatTheNewOneDoesNotNeed() {
        process();
        restart();
        Client[] fresh = {lend(1, "u"), lend(1, "v"), lend(1, "v"), lend(1, "w")};
        Client waits = lend(0, "u");
        settle();
        assertThat(waits.backend).isNull();

        leave(clients.indexOf(fresh[1]));
        settle();

        assertThat(waits.backend).isNotNull();
        assertThat(open()).isEqualTo(PER_NODE);
        end();
    }

    @Test
    void theLimitOfAUserHoldsForBoth() {
        process();
        lend(0, "u");
        lend(0, "u");
        restart();
        Client third = lend(1, "u");
        Client fourth = lend(1, "u");
        settle();

        assertThat(third.backend).isNotNull();
        assertThat(fourth.backend).isNull();
        end();
    }

    @Property(tries = 150)
    void neverAreMoreOpenThanOneProcessMayHaveAndNobodyWaitsForEver(@ForAll Random random) {
        SharedLimitsTest test = new SharedLimitsTest();
        test.process();
        for (int step = 0; step < 120; step++) {
            test.step(random);
            assertThat(test.open()).isLessThanOrEqualTo(PER_NODE);
        }
        test.end();
    }

    private void step(Random random) {
        switch (random.nextInt(12)) {
            case 0, 1, 2 -> {
                if (clients.size() < 12) {
                    lend(random.nextInt(processes.size()), USERS[random.nextInt(USERS.length)]);
                }
            }
            case 3, 4 -> leave(random.nextInt(clients.size() + 1));
            case 5 -> {
                if (processes.size() < 3 && random.nextInt(4) == 0) {
                    restart();
                }
            }
            case 6 -> look();
            default -> {
                if (!links.isEmpty()) {
                    deliver(links.get(random.nextInt(links.size())));
                }
            }
        }
    }

    private void leave(int index) {
        if (index < clients.size()) {
            Client client = clients.remove(index);
            if (client.backend != null) {
                client.giveBack();
            } else if (client.failure == null) {
                client.withdraw();
            }
            processes.forEach(PoolFixture::pump);
        }
    }

    /** Everybody gets a backend in the end, and when all have left all permits are there again. */
    private void end() {
        while (!clients.isEmpty()) {
            settle();
            int served = clients.stream()
                    .filter(client -> client.backend != null)
                    .mapToInt(clients::indexOf)
                    .findFirst()
                    .orElse(-1);
            assertThat(served).as("nobody is served of those who wait").isNotNegative();
            leave(served);
        }
        settle();
        for (int i = 0; i + 1 < processes.size(); i++) {
            for (int again = 0; again < PER_NODE; again++) {
                limits(i).roomAsked(0);
                settle();
            }
        }
        int last = processes.size() - 1;
        List<Client> all = List.of(lend(last, "u"), lend(last, "u"), lend(last, "v"), lend(last, "v"));
        settle();
        assertThat(all).allSatisfy(client -> assertThat(client.backend).isNotNull());
        assertThat(open()).isEqualTo(PER_NODE);
        processes.forEach(PoolFixture::finish);
    }
}
