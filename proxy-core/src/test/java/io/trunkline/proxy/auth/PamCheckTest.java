package io.trunkline.proxy.auth;

import static org.assertj.core.api.Assertions.assertThat;

import io.trunkline.proxy.auth.PasswordCheck.Claim;
import io.trunkline.proxy.auth.PasswordCheck.Verdict;
import io.trunkline.proxy.auth.PasswordCheck.Verdict.Kind;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** With the system's own PAM, and services that are made for the test: skipped where they cannot be. */
class PamCheckTest {
    private static final Path SERVICES = Path.of("/etc/pam.d");

    @TempDir
    private Path directory;

    private Path service = Path.of("");

    @BeforeEach
    void needsPam() throws IOException {
        Assumptions.assumeTrue(Files.isWritable(SERVICES), "services of PAM cannot be made here");
        service = Files.createTempFile(SERVICES, "trunkline-test-", "");
        try {
            PamLibrary.instance();
        } catch (LinkageError none) {
            Files.delete(service);
            Assumptions.abort("there is no libpam here");
        }
    }

    @AfterEach
    void clearUp() throws IOException {
        Files.deleteIfExists(service);
    }

    private void service(String... lines) throws IOException {
        Files.write(service, List.of(lines));
    }

    /** A program that says yes if the password is "right", and notes what PAM has told it. */
    private void serviceOfAProgram(String account) throws IOException {
        Path program = directory.resolve("program");
        Files.writeString(program, """
                #!/bin/sh
                password=$(tr -d '\\000')
                echo "$PAM_SERVICE $PAM_USER $PAM_RHOST $PAM_TYPE" >> %s/log
                [ "$password" = "right pässword" ]
                """.formatted(directory));
        Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwxr-xr-x"));
        service("auth required pam_exec.so expose_authtok quiet " + program, "account required " + account);
    }

    private Verdict check(String user, String password, Optional<InetAddress> address, boolean useHostName) {
        return new PamCheck(service.getFileName().toString(), useHostName)
                .check(new Claim(user, password, address, () -> true));
    }

    private Verdict check(String user, String password) {
        return check(user, password, Optional.empty(), false);
    }

    @Test
    void theModulesGetThePasswordAndDecide() throws IOException {
        serviceOfAProgram("pam_permit.so");

        assertThat(check("no_system_user", "right pässword")).isEqualTo(Verdict.right());
        Verdict wrong = check("no_system_user", "hush");
        assertThat(wrong.kind()).isEqualTo(Kind.WRONG);
        assertThat(wrong.detail())
                .startsWith("authentication by PAM service \"" + service.getFileName() + "\" failed: ")
                .doesNotContain("hush");
    }

    @Test
    void theModulesAreToldFromWhere() throws IOException {
        serviceOfAProgram("pam_permit.so");
        InetAddress loopback = InetAddress.getByAddress(new byte[] {127, 0, 0, 1});

        check("ann", "right pässword", Optional.of(loopback), false);
        check("bob", "right pässword", Optional.of(loopback), true);
        check("cid", "right pässword");

        String name = service.getFileName().toString();
        assertThat(Files.readAllLines(directory.resolve("log")))
                .containsExactly(
                        name + " ann 127.0.0.1 auth",
                        name + " bob " + loopback.getCanonicalHostName() + " auth",
                        name + " cid  auth");
    }

    @Test
    void anAccountThatMayNotBeUsedIsWrongInSpiteOfItsPassword() throws IOException {
        serviceOfAProgram("pam_deny.so");

        Verdict verdict = check("ann", "right pässword");

        assertThat(verdict.kind()).isEqualTo(Kind.WRONG);
        assertThat(verdict.detail()).startsWith("account check by PAM service");
    }

    @Test
    void pamDenyDenies() throws IOException {
        service("auth required pam_deny.so", "account required pam_permit.so");

        assertThat(check("root", "x").kind()).isEqualTo(Kind.WRONG);
    }

    @Test
    void theSystemsOwnUsersAreAskedForTheirPasswords() throws IOException {
        service("auth required pam_unix.so nodelay", "account required pam_unix.so");

        assertThat(check("nobody", "surely not").kind()).isEqualTo(Kind.WRONG);
        assertThat(check("no_system_user", "x").kind()).isEqualTo(Kind.WRONG);
    }

    @Test
    void aServiceWithAModuleThatIsNotThereIsNotTheUsersFault() throws IOException {
        service("auth required pam_no_such_module.so", "account required pam_permit.so");

        assertThat(check("ann", "x").kind()).isEqualTo(Kind.UNAVAILABLE);
    }

    @Test
    void manyChecksRunBesideEachOther() throws Exception {
        serviceOfAProgram("pam_permit.so");
        ExecutorService threads = Executors.newFixedThreadPool(8);
        try {
            PasswordCheck pam =
                    new PasswordChecks(threads).pam(service.getFileName().toString(), false);
            List<CompletableFuture<Verdict>> verdicts = new ArrayList<>();
            for (int i = 0; i < 40; i++) {
                CompletableFuture<Verdict> verdict = new CompletableFuture<>();
                verdicts.add(verdict);
                String password = i % 2 == 0 ? "right pässword" : "wrong";
                pam.check(new Claim("u" + i, password, Optional.empty(), () -> true), Runnable::run, verdict::complete);
            }
            for (int i = 0; i < verdicts.size(); i++) {
                assertThat(verdicts.get(i).join().kind()).isEqualTo(i % 2 == 0 ? Kind.RIGHT : Kind.WRONG);
            }
        } finally {
            threads.shutdownNow();
        }
    }
}
