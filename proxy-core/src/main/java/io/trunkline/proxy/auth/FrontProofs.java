package io.trunkline.proxy.auth;

import io.trunkline.config.hba.HbaMethod;
import io.trunkline.config.hba.HbaOptions;
import io.trunkline.config.hba.HbaRule;
import io.trunkline.protocol.ServerMessage;
import io.trunkline.protocol.SqlState;
import io.trunkline.protocol.auth.NonceSource;
import io.trunkline.protocol.auth.ScramParameters;
import io.trunkline.protocol.auth.ScramServer;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** Chooses how one client has to prove who it is, by the rules and by what is known of the user. Event loop only. */
public final class FrontProofs {
    private final Logins logins;
    private final String user;
    private final ClientFacts facts;
    private final FrontProof.Outlet outlet;
    private final FailedProof failed;
    private final Executor blocking;
    private final Executor loop;

    /**
     * @param user of the StartupMessage
     * @param facts what the connection tells of the client
     * @param outlet of all proofs that come from here
     * @param blocking for work that takes long
     * @param loop of the client
     */
    public FrontProofs(
            Logins logins, String user, ClientFacts facts, FrontProof.Outlet outlet, Executor blocking, Executor loop) {
        this.logins = logins;
        this.user = user;
        this.facts = facts;
        this.outlet = outlet;
        this.failed = new FailedProof(credential -> logins.suspect(user, credential));
        this.blocking = blocking;
        this.loop = loop;
    }

    /**
     * Without pool_hba.conf: who is known proves it, everybody else is the servers' affair.
     *
     * @param chosen is told the proof, which has begun; at once or later, unless there is none to be made
     */
    public void byWhatIsKnown(Consumer<FrontProof> chosen) {
        logins.find(user, loop, finding -> {
            switch (finding.kind()) {
                case FOUND -> {
                    Credential credential = finding.credential().orElseThrow();
                    begin(credential.isMd5() ? md5(credential) : scram(credential), chosen);
                }
                case UNKNOWN -> begin(mockScram(), chosen);
                case SERVER_ONLY -> outlet.proved(new Proved(null, null));
                case UNAVAILABLE -> unavailable(finding);
            }
        });
    }

    /**
     * By a rule of pool_hba.conf.
     *
     * @param mayBe whether somebody whom the system or a certificate calls so may be the user, by the rule's map
     * @param chosen as above
     */
    public void byRule(HbaRule rule, Predicate<String> mayBe, Consumer<FrontProof> chosen) {
        if (isWithoutCertificate(rule, mayBe)) {
            return;
        }
        switch (rule.method()) {
            case TRUST, CERT -> withoutPassword();
            case PEER -> facts.findSystemUser(peer -> bySystemUser(peer, mayBe));
            case PASSWORD -> byPassword(LoginMethod.PASSWORD, chosen);
            case MD5 -> byPassword(LoginMethod.MD5, chosen);
            case SCRAM_SHA_256 -> byPassword(LoginMethod.SCRAM_SHA_256, chosen);
            case LDAP, PAM -> begin(byCheck(rule), chosen);
            case REJECT -> throw new IllegalArgumentException("a rule that rejects asks for no proof");
        }
    }

    private void bySystemUser(PeerUsers.PeerUser peer, Predicate<String> mayBe) {
        if (peer.name().filter(mayBe).isPresent()) {
            withoutPassword();
        } else {
            refuse(
                    "Peer authentication failed for user \"" + user + "\"",
                    peer.name()
                            .map(name -> "The client is user " + name + " of the system.")
                            .orElse(peer.why()));
        }
    }

    private FrontProof byCheck(HbaRule rule) {
        boolean forNodes = rule.method() == HbaMethod.PAM || rule.options().passwordForNodes();
        return new CheckedPasswordProof(
                LoginMethod.of(rule.method()),
                user,
                facts,
                logins.checks().of(rule),
                told -> withStored(forNodes ? told : null),
                outlet,
                failed,
                loop);
    }

