package io.trunkline.proxy.session;

import io.netty.buffer.ByteBuf;
import io.trunkline.config.hba.HbaRule;
import io.trunkline.pool.Admission;
import io.trunkline.pool.BackendConnection;
import io.trunkline.pool.BackendLogin;
import io.trunkline.pool.StartupKey;
import io.trunkline.protocol.BackendMessages;
import io.trunkline.protocol.FrontendTag;
import io.trunkline.protocol.ProtocolViolation;
import io.trunkline.protocol.ServerMessage;
import io.trunkline.protocol.SqlState;
import io.trunkline.protocol.auth.AuthenticationFailure;
import io.trunkline.proxy.auth.Credential;
import io.trunkline.proxy.auth.FrontProof;
import io.trunkline.proxy.auth.FrontProofs;
import io.trunkline.proxy.auth.HbaDecision;
import io.trunkline.proxy.auth.LoginFailure;
import io.trunkline.proxy.auth.LoginMethod;
import io.trunkline.proxy.auth.Proved;
import io.trunkline.proxy.auth.ServerProof;
import io.trunkline.proxy.log.LogFields;
import java.util.Objects;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.spi.LoggingEventBuilder;

/**
 * From a client's StartupMessage to its first ReadyForQuery.
 *
 * <pre>
 *   without rules, as in an older Pgpool-II: does a server ask this user for proof at all? if not -> ready
 *   the rules choose a proof -> the client gives it -> is what is known enough to log in to the servers?
 *     yes, or a server trusts this user       -> wait for a free session                         \
 *     no -> wait for a free session, open a backend and let the client answer what it asks:       > ready
 *           nothing -> the server trusts this user; a proof -> it is right, says the server      /
 * </pre>
 *
 * <p>Event loop only.
 */
final class AdmissionPhase implements FrontendPhase, FrontProof.Outlet {
    private static final Logger log = LoggerFactory.getLogger(AdmissionPhase.class);

    /** As in PostgreSQL (PG_MAX_AUTH_TOKEN_LENGTH). */
    private static final int MAX_MESSAGE = 65_535;

    private final FrontendConnection front;
    private final LoopServices loop;
    private final ClientStart start;
    private final StartupKey key;
    private final HalfOpenClients.Ticket halfOpen;
    private final FrontProofs proofs;
    private final FirstBackend first;
    private final TrustProbe probe;

    private final @Nullable ScheduledFuture<?> timeout;
    private @Nullable ScheduledFuture<?> waitTimeout;
    private @Nullable FrontProof proof;
    private @Nullable ServerProof server;
    private LoginMethod method = LoginMethod.NONE;
    private SessionSlots.@Nullable Ticket slot;
    private boolean counted;
    private boolean ended;

    /** @param timeout calls {@link #timedOut} when authentication_timeout is over; null if there is none */
    AdmissionPhase(
            FrontendConnection front,
            LoopServices loop,
            ClientStart start,
            HalfOpenClients.Ticket halfOpen,
            @Nullable ScheduledFuture<?> timeout) {
        this.timeout = timeout;
        this.front = front;
        this.loop = loop;
        this.start = start;
        this.halfOpen = halfOpen;
        this.key = loop.profiles().known(StartupKey.of(start.parameters()));
        this.proofs = new FrontProofs(loop.logins(), key.user(), front, this, loop.blocking(), loop.eventLoop());
        this.first = new FirstBackend(loop, key, start.applicationName());
        this.probe = new TrustProbe(loop, key, start.applicationName());
    }

    void begin() {
        if (loop.logins().areServersFirst(key.user())) {
            byServers();
        } else if (!loop.logins().hasRules()) {
            proofs.byWhatIsKnown(this::demand);
        } else {
            front.question(key.database(), key.user())
                    .ifPresentOrElse(
                            question -> loop.hba().decide(question, loop.eventLoop(), this::decided), front::close);
        }
    }

