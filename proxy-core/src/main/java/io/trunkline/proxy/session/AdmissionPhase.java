package io.trunkline.proxy.session;

import io.netty.buffer.ByteBuf;
import io.trunkline.failover.ClusterView;
import io.trunkline.pool.Admission;
import io.trunkline.pool.BackendConnection;
import io.trunkline.pool.BackendLogin;
import io.trunkline.pool.IdleHolder;
import io.trunkline.pool.LendRequest;
import io.trunkline.pool.OpenFailure;
import io.trunkline.pool.StartupKey;
import io.trunkline.protocol.BackendMessages;
import io.trunkline.protocol.FrontendTag;
import io.trunkline.protocol.ProtocolViolation;
import io.trunkline.protocol.ServerMessage;
import io.trunkline.protocol.SqlState;
import io.trunkline.protocol.TransactionStatus;
import io.trunkline.protocol.auth.AuthenticationFailure;
import io.trunkline.protocol.auth.AuthenticationRequest;
import io.trunkline.protocol.auth.ScramKeys;
import io.trunkline.proxy.metrics.LoopMetrics;
import io.trunkline.proxy.route.ReadNode;
import io.trunkline.proxy.route.Reader;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * From a client's StartupMessage to its first ReadyForQuery.
 *
 * <pre>
 *   an entry in pool_passwd?   -> the client proves the password to us        \
 *   a server trusts this user? -> (known since less than a minute)             > wait for a free session -> ready
 *   else                       -> wait for a free session, open a backend,     /
 *                                 relay what it asks: nothing -> it is pooled, and known as trust
 *                                                     a proof -> it is this client's own
 * </pre>
 *
 * <p>Event loop only.
 */
final class AdmissionPhase implements FrontendPhase {
    private static final Logger log = LoggerFactory.getLogger(AdmissionPhase.class);

    /** As in PostgreSQL (PG_MAX_AUTH_TOKEN_LENGTH). */
    private static final int MAX_MESSAGE = 65_535;

    private final FrontendConnection front;
    private final LoopServices loop;
    private final ClientStart start;
    private final StartupKey key;

    private @Nullable ScheduledFuture<?> timeout;
    private @Nullable ClientProof proof;
    private @Nullable RelayedLogin relay;
    private @Nullable LendRequest lending;
    private SessionSlots.@Nullable Ticket slot;
    private boolean ended;

    AdmissionPhase(FrontendConnection front, LoopServices loop, ClientStart start) {
        this.front = front;
        this.loop = loop;
        this.start = start;
        this.key = StartupKey.of(start.parameters());
    }

    void begin() {
        long millis = loop.settings().authenticationTimeoutMillis();
        if (millis > 0) {
            timeout = loop.eventLoop().schedule(this::timedOut, millis, TimeUnit.MILLISECONDS);
        }
        Optional<StoredCredentials.Entry> entry = loop.credentials().find(key.user());
        if (entry.isPresent()) {
            proof = new ClientProof(key.user(), entry.get(), front.channelBinding());
            ask(proof.request());
        } else if (loop.profiles().isTrusted(key)) {
            admitted(trustedLogin());
        } else {
            awaitSlot(this::relay);
        }
    }

    // ---- FrontendPhase

    @Override
    public int header(byte tag, int length) {
        if (tag == FrontendTag.TERMINATE) {
            return 5;
        }
        if (tag != FrontendTag.PASSWORD) {
            if (proof == null && (relay == null || !relay.isAsking())) {
                // sent ahead, before ReadyForQuery: it waits
                return 5;
            }
            throw new ProtocolViolation(
                    "expected a password message, got a message of type " + ProtocolViolation.tagName(tag));
        }
        if (length > MAX_MESSAGE) {
            throw new ProtocolViolation("password message of length " + length);
        }
        return length + 1;
    }

    @Override
    public int message(byte tag, int length, ByteBuf in, int body, int available) {
        if (tag == FrontendTag.TERMINATE) {
            front.close();
            return DROP;
        }
        if (tag != FrontendTag.PASSWORD) {
            return STOP;
        }
        byte[] answer = new byte[available];
        in.getBytes(body, answer);
        if (relay != null) {
            relay.answered(answer);
        } else if (proof != null) {
            prove(proof, answer);
        } else {
            throw new ProtocolViolation("unexpected password message");
        }
        return DROP;
    }

    @Override
    public void run(ByteBuf run) {
        run.release();
    }

    @Override
    public void readComplete() {}

    @Override
    public void writabilityChanged(boolean writable) {}

    @Override
    public void gone() {
        end();
        if (slot != null) {
            slot.release();
        }
        loop.closed(front);
    }

    // ---- proof

    private void prove(ClientProof asked, byte[] answer) {
        try {
            asked.receive(answer).ifPresent(this::ask);
        } catch (AuthenticationFailure failure) {
            ServerMessage why = ServerMessage.fatal(failure.sqlState(), String.valueOf(failure.getMessage()));
            refuse(why, failure.logDetail().orElse(""));
            return;
        }
        if (asked.isComplete()) {
            proof = null;
            StoredCredentials.Entry entry = loop.credentials().find(key.user()).orElse(null);
            if (entry == null) {
                refuse(ServerMessage.fatal(SqlState.INVALID_PASSWORD, "the password was removed meanwhile"), "");
                return;
            }
            @Nullable ScramKeys keys = asked.keys().orElse(null);
            Supplier<BackendLogin> logins =
                    () -> new CredentialLogin(key.user(), entry, keys, loop.blocking(), loop.eventLoop());
            admitted(new SessionLogin(key, start.applicationName(), logins, Admission.VERIFIED, null));
        }
    }