    /** Whether the rule wants a certificate that the client does not have, or not as this user; then it is refused. */
    private boolean isWithoutCertificate(HbaRule rule, Predicate<String> mayBe) {
        HbaOptions.ClientCertificate wanted = rule.options().clientCertificate();
        if (wanted == HbaOptions.ClientCertificate.NONE) {
            return false;
        }
        if (facts.clientCertificate().isEmpty()) {
            refuse("connection requires a valid client certificate", "");
            return true;
        }
        boolean named = wanted != HbaOptions.ClientCertificate.VERIFY_FULL
                || certificateName(rule).filter(mayBe).isPresent();
        if (!named) {
            refuse(
                    "certificate authentication failed for user \"" + user + "\"",
                    certificateName(rule).orElse(""));
        }
        return !named;
    }

    private Optional<String> certificateName(HbaRule rule) {
        return facts.clientCertificate()
                .flatMap(shown -> CertificateName.of(shown, rule.options().clientName()));
    }

    private void refuse(String why, String logDetail) {
        outlet.failed(LoginFailure.WRONG_PROOF, ServerMessage.fatal(SqlState.INVALID_AUTHORIZATION, why), logDetail);
    }

    /** By one of the methods that check a password. */
    private void byPassword(LoginMethod method, Consumer<FrontProof> chosen) {
        logins.find(user, loop, finding -> {
            switch (finding.kind()) {
                case FOUND -> begin(proof(method, finding.credential().orElseThrow()), chosen);
                case UNKNOWN -> begin(mock(method), chosen);
                case SERVER_ONLY -> {
                    if (method == LoginMethod.PASSWORD || logins.settings().clearText()) {
                        outlet.askServer(clearText(true));
                    } else {
                        begin(mock(method), chosen);
                    }
                }
                case UNAVAILABLE -> unavailable(finding);
            }
        });
    }

    /** Who the client is has been proved, or is not asked: what is known of the user only serves for the servers. */
    private void withoutPassword() {
        withStored(null);
    }

    /** @param told what logs in to the servers unless something is stored that does */
    private void withStored(@Nullable Credential told) {
        logins.find(user, loop, finding -> {
            Credential stored = finding.credential().orElse(null);
            boolean useTold = told != null && (stored == null || !stored.isSufficient());
            outlet.proved(new Proved(useTold ? told : stored, null));
        });
    }

    /** A login for which the client answers a server. */
    public ServerProof serverProof() {
        return logins.settings().clearText() ? clearText(false) : new RelayedLogin(outlet::ask);
    }

    private static void begin(FrontProof proof, Consumer<FrontProof> chosen) {
        chosen.accept(proof);
        proof.begin();
    }

    private FrontProof proof(LoginMethod method, Credential credential) {
        return switch (method) {
            case PASSWORD -> new PasswordProof(user, credential.stored(), credential, outlet, failed, blocking, loop);
            case MD5 -> credential.isSufficient() ? md5(credential) : scram(credential);
            // an md5 hash proves nothing here: the client hears what it would hear with a wrong password
            default -> credential.isMd5() ? mockScram() : scram(credential);
        };
    }

    private FrontProof mock(LoginMethod method) {
        return switch (method) {
            case PASSWORD -> new PasswordProof(user, logins.mockVerifier(user), null, outlet, failed, blocking, loop);
            case MD5 -> Md5Proof.ofNobody(user, outlet, failed);
            default -> mockScram();
        };
    }

    private FrontProof md5(Credential credential) {
        return Md5Proof.of(user, credential, outlet, failed);
    }

    private FrontProof scram(Credential credential) {
        ScramServer exchange = ScramServer.forUser(
                user, logins.verifier(user, credential), NonceSource.RANDOM, facts.channelBinding());
        return new ScramProof(exchange, credential, outlet, failed);
    }

    private FrontProof mockScram() {
        ScramServer exchange = ScramServer.forUnknownUser(
                user, logins.secret(), ScramParameters.DEFAULT_ITERATIONS, NonceSource.RANDOM, facts.channelBinding());
        return new ScramProof(exchange, null, outlet, failed);
    }

    private ServerProof clearText(boolean demanded) {
        return new ClearTextLogin(user, demanded, outlet::ask, blocking, loop);
    }

    private void unavailable(Finding finding) {
        outlet.failed(
                LoginFailure.UNAVAILABLE,
                ServerMessage.fatal(SqlState.CANNOT_CONNECT_NOW, "passwords cannot be looked up at the moment")
                        .withHint("auth_query gets no answer; Trunkline's log says why."),
                finding.why());
    }
}
