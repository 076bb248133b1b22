package io.trunkline.proxy.auth;

import io.trunkline.protocol.ServerMessage;
import io.trunkline.protocol.SqlState;
import io.trunkline.protocol.auth.ChannelBinding;
import io.trunkline.protocol.auth.NonceSource;
import io.trunkline.protocol.auth.ScramParameters;
import io.trunkline.protocol.auth.ScramServer;
import java.util.concurrent.Executor;
import java.util.function.Consumer;

/** Chooses how one client has to prove who it is, by the rules and by what is known of the user. Event loop only. */
public final class FrontProofs {
    private final Logins logins;
    private final String user;
    private final FrontProof.Outlet outlet;
    private final FailedProof failed;
    private final Executor blocking;
    private final Executor loop;

    /**
     * @param user of the StartupMessage
     * @param outlet of all proofs that come from here
     * @param blocking for work that takes long
     * @param loop of the client
     */
    public FrontProofs(Logins logins, String user, FrontProof.Outlet outlet, Executor blocking, Executor loop) {
        this.logins = logins;
        this.user = user;
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

    /** By a rule of pool_hba.conf that names one of the methods that check a password. */
    public void byPassword(LoginMethod method, Consumer<FrontProof> chosen) {
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
    public void withoutPassword() {
        logins.find(
                user,
                loop,
                finding -> outlet.proved(new Proved(finding.credential().orElse(null), null)));
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
        ScramServer exchange =
                ScramServer.forUser(user, logins.verifier(user, credential), NonceSource.RANDOM, ChannelBinding.NONE);
        return new ScramProof(exchange, credential, outlet, failed);
    }

    private FrontProof mockScram() {
        ScramServer exchange = ScramServer.forUnknownUser(
                user, logins.secret(), ScramParameters.DEFAULT_ITERATIONS, NonceSource.RANDOM, ChannelBinding.NONE);
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
