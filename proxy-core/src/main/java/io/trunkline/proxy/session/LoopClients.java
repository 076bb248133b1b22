package io.trunkline.proxy.session;

import io.netty.channel.EventLoop;
import io.trunkline.protocol.ServerMessage;
import io.trunkline.protocol.SqlState;
import io.trunkline.proxy.auth.LoginFailure;
import io.trunkline.proxy.auth.LoginMethod;
import io.trunkline.proxy.metrics.LoopMetrics;
import java.net.SocketAddress;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The connections of clients to one event loop, from the first byte to the end. Event loop only. */
final class LoopClients {
    private static final Logger connections = LoggerFactory.getLogger("io.trunkline.connections");

    private final EventLoop loop;
    private final ProxyServices proxy;
    private final LoopMetrics metrics;
    private final Set<FrontendConnection> clients = new LinkedHashSet<>();
    private boolean ending;
    private final Refusals tooManyHalfOpen = new Refusals("too many have not authenticated yet");
    private final Refusals withoutRoom = new Refusals("max_buffer_memory is in use");

    LoopClients(EventLoop loop, ProxyServices proxy, LoopMetrics metrics) {
        this.loop = loop;
        this.proxy = proxy;
        this.metrics = metrics;
    }

    /** A client has connected from there; null if that is one too many. */
    HalfOpenClients.@Nullable Ticket enter(@Nullable SocketAddress from) {
        AdmissionLimits limits = proxy.limits().admission();
        HalfOpenClients.Ticket ticket =
                proxy.halfOpenClients().enter(from, limits.halfOpen(), limits.halfOpenPerAddress());
        if (ticket == null) {
            metrics.loginFailed(LoginMethod.NONE, LoginFailure.LIMIT);
            tooManyHalfOpen.refused(from);
        }
        return ticket;
    }

    /** Whether there is memory for the buffers of one more. */
    boolean hasRoom(@Nullable SocketAddress from) {
        if (!proxy.memory().isFull()) {
            return true;
        }
        metrics.loginFailed(LoginMethod.NONE, LoginFailure.LIMIT);
        metrics.count(LoopMetrics.Counter.REFUSED_FOR_MEMORY);
        withoutRoom.refused(from);
        return false;
    }

    /** A client has said who it is. */
    void accepted(FrontendConnection front) {
        clients.add(front);
        SessionLogging logging = proxy.limits().logging();
        if (logging.hostNames() && front.address().isPresent()) {
            proxy.hostNames()
                    .find(front.address().get())
                    .thenAcceptAsync(
                            name -> {
                                name.ifPresent(front::hostIs);
                                logAccepted(front, logging);
                            },
                            loop);
        } else {
            logAccepted(front, logging);
        }
        if (ending) {
            front.close(shuttingDown());
        }
    }

    private static void logAccepted(FrontendConnection front, SessionLogging logging) {
        if (logging.connections()) {
            SessionLog.say(front, "new connection received", "connecting " + where(front));
        }
    }

    private static String where(FrontendConnection front) {
        return "host=" + front.host() + (front.port().isEmpty() ? "" : " port=" + front.port());
    }

    /** A client is gone, and what it had is about to be given up. */
    void leaves(FrontendConnection front) {
        if (proxy.limits().logging().disconnections()) {
            SessionLog.say(
                    front,
                    "frontend disconnection: session time: " + front.age() + " user=" + front.user() + " database="
                            + front.database() + " " + where(front),
                    null);
        }
    }

    void closed(FrontendConnection front) {
        clients.remove(front);
    }

    /** Closes them all, and those that come. */
    void end() {
        ending = true;
        List.copyOf(clients).forEach(front -> front.close(shuttingDown()));
    }

    static ServerMessage shuttingDown() {
        return ServerMessage.fatal(SqlState.ADMIN_SHUTDOWN, "terminating connection due to administrator command");
    }

    /** Clients that are refused for the same reason: at most one line a second, as there may be very many. */
    private static final class Refusals {
        private final String why;
        private long refused;
        private long loggedNanos = System.nanoTime() - TimeUnit.SECONDS.toNanos(2);

        Refusals(String why) {
            this.why = why;
        }

        void refused(@Nullable SocketAddress from) {
            long now = System.nanoTime();
            refused++;
            if (now - loggedNanos > TimeUnit.SECONDS.toNanos(1)) {
                connections.warn("refused {} connections, the last one from {}: {}", refused, from, why);
                loggedNanos = now;
                refused = 0;
            }
        }
    }
}
