package io.trunkline.proxy.auth;

import io.trunkline.config.hba.HbaOptions;
import io.trunkline.config.hba.HbaRule;
import io.trunkline.config.hba.LdapOptions;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The checks of passwords by LDAP and PAM. At most {@value #AT_ONCE} run at a time, so that a directory that is slow to
 * answer leaves threads for other blocking work; at most {@value #WAITING} wait. An empty password is always wrong, before
 * anybody is asked: a directory takes it for an anonymous bind, and says yes (RFC 4513, 5.1.2). Can be used from any
 * thread.
 */
public final class PasswordChecks {
    private static final Logger log = LoggerFactory.getLogger(PasswordChecks.class);

    static final int AT_ONCE = 4;
    static final int WAITING = 1_000;

    /** One that blocks. */
    interface BlockingCheck {
        PasswordCheck.Verdict check(PasswordCheck.Claim claim);
    }

    private final Executor blocking;
    private final Queue<Runnable> waiting = new ArrayDeque<>();
    private int running;

    public PasswordChecks(Executor blocking) {
        this.blocking = blocking;
    }

    /**
     * The check that a rule asks for.
     *
     * @throws IllegalArgumentException if its method is neither ldap nor pam
     */
    public PasswordCheck of(HbaRule rule) {
        HbaOptions options = rule.options();
        return switch (rule.method()) {
            case LDAP -> ldap(options.ldap().orElseThrow());
            case PAM -> pam(options.pamService(), options.pamUseHostName());
            default -> throw new IllegalArgumentException(rule.method() + " asks nobody outside");
        };
    }

    /** The method ldap. */
    public PasswordCheck ldap(LdapOptions options) {
        return check(claim -> new LdapCheck(options).check(claim));
    }

    /**
     * The method pam.
     *
     * @param service the name of PAM's configuration, a file in /etc/pam.d
     * @param useHostName whether PAM is told the client's host name, and not its address
     */
    public PasswordCheck pam(String service, boolean useHostName) {
        return check(claim -> new PamCheck(service, useHostName).check(claim));
    }

    PasswordCheck check(BlockingCheck method) {
        return (claim, loop, result) -> {
            Consumer<PasswordCheck.Verdict> onLoop = verdict -> loop.execute(() -> result.accept(verdict));
            if (claim.password().isEmpty()) {
                onLoop.accept(PasswordCheck.Verdict.wrong("the client has sent an empty password"));
            } else if (!submit(() -> run(method, claim, onLoop))) {
                onLoop.accept(PasswordCheck.Verdict.unavailable("too many passwords wait to be checked"));
            }
        };
    }

    private static void run(BlockingCheck method, PasswordCheck.Claim claim, Consumer<PasswordCheck.Verdict> result) {
        if (!claim.wanted().getAsBoolean()) {
            return;
        }
        PasswordCheck.Verdict verdict;
        try {
            verdict = method.check(claim);
        } catch (RuntimeException | LinkageError e) {
            log.error("checking the password of user \"{}\" failed", claim.user(), e);
            verdict = PasswordCheck.Verdict.unavailable("internal error: " + e);
        }
        result.accept(verdict);
    }

    private synchronized boolean submit(Runnable check) {
        if (running < AT_ONCE) {
            return start(check);
        }
        return waiting.size() < WAITING && waiting.add(check);
    }

    private boolean start(Runnable first) {
        try {
            blocking.execute(() -> {
                Runnable check = first;
                while (check != null) {
                    try {
                        check.run();
                    } catch (RejectedExecutionException loopHasEnded) {
                        log.debug("nobody is there for the verdict on a password");
                    }
                    check = next();
                }
            });
            running++;
            return true;
        } catch (RejectedExecutionException full) {
            return false;
        }
    }

    private synchronized @Nullable Runnable next() {
        Runnable check = waiting.poll();
        if (check == null) {
            running--;
        }
        return check;
    }
}
