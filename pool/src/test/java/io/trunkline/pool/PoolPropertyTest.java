package io.trunkline.pool;

import static org.assertj.core.api.Assertions.assertThat;

import io.trunkline.pool.PoolFixture.Client;
import io.trunkline.pool.scripted.ScriptedBackend;
import io.trunkline.protocol.Request;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

/**
 * Whatever sessions and servers do: the permits that are out are the connections that are open, no limit is passed,
 * nobody shares a backend, nobody gets one that was not admitted for them, and nobody waits for ever.
 */
class PoolPropertyTest {
    private static final int PER_NODE = 4;
    private static final int PER_KEY = 2;
    private static final String[] USERS = {"u", "v", "w"};

    private final PoolFixture pool =
            new PoolFixture(new PoolSettings(true, PER_NODE, PER_KEY, 0, 7, 0, 0, List.of("DISCARD ALL")));

    private final List<Client> clients = new ArrayList<>();
    private final Map<Client, Admission> asked = new HashMap<>();
    private final Map<ScriptedBackend, Integer> resetsUnanswered = new HashMap<>();

    @Property(tries = 100)
    void permitsNeverLeakAndNobodyStarves(@ForAll Random random) {
        PoolPropertyTest test = new PoolPropertyTest();
        for (int step = 0; step < 80; step++) {
            test.step(random);
            test.check();
        }
        test.endAll();
        test.pool.finish();
    }

    private void step(Random random) {
        switch (random.nextInt(10)) {
            case 0, 1, 2 -> lend(random);
            case 3, 4 -> some(random, true).ifPresent(Client::giveBack);
            case 5 ->
                some(random, true).ifPresent(client -> {
                    client.backend().replies().sent(Request.QUERY);
                    client.giveBack();
                });
            case 6 ->
                some(random, false).ifPresent(client -> {
                    client.withdraw();
                    clients.remove(client);
                });
            case 7 -> breakSome(random);
            case 8 -> pool.pool.discard(IdleFilter.ofUser(USERS[random.nextInt(USERS.length)]));
            default -> pool.nodes.welcome(0, random.nextBoolean() ? "R(0) K() Z(I)" : "R(3) R(0) K() Z(I)");
        }
        pool.pump();
        answerResets(random.nextInt(3) > 0, random.nextInt(8) == 0);
        clients.removeIf(PoolPropertyTest::isDone);
    }

    /** Who has a backend has to give it back first. */
    private static boolean isDone(Client client) {
        return !client.hasBackend() && (client.failure != null || client.request != null && client.request.isOver());
    }

    private void lend(Random random) {
        if (clients.size() < 12) {
            Admission admission = Admission.values()[random.nextInt(Admission.values().length)];
            Client client = pool.lend(random.nextInt(2), USERS[random.nextInt(USERS.length)], admission);
            clients.add(client);
            asked.put(client, admission);
        }
    }

    private Optional<Client> some(Random random, boolean withBackend) {
        List<Client> fitting = clients.stream()
                .filter(client -> client.hasBackend() == withBackend)
                .toList();
        return fitting.isEmpty() ? Optional.empty() : Optional.of(fitting.get(random.nextInt(fitting.size())));
    }

    private void breakSome(Random random) {
        List<ScriptedBackend> open = pool.nodes.open(0);
        if (!open.isEmpty()) {
            open.get(random.nextInt(open.size())).disconnects();
            for (Client client : clients) {
                if (client.hasBackend() && !client.backend().isOpen()) {
                    client.lost();
                }
            }
        }
    }

    private void answerResets(boolean answer, boolean fail) {
        for (ScriptedBackend server : pool.nodes.open(0)) {
            if (server.received().contains("DISCARD")) {
                resetsUnanswered.merge(server, 1, Integer::sum);
            }
            if (answer && resetsUnanswered.remove(server) != null) {
                server.sends(fail ? "E(ERROR 55000 no) Z(I)" : "C(DISCARD ALL) Z(I)");
            }
        }
        pool.pump();
    }

    private void check() {
        int open = pool.nodes.open(0).size();
        assertThat(pool.pool.open(0)).as("permits").isEqualTo(open).isLessThanOrEqualTo(PER_NODE);
        long lent = clients.stream().filter(Client::hasBackend).count();
        assertThat(pool.shard(0).lentCount() + pool.shard(1).lentCount()).isEqualTo((int) lent);
        assertThat(clients.stream().filter(Client::hasBackend).map(Client::backend))
                .doesNotHaveDuplicates()
                .allMatch(BackendConnection::isOpen);
        for (Client client : clients) {
            if (client.hasBackend() && client.backend().admission() != Admission.TRUST) {
                Admission wanted = asked.get(client);
                assertThat(client.backend().admission())
                        .isEqualTo(wanted == Admission.PROVING ? Admission.VERIFIED : wanted);
            }
        }
        long waiting = clients.stream().filter(client -> !client.hasBackend()).count();
        assertThat(pool.pool.waiting(0)).isEqualTo((int) waiting);
    }

    private void endAll() {
        for (int round = 0; round < 100 && !clients.isEmpty(); round++) {
            pool.pump();
            answerResets(true, false);
            List.copyOf(clients).stream().filter(Client::hasBackend).forEach(client -> {
                client.giveBack();
                clients.remove(client);
            });
            clients.removeIf(PoolPropertyTest::isDone);
        }
        assertThat(clients).as("who still waits").isEmpty();
        answerResets(true, false);
        pool.pool.discard(IdleFilter.ALL);
        pool.pump();
        assertThat(pool.pool.open(0)).isZero();
        assertThat(pool.nodes.open(0)).isEmpty();
    }
}
