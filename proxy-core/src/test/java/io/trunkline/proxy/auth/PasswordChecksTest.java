package io.trunkline.proxy.auth;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.trunkline.config.hba.HbaRule;
import io.trunkline.config.hba.PoolHba;
import io.trunkline.proxy.auth.PasswordCheck.Claim;
import io.trunkline.proxy.auth.PasswordCheck.Verdict;
import io.trunkline.proxy.auth.PasswordCheck.Verdict.Kind;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.RejectedExecutionException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PasswordChecksTest {
    private final Queue<Runnable> threads = new ArrayDeque<>();
    private final PasswordChecks checks = new PasswordChecks(threads::add);
    private final List<Verdict> verdicts = new ArrayList<>();
    private final List<String> checked = new ArrayList<>();
    private boolean wanted = true;

    private final PasswordCheck check = checks.check(claim -> {
        checked.add(claim.user());
        return claim.password().equals("right") ? Verdict.right() : Verdict.wrong("no");
    });

    private void ask(String user, String password) {
        check.check(new Claim(user, password, Optional.empty(), () -> wanted), Runnable::run, verdicts::add);
    }

    @Test
    void theVerdictIsThatOfTheMethod() {
        ask("a", "right");
        ask("b", "wrong");
        assertThat(verdicts).isEmpty();

        threads.forEach(Runnable::run);

        assertThat(verdicts).containsExactly(Verdict.right(), Verdict.wrong("no"));
    }

    @Test
    void anEmptyPasswordIsWrongWithoutAsking() {
        ask("a", "");

        assertThat(threads).isEmpty();
        assertThat(verdicts).containsExactly(Verdict.wrong("the client has sent an empty password"));
    }

    @Test
    void onlySoManyThreadsAreUsedAndTheRestWaits() {
        for (int i = 0; i < 20; i++) {
            ask("user" + i, "right");
        }
        assertThat(threads).hasSize(PasswordChecks.AT_ONCE);

        threads.remove().run();
        assertThat(verdicts).hasSize(20 - PasswordChecks.AT_ONCE + 1);
        threads.forEach(Runnable::run);
        assertThat(verdicts).hasSize(20);

        threads.clear();
        ask("later", "right");
        assertThat(threads).hasSize(1);
    }

    @Test
    void beyondTheBoundNobodyWaits() {
        for (int i = 0; i < PasswordChecks.AT_ONCE + PasswordChecks.WAITING; i++) {
            ask("user" + i, "right");
        }
        assertThat(verdicts).isEmpty();

        ask("one too many", "right");

        assertThat(verdicts).extracting(Verdict::kind).containsExactly(Kind.UNAVAILABLE);
    }

    @Test
    void aClientThatHasGoneCostsNoCheck() {
        ask("a", "right");
        wanted = false;

        threads.remove().run();

        assertThat(checked).isEmpty();
        assertThat(verdicts).isEmpty();
    }

    @Test
    void aMethodThatBreaksIsUnavailableAndTheNextOneIsServed() {
        PasswordCheck broken = checks.check(claim -> {
            throw new IllegalStateException("oops");
        });
        broken.check(new Claim("a", "b", Optional.empty(), () -> true), Runnable::run, verdicts::add);
        ask("c", "right");

        threads.forEach(Runnable::run);

        assertThat(verdicts).extracting(Verdict::kind).containsExactly(Kind.UNAVAILABLE, Kind.RIGHT);
    }

    @Test
    void aRefusingExecutorIsUnavailable() {
        PasswordCheck check = new PasswordChecks(task -> {
                    throw new RejectedExecutionException();
                })
                .check(claim -> Verdict.right());

        check.check(new Claim("a", "b", Optional.empty(), () -> true), Runnable::run, verdicts::add);

        assertThat(verdicts).extracting(Verdict::kind).containsExactly(Kind.UNAVAILABLE);
    }

    @Test
    void ruleSaysWhoIsAsked(@TempDir Path directory) throws IOException {
        Path hba = Files.writeString(
                directory.resolve("pool_hba.conf"),
                "local all all trust\nhost all all all ldap ldapserver=127.0.0.1 ldapport=1 ldapprefix=uid=\n");
        List<HbaRule> rules = PoolHba.read(hba).rules().rules();

        assertThatThrownBy(() -> checks.of(rules.get(0))).hasMessage("trust asks nobody outside");
        checks.of(rules.get(1))
                .check(new Claim("ann", "secret", Optional.empty(), () -> true), Runnable::run, verdicts::add);
        threads.remove().run();
        assertThat(verdicts)
                .first()
                .satisfies(verdict -> assertThat(verdict.detail()).contains("ldap://127.0.0.1:1"));
    }

    @Test
    void aClaimDoesNotShowItsPassword() {
        assertThat(new Claim("alice", "hush", Optional.empty(), () -> true)).hasToString("Claim[alice]");
    }
}
