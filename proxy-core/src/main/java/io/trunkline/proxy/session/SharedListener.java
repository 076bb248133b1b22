package io.trunkline.proxy.session;

import io.netty.buffer.ByteBuf;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.ScheduledFuture;
import io.trunkline.failover.ClusterView;
import io.trunkline.pool.BackendConnection;
import io.trunkline.pool.Borrower;
import io.trunkline.pool.IdleHolder;
import io.trunkline.pool.LendRequest;
import io.trunkline.pool.OpenFailure;
import io.trunkline.protocol.FrontendMessages;
import io.trunkline.protocol.ReplyQueue;
import io.trunkline.protocol.Request;
import io.trunkline.protocol.ServerMessage;
import io.trunkline.protocol.SqlState;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * One backend of the primary that listens for all sessions of a database which share backends, and passes on to each what
 * it wants to hear. It is borrowed from the pool when the first session listens, by that session's login, and given back
 * when nobody listens any more. If it breaks, all who listen are told, as a notification may be lost, and it is over: the
 * next who listens begins another.
 *
 * <p>Lives on the event loop of that first session; {@link #subscribe} and {@link #unsubscribe} may be called on any.
 */
final class SharedListener extends IdleHolder {
    /** Who listens. Called on its own event loop, in the order in which things happened. */
    interface Subscriber {
        EventLoop eventLoop();

        /** From now on no notification of the channel is missed. */
        void listening(SharedListener by, String channel);

        /** The channel cannot be listened on. @param why null if another listener has to be asked */
        void refused(String channel, @Nullable ServerMessage why);

        void notified(Notification notification);

        /** There will be no more notifications. */
        void lost(ServerMessage why);
    }

    static final String APPLICATION_NAME = "Trunkline listener";

    /** How long who listens waits for the backend at least. */
    static final long LEND_MILLIS = 10_000;

    private static final long PAUSE_MILLIS = 100;

    private static final class Channel {
        final String name;
        final Set<Subscriber> subscribers = new LinkedHashSet<>();

        /** Those who wait for the server's answer to LISTEN. */
        final Set<Subscriber> waiting = new LinkedHashSet<>();

        boolean listened;

        /** The subscribers of each event loop; null if it has to be made anew. */
        @Nullable
        Map<EventLoop, List<Subscriber>> byLoop;

        Channel(String name) {
            this.name = name;
        }

        Map<EventLoop, List<Subscriber>> byLoop() {
            Map<EventLoop, List<Subscriber>> known = byLoop;
            if (known == null) {
                known = new HashMap<>();
                for (Subscriber subscriber : subscribers) {
                    known.computeIfAbsent(subscriber.eventLoop(), loop -> new ArrayList<>())
                            .add(subscriber);
                }
                byLoop = known;
            }
            return known;
        }
    }

    private final SharedListeners registry;
    private final SharedListeners.Key key;
    private final LoopServices loop;
    private final Borrower borrower;
    private final Map<String, Channel> channels = new HashMap<>();
    private final Notification.Reader reader = new Notification.Reader(this::notified);
    private @Nullable LendRequest lending;
    private @Nullable ScheduledFuture<?> again;
    private @Nullable ScheduledFuture<?> deadline;
    private @Nullable ServerMessage error;
    private boolean over;

    /** Its answer to what it was sent last will tell that it listens on nothing. */
    private boolean leaving;

    private volatile @Nullable BackendConnection backend;
    private volatile int channelCount;

    SharedListener(SharedListeners registry, SharedListeners.Key key, LoopServices loop, SessionLogin first) {
        this.registry = registry;
        this.key = key;
        this.loop = loop;
        this.borrower = first.borrower(false);
    }

    boolean isConnected() {
        return backend != null;
    }

    int channelCount() {
        return channelCount;
    }

    /** Begins to tell a subscriber of a channel; it learns when that is so. Any thread. */
    void subscribe(Subscriber subscriber, String name) {
        if (!loop.eventLoop().inEventLoop()) {
            loop.eventLoop().execute(() -> subscribe(subscriber, name));
            return;
        }
        if (over) {
            subscriber.eventLoop().execute(() -> subscriber.refused(name, null));
            return;
        }
        Channel channel = channels.get(name);
        boolean fresh = channel == null;
        if (channel == null) {
            channel = new Channel(name);
            channels.put(name, channel);
            channelCount = channels.size();
        }
        channel.subscribers.add(subscriber);
        channel.byLoop = null;
        if (channel.listened) {
            subscriber.eventLoop().execute(() -> subscriber.listening(this, name));
            return;
        }
        channel.waiting.add(subscriber);
        if (backend == null) {
            lend();
        } else if (fresh) {
            listen(channel);
        }
    }

    /** Any thread. */
    void unsubscribe(Subscriber subscriber, String name) {
        if (!loop.eventLoop().inEventLoop()) {
            loop.eventLoop().execute(() -> unsubscribe(subscriber, name));
            return;
        }
        Channel channel = channels.get(name);
        if (channel == null) {
            return;
        }
        channel.subscribers.remove(subscriber);
        channel.waiting.remove(subscriber);
        channel.byLoop = null;
        if (channel.subscribers.isEmpty()) {
            remove(channel);
            if (channels.isEmpty()) {
                leave();
            } else if (backend != null) {
                send("UNLISTEN " + quoted(name), ok -> {});
            }
        }
    }

    private void remove(Channel channel) {
        channels.remove(channel.name, channel);
        channelCount = channels.size();
    }

    // ---- its backend

    private void lend() {
        if (lending != null || again != null) {
            return;
        }
        if (deadline == null) {
            long millis = Math.max(LEND_MILLIS, loop.settings().losses().primaryWaitMillis());
            deadline = loop.eventLoop().schedule(() -> expire(millis), millis, TimeUnit.MILLISECONDS);
        }
        ClusterView cluster = loop.cluster();
        if (!cluster.hasPrimary() || cluster.writes() != ClusterView.Writes.SERVED) {
            lendLater();
            return;
        }
        int node = cluster.primary();
        Lending outcome = new Lending(node);
        LendRequest request = loop.shard().lend(cluster.node(node).address(), borrower, this, outcome);
        if (!outcome.isOver) {
            lending = request;
        }
    }

    private void lendLater() {
        again = loop.eventLoop()
                .schedule(
                        () -> {
                            again = null;
                            lend();
                        },
                        PAUSE_MILLIS,
                        TimeUnit.MILLISECONDS);
    }

    private final class Lending implements LendRequest.Outcome {
        private final int node;
        private boolean isOver;

        Lending(int node) {
            this.node = node;
        }

        @Override
        public void lent(BackendConnection lent) {
            isOver = true;
            stopLending();
            backend = lent;
            loop.connected(lent);
            lent.setReading(true);
            setUp();
            channels.values().forEach(SharedListener.this::listen);
        }

        @Override
        public void refused(OpenFailure why) {
            isOver = true;
            lending = null;
            loop.failedToConnect(node, why);
            if (!why.answered() || why.message().sqlState().equals(SqlState.CANNOT_CONNECT_NOW)) {
                lendLater();
            } else {
                fail(why.message().asError());
            }
        }
    }

    private void expire(long millis) {
        deadline = null;
        boolean waits = lending != null;
        String why = waits
                ? "no connection to the primary node came free to listen on within "
                : "the primary node could not be reached to listen on it within ";
        String state = waits ? SqlState.TOO_MANY_CONNECTIONS : SqlState.CANNOT_CONNECT_NOW;
        fail(ServerMessage.error(state, why + millis / 1000.0 + " s"));
    }

    private void stopLending() {
        if (lending != null) {
            lending.withdraw();
            lending = null;
        }
        if (again != null) {
            again.cancel(false);
            again = null;
        }
        if (deadline != null) {
            deadline.cancel(false);
            deadline = null;
        }
    }

    private void fail(ServerMessage why) {
        end();
        for (Channel channel : channels.values()) {
            refuse(channel, why);
        }
        clear();
    }

    private void end() {
        over = true;
        stopLending();
        registry.over(key, this);
        reader.close();
        backend = null;
    }

    private void clear() {
        channels.clear();
        channelCount = 0;
    }

    private void setUp() {
        // not from its start on: the backend will serve others
        send("SET application_name TO '" + APPLICATION_NAME + "'", ok -> {});
        send("SET client_encoding TO '" + key.encoding().replace("'", "") + "'", ok -> {});
        // servers before 14 do not have it
        send(
                "SELECT pg_catalog.set_config(name, '0', false) FROM pg_catalog.pg_settings"
                        + " WHERE name = 'idle_session_timeout'",
                ok -> {});
    }

    private void listen(Channel channel) {
        if (leaving) {
            leaving = false;
            setUp();
        }
        send("LISTEN " + quoted(channel.name), ok -> listened(channel, ok));
    }

    private void listened(Channel channel, boolean ok) {
        if (over || channels.get(channel.name) != channel) {
            return;
        }
        if (ok) {
            channel.listened = true;
            channel.waiting.forEach(
                    subscriber -> subscriber.eventLoop().execute(() -> subscriber.listening(this, channel.name)));
            channel.waiting.clear();
            return;
        }
        remove(channel);
        refuse(channel, error == null ? ServerMessage.error(SqlState.INTERNAL_ERROR, "LISTEN failed") : error);
        if (channels.isEmpty()) {
            leave();
        }
    }

    private static void refuse(Channel channel, ServerMessage why) {
        for (Subscriber subscriber : channel.waiting) {
            subscriber.eventLoop().execute(() -> subscriber.refused(channel.name, why.asError()));
        }
        channel.waiting.clear();
    }

    /** Nobody listens: the backend goes back, unless somebody does so before it has answered. */
    private void leave() {
        if (over) {
            return;
        }
        if (backend == null) {
            end();
            return;
        }
        leaving = true;
        // whatever reset_query_list says
        send("UNLISTEN *", ok -> {});
        send("RESET ALL", ok -> {});
    }

    @Override
    public void repliesRead(BackendConnection from) {
        if (leaving && !over && channels.isEmpty() && from.replies().isEmpty()) {
            end();
            loop.shard().giveBack(from);
        }
    }

    private void send(String sql, ReplyQueue.Observer answered) {
        BackendConnection to = Objects.requireNonNull(backend);
        ByteBuf out = to.buffer();
        FrontendMessages.query(out, sql);
        to.replies().sent(Request.QUERY, ReplyQueue.Mode.SWALLOW, answered);
        to.write(out);
        to.flush();
    }

    private static String quoted(String channel) {
        return '"' + channel.replace("\"", "\"\"") + '"';
    }

    @Override
    public boolean failed(BackendConnection from, ReplyQueue.Mode mode, @Nullable ServerMessage message) {
        error = message;
        return false;
    }

    @Override
    public void lost(BackendConnection from, String why) {
        loop.backendLost(from, why);
        loop.shard().lost(from);
        broken("was lost");
    }

    /** The view of the cluster has changed, as {@code seenBy} sees it. */
    void clusterChanged(LoopServices seenBy) {
        BackendConnection listening = backend;
        if (seenBy != loop || over || listening == null) {
            return;
        }
        ClusterView cluster = loop.cluster();
        boolean isPrimary = !cluster.hasPrimary() || cluster.primary() == listening.node();
        if (!isPrimary || !cluster.node(listening.node()).status().isInService()) {
            listening.close();
            loop.shard().lost(listening);
            broken("is not on the primary any more");
        }
    }

    private void broken(String how) {
        end();
        Set<Subscriber> listening = new LinkedHashSet<>();
        ServerMessage why = ServerMessage.fatal(
                SqlState.ADMIN_SHUTDOWN, "terminating connection because the backend that listened for it " + how);
        for (Channel channel : channels.values()) {
            refuse(channel, why);
            if (channel.listened) {
                listening.addAll(channel.subscribers);
            }
        }
        clear();
        listening.forEach(subscriber -> subscriber.eventLoop().execute(() -> subscriber.lost(why)));
    }

    // ---- notifications

    @Override
    public void replies(BackendConnection from, ByteBuf run) {
        reader.read(run);
    }

    private void notified(Notification notification) {
        Channel channel = channels.get(notification.channel());
        if (channel != null) {
            channel.byLoop()
                    .forEach((where, subscribers) ->
                            where.execute(() -> subscribers.forEach(subscriber -> subscriber.notified(notification))));
        }
    }
}
