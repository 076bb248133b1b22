package io.trunkline.pool;

import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.trunkline.pool.scripted.ScriptedNodes;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** A pool over {@link ScriptedNodes} with one event loop, or more, that stand still until they are told to go on. */
final class PoolFixture {
    static final PoolSettings SETTINGS = new PoolSettings(true, 4, 2, 0, 0, 0, 0, List.of("ABORT", "DISCARD ALL"));

    final ScriptedNodes nodes = new ScriptedNodes();
    final BackendPool pool;

    /** Whether clients take backends that others have left something on, and leave something themselves. */
    boolean takesUsed;

    /** Whether clients send anything, so that their backends have to be reset. */
    boolean clientsUse = true;

    private final List<EmbeddedChannel> homes = new ArrayList<>();
    private final List<Client> clients = new ArrayList<>();

    PoolFixture(PoolSettings settings) {
        pool = new BackendPool(new BackendOpener(nodes), settings);
    }

    static StartupKey key(String user) {
        return StartupKey.of(Map.of("user", user, "database", "d"));
    }

    /** The shard of the event loop with this number. */
    PoolShard shard(int loop) {
        while (homes.size() <= loop) {
            EmbeddedChannel home = new EmbeddedChannel();
            home.freezeTime();
            homes.add(home);
        }
        return pool.shard(homes.get(loop).eventLoop());
    }

    /** Lets everything happen that is due. */
    void pump() {
        for (int i = 0; i < 3; i++) {
            homes.forEach(EmbeddedChannel::runPendingTasks);
            nodes.pump();
        }
    }

    void pass(long millis) {
        homes.forEach(home -> {
            home.advanceTimeBy(millis, TimeUnit.MILLISECONDS);
            home.runScheduledPendingTasks();
        });
        pump();
    }

    Client lend(String user) {
        return lend(0, user, Admission.TRUST);
    }

    Client lend(int loop, String user, Admission admission) {
        return lend(loop, 0, user, admission);
    }

    /** Asks for a backend; what can happen has happened then. */
    Client lend(int loop, int node, String user, Admission admission) {
        Client client = new Client(shard(loop));
        clients.add(client);
        client.request = client.shard.lend(
                new NodeAddress(node, "10.0.0.1", 5432, 0),
                new Borrower(key(user), "", PasswordLogin::new, admission, takesUsed),
                client.holder,
                client);
        pump();
        return client;
    }

    void finish() {
        nodes.finish();
        homes.forEach(EmbeddedChannel::finishAndReleaseAll);
        clients.forEach(client -> client.holder.finish());
    }

    /** Answers every challenge. */
    private static final class PasswordLogin implements BackendLogin {
        @Override
        public void challenged(int code, byte[] data, Answer answer) {
            answer.send(new byte[] {'x', 0});
        }
    }

    /** Who asked for a backend. */
    final class Client implements LendRequest.Outcome {
        final PoolShard shard;
        final RecordingHolder holder = new RecordingHolder();

        @Nullable
        LendRequest request;

        @Nullable
        BackendConnection backend;

        @Nullable
        OpenFailure failure;

        Client(PoolShard shard) {
            this.shard = shard;
        }

        @Override
        public void lent(BackendConnection lent) {
            if (backend != null || failure != null) {
                throw new AssertionError("lent after the request had ended");
            }
            backend = lent;
            if (clientsUse) {
                lent.write(Unpooled.EMPTY_BUFFER);
            }
        }

        @Override
        public void refused(OpenFailure why) {
            if (backend != null || failure != null) {
                throw new AssertionError("refused after the request had ended");
            }
            failure = why;
        }

        boolean hasBackend() {
            return backend != null;
        }

        BackendConnection backend() {
            if (backend == null) {
                throw new AssertionError("no backend: " + failure);
            }
            return backend;
        }

        String why() {
            if (failure == null) {
                throw new AssertionError("not refused");
            }
            return failure.message().message();
        }

        void withdraw() {
            if (request != null) {
                request.withdraw();
            }
            pump();
        }

        void giveBack() {
            shard.giveBack(backend());
            backend = null;
            pump();
        }

        void share() {
            shard.share(backend());
            backend = null;
            pump();
        }

        void lost() {
            shard.lost(backend());
            backend = null;
            pump();
        }
    }
}