    private void ask(byte[] authentication) {
        ByteBuf out = front.buffer();
        BackendMessages.authentication(out, authentication);
        front.write(out);
        front.flush();
    }

    private SessionLogin trustedLogin() {
        return new SessionLogin(key, start.applicationName(), () -> BackendLogin.TRUST, Admission.TRUST, null);
    }

    // ---- relay

    private void relay() {
        RelayedLogin relaying = new RelayedLogin(this::ask);
        relay = relaying;
        lend(relaying, Admission.RELAYED, backend -> {
            relay = null;
            if (backend.admission() == Admission.TRUST) {
                loop.shard().giveBack(backend);
                ready(trustedLogin());
            } else {
                ready(new SessionLogin(key, start.applicationName(), () -> relaying, Admission.RELAYED, backend));
            }
        });
    }

    /** Opens or borrows a backend of the primary, or of any node while there is none. */
    private void lend(BackendLogin login, Admission admission, java.util.function.Consumer<BackendConnection> lent) {
        ClusterView cluster = loop.cluster();
        int node = cluster.hasPrimary() ? cluster.primary() : readNode(cluster);
        if (node < 0) {
            refuse(ServerMessage.fatal(SqlState.CANNOT_CONNECT_NOW, "no node is in service"), "");
            return;
        }
        lending = loop.shard()
                .lend(
                        cluster.node(node).address(),
                        key,
                        start.applicationName(),
                        login,
                        admission,
                        new IdleHolder(),
                        new LendRequest.Outcome() {
                            @Override
                            public void lent(BackendConnection backend) {
                                lending = null;
                                loop.connected(backend);
                                lent.accept(backend);
                            }

                            @Override
                            public void refused(OpenFailure why) {
                                lending = null;
                                loop.failedToConnect(node, why);
                                refuse(why.message().asFatal(), "");
                            }
                        });
    }

    private int readNode(ClusterView cluster) {
        Reader who = new Reader(start.applicationName(), key.database(), key.user());
        return loop.readNodeChooser(who)
                .choose(loop.routing(), cluster, ReadNode.NONE)
                .id();
    }

    // ---- a session that is free, and the end

    private void admitted(SessionLogin login) {
        awaitSlot(() -> {
            if (loop.profiles().parameters(key).isPresent()) {
                ready(login);
            } else {
                // the server's parameters are not known yet for such a start-up
                lend(login.newLogin(), login.admission(), backend -> {
                    loop.shard().giveBack(backend);
                    ready(login);
                });
            }
        });
    }

    private void awaitSlot(Runnable then) {
        slot = loop.slots().take(loop.eventLoop(), () -> {
            if (!ended) {
                then.run();
            }
        });
        if (slot == null) {
            refuse(ServerMessage.fatal(SqlState.TOO_MANY_CONNECTIONS, "Sorry, too many clients already"), "");
        } else if (slot.isServedAtOnce()) {
            then.run();
        } else {
            limitWait(slot);
        }
    }

    private void limitWait(SessionSlots.Ticket waiting) {
        long millis = loop.settings().clientWaitTimeoutMillis();
        if (millis > 0) {
            loop.eventLoop()
                    .schedule(
                            () -> {
                                if (!waiting.isServed()) {
                                    refuse(
                                            ServerMessage.fatal(
                                                    SqlState.TOO_MANY_CONNECTIONS,
                                                    "no session came free within client_wait_timeout"),
                                            "");
                                }
                            },
                            millis,
                            TimeUnit.MILLISECONDS);
        }
    }

    private void ready(SessionLogin login) {
        if (ended) {
            return;
        }
        end();
        ByteBuf out = front.buffer();
        BackendMessages.authentication(out, AuthenticationRequest.OK.body());
        Map<String, String> parameters = loop.profiles().parameters(key).orElse(Map.of());
        boolean hotStandby = !loop.cluster().hasPrimary();
        parameters.forEach((name, value) -> BackendMessages.parameterStatus(
                out,
                name,
                switch (name) {
                    case "in_hot_standby" -> hotStandby ? "on" : "off";
                    case StartupKey.APPLICATION_NAME -> start.applicationName();
                    default -> value;
                }));
        BackendMessages.backendKeyData(
                out, front.identity().number(), front.identity().cancelKey());
        BackendMessages.readyForQuery(out, TransactionStatus.IDLE);
        front.write(out);
        SessionSlots.Ticket mine = java.util.Objects.requireNonNull(slot);
        ClientSession session = new ClientSession(front, loop, login, () -> {
            mine.release();
            loop.closed(front);
        });
        front.enter(session);
        loop.opened(session);
        session.proceed();
        front.flush();
    }

    private void refuse(ServerMessage why, String logDetail) {
        if (!ended) {
            end();
            loop.metrics().count(LoopMetrics.Counter.LOGINS_FAILED);
            log.warn("{} not admitted: {}{}", front.identity(), why, logDetail.isEmpty() ? "" : " (" + logDetail + ")");
            front.close(why);
        }
    }

    private void timedOut() {
        if (slot == null || lending != null) {
            refuse(ServerMessage.fatal(SqlState.QUERY_CANCELED, "canceling authentication due to timeout"), "");
        }
    }

    private void end() {
        ended = true;
        if (timeout != null) {
            timeout.cancel(false);
        }
        if (lending != null) {
            lending.withdraw();
            lending = null;
        }
        if (relay != null) {
            relay.abandon();
            relay = null;
        }
    }
}