    /** The client is asked only if the servers would ask. */
    private void byServers() {
        if (loop.profiles().isAsked(key)) {
            proofs.byWhatIsKnown(this::demand);
        } else if (loop.profiles().isTrusted(key)) {
            unasked();
            admitted(trustedLogin());
        } else {
            awaitSlot(() -> probe.begin(new TrustProbe.Outcome() {
                @Override
                public void trusted() {
                    unasked();
                    ready(trustedLogin());
                }

                @Override
                public void asked() {
                    proofs.byWhatIsKnown(AdmissionPhase.this::demand);
                }

                @Override
                public void refused(ServerMessage why) {
                    failed(LoginFailure.SERVER, why, "");
                }
            }));
        }
    }

    private void unasked() {
        loop.logins().admittedUnasked(key.user());
    }

    private void decided(HbaDecision decision) {
        if (ended) {
            return;
        }
        if (decision instanceof HbaDecision.Matched matched) {
            HbaRule rule = matched.rule();
            method = LoginMethod.of(rule.method());
            proofs.byRule(rule, systemUser -> loop.hba().mayBe(matched, systemUser, key.user()), this::demand);
        } else if (decision instanceof HbaDecision.Rejected rejected) {
            method = LoginMethod.REJECT;
            failed(
                    LoginFailure.REJECTED,
                    invalid(rejected.text()),
                    rejected.rule().at() + ": " + rejected.rule());
        } else if (decision instanceof HbaDecision.NoMatch none) {
            failed(LoginFailure.REJECTED, invalid(none.text()), none.logDetail());
        }
    }

    private static ServerMessage invalid(String text) {
        return ServerMessage.fatal(SqlState.INVALID_AUTHORIZATION, text);
    }

    private void demand(FrontProof demanded) {
        proof = demanded;
        method = demanded.method();
    }

    // ---- FrontendPhase

