package io.trunkline.pool;

import static org.assertj.core.api.Assertions.assertThat;

import io.trunkline.pool.PoolFixture.Client;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** How many backends of a node are opened at a time, and what happens to them when the node is left. */
class OpeningsTest {
    private static final int CLIENTS = Openings.LIMIT + 10;

    private final PoolFixture pool =
            new PoolFixture(new PoolSettings(true, 1000, 0, 0, 0, 0, 0, PoolFixture.SETTINGS.resetQueries()));

    @AfterEach
    void everythingIsReleased() {
        pool.finish();
    }

    private List<Client> lendToMany() {
        pool.nodes.welcome(0, "");
        List<Client> clients = new ArrayList<>();
        for (int i = 0; i < CLIENTS; i++) {
            clients.add(pool.lend("u"));
        }
        return clients;
    }

    private void welcome() {
        pool.nodes.last(0).sends("R(0) K(1) Z(I)");
        pool.pump();
    }

    @Test
    void noMoreThanAllowedAreOpenedAtOnce() {
        lendToMany();
        assertThat(pool.nodes.opened(0)).isEqualTo(Openings.LIMIT);
        assertThat(pool.pool.open(0)).isEqualTo(CLIENTS);
    }

    @Test
    void theNextIsOpenedWhenOneHasBeen() {
        List<Client> clients = lendToMany();
        welcome();
        assertThat(pool.nodes.opened(0)).isEqualTo(Openings.LIMIT + 1);
        assertThat(clients.stream().filter(Client::hasBackend)).hasSize(1);
    }

    @Test
    void theNextIsOpenedWhenOneHasFailed() {
        lendToMany();
        pool.nodes.last(0).disconnects();
        pool.pump();
        assertThat(pool.nodes.opened(0)).isEqualTo(Openings.LIMIT + 1);
        assertThat(pool.pool.open(0)).isEqualTo(CLIENTS - 1);
    }

    @Test
    void whoWaitsNoMoreIsNotOpenedFor() {
        List<Client> clients = lendToMany();
        clients.subList(Openings.LIMIT, CLIENTS).forEach(Client::withdraw);
        welcome();
        assertThat(pool.nodes.opened(0)).isEqualTo(Openings.LIMIT);
        assertThat(pool.pool.open(0)).isEqualTo(Openings.LIMIT);
    }

    @Test
    void otherNodesAreNotKeptWaiting() {
        lendToMany();
        assertThat(pool.lend(0, 1, "u", Admission.TRUST).backend()).isNotNull();
    }

    @Test
    void aNodeThatIsLeftKeepsNothing() {
        Client idle = pool.lend("u");
        Client lent = pool.lend("u");
        Client elsewhere = pool.lend(0, 1, "u", Admission.TRUST);
        pool.clientsUse = false;
        idle.giveBack();
        elsewhere.giveBack();
        pool.pump();
        pool.nodes.open(0).get(0).sends("C(DISCARD ALL) Z(I)");
        pool.nodes.open(1).get(0).sends("C(DISCARD ALL) Z(I)");
        assertThat(pool.shard(0).idleCount(0)).isOne();

        pool.shard(0).leave(0);
        assertThat(pool.shard(0).idleCount(0)).isZero();
        assertThat(pool.shard(0).idleCount(1)).isOne();
        lent.giveBack();
        pool.pump();
        assertThat(pool.pool.open(0)).isZero();
    }
}