    @Override
    public int header(byte tag, int length) {
        if (tag == FrontendTag.TERMINATE) {
            return 5;
        }
        if (tag != FrontendTag.PASSWORD) {
            if (!isAsking()) {
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

    private boolean isAsking() {
        return (proof != null && proof.isAsking()) || (server != null && server.isAsking());
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
        if (server != null) {
            server.answered(answer);
        } else if (proof != null) {
            proof.answered(answer);
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
    public String applicationName() {
        return start.applicationName();
    }

    @Override
    public void gone() {
        loop.clients().leaves(front);
        end();
        if (slot != null) {
            slot.release();
        }
        leaveQuota();
        loop.clients().closed(front);
    }

    // ---- FrontProof.Outlet

    @Override
    public void ask(byte[] authentication) {
        if (!ended) {
            ByteBuf out = front.buffer();
            BackendMessages.authentication(out, authentication);
            front.write(out);
            front.flush();
        }
    }

    @Override
    public void proved(Proved how) {
        if (ended) {
            return;
        }
        proof = null;
        if (how.logsIn()) {
            admitted(verifiedLogin(how));
        } else if (loop.profiles().isTrusted(key)) {
            admitted(trustedLogin());
        } else {
            askServer(proofs.serverProof());
        }
    }

    @Override
    public void askServer(ServerProof login) {
        if (ended) {
            return;
        }
        proof = null;
        method = login.method();
        awaitSlot(() -> {
            server = login;
            lend(login, login.admission(), backend -> answered(login, backend));
        });
    }

    @Override
    public void failed(LoginFailure reason, ServerMessage why, String logDetail) {
        if (!ended) {
            end();
            loop.metrics().loginFailed(method, reason);
            LoggingEventBuilder event = log.atWarn().addKeyValue(LogFields.CLIENT, front);
            if (!logDetail.isEmpty()) {
                event = event.addKeyValue(LogFields.DETAIL, logDetail);
            }
            event.log("login failed, method {}, reason {}: {}", method, reason.label(), why);
            front.close(why);
        }
    }

    // ---- servers

    /** A server has admitted the user, by what the client has answered or for nothing. */
    private void answered(ServerProof login, BackendConnection backend) {
        server = null;
        if (backend.admission() == Admission.TRUST) {
            loop.shard().giveBack(backend);
            if (login.mayBeTrusted()) {
                ready(trustedLogin());
            } else {
                AuthenticationFailure rejected = AuthenticationFailure.passwordRejected(key.user(), "");
                failed(
                        LoginFailure.UNKNOWN_USER,
                        ServerMessage.fatal(rejected.sqlState(), String.valueOf(rejected.getMessage())),
                        "There is no password to compare with, and the server asks for none.");
            }
            return;
        }
        Credential learned = login.learned().orElse(null);
        if (learned != null) {
            loop.shard().giveBack(backend);
            ready(verifiedLogin(new Proved(learned, null)));
        } else {
            ready(SessionLogin.relayed(key, start.applicationName(), backend));
        }
    }

    private SessionLogin verifiedLogin(Proved how) {
        return SessionLogin.verified(
                key,
                start.applicationName(),
                Objects.requireNonNull(how.credential()),
                how.keys(),
                loop.blocking(),
                loop.eventLoop());
    }

    private SessionLogin trustedLogin() {
        return SessionLogin.trusted(key, start.applicationName(), loop.profiles());
    }

    private void lend(BackendLogin login, Admission admission, Consumer<BackendConnection> lent) {
        first.lend(login, admission, new FirstBackend.Outcome() {
            @Override
            public void lent(BackendConnection backend) {
                lent.accept(backend);
            }

            @Override
            public void refused(LoginFailure reason, ServerMessage why) {
                failed(reason, why, "");
            }
        });
    }

    // ---- a session that is free, and the end

    private void admitted(SessionLogin login) {
        if (!enterQuota()) {
            return;
        }
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
        if (slot != null) {
            // it had to be asked of a server whether there is anything to prove
            then.run();
            return;
        }
        halfOpen.release();
        slot = loop.slots().take(loop.eventLoop(), () -> {
            if (!ended) {
                then.run();
            }
        });
        if (slot == null) {
            failed(
                    LoginFailure.LIMIT,
                    ServerMessage.fatal(SqlState.TOO_MANY_CONNECTIONS, "Sorry, too many clients already"),
                    "");
        } else if (slot.isServedAtOnce()) {
            then.run();
        } else {
            limitWait(slot);
        }
    }

    private void limitWait(SessionSlots.Ticket waiting) {
        long millis = loop.settings().clientWaitTimeoutMillis();
        if (millis > 0) {
            waitTimeout = loop.eventLoop()
                    .schedule(
                            () -> {
                                if (!waiting.isServed()) {
                                    failed(
                                            LoginFailure.LIMIT,
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

    /** Counts the session of a client that has proved itself, or refuses it. */
    private boolean enterQuota() {
        if (!counted) {
            String tooMany = loop.enterQuota(key);
            if (tooMany != null) {
                failed(LoginFailure.LIMIT, ServerMessage.fatal(SqlState.TOO_MANY_CONNECTIONS, tooMany), "");
                return false;
            }
            counted = true;
        }
        return true;
    }

    private void leaveQuota() {
        if (counted) {
            counted = false;
            loop.leaveQuota(key);
        }
    }

    private void ready(SessionLogin login) {
        if (ended) {
            return;
        }
        if (!enterQuota()) {
            if (login.ownBackend() != null) {
                loop.shard().giveBack(login.ownBackend());
            }
            return;
        }
        end();
        loop.greeting().write(front, key, start.applicationName(), loop.cluster());
        SessionSlots.Ticket place = Objects.requireNonNull(slot);
        ClientSession session =
                new ClientSession(front, loop, login, place.number(), whenGone(front, loop, key, place));
        front.enter(session);
        session.watchMessages();
        loop.opened(session);
        session.proceed();
        front.flush();
    }

    /** Static, so that the session does not keep the phase that it came from. */
    private static Runnable whenGone(
            FrontendConnection front, LoopServices loop, StartupKey key, SessionSlots.Ticket slot) {
        return () -> {
            slot.release();
            loop.leaveQuota(key);
            loop.clients().closed(front);
        };
    }

    /** authentication_timeout has passed since the client connected. */
    void timedOut() {
        if (slot == null || proof != null || probe.isWanted() || first.isWanted()) {
            failed(
                    LoginFailure.TIMEOUT,
                    ServerMessage.fatal(SqlState.QUERY_CANCELED, "canceling authentication due to timeout"),
                    "");
        }
    }

    private void end() {
        ended = true;
        halfOpen.release();
        if (timeout != null) {
            timeout.cancel(false);
        }
        if (waitTimeout != null) {
            waitTimeout.cancel(false);
        }
        first.withdraw();
        probe.withdraw();
        if (server != null) {
            server.abandon();
            server = null;
        }
    }
}
