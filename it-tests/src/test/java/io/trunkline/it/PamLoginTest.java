package io.trunkline.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.jna.NativeLibrary;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A rule {@code pam}: a service of the system's PAM, made for the test, says who gets in, and real servers serve who
 * does. Skipped where services cannot be made or there is no PAM.
 */
class PamLoginTest {
    private static final Path SERVICES = Path.of("/etc/pam.d");

    /** Known to PAM, and on the servers with the same password, which they ask for by SCRAM. */
    private static final String ANN = "pam_ann";

    /** Known to PAM only. */
    private static final String CID = "pam_cid";

    /** On the servers only, with a password. */
    private static final String DAN = "pam_dan";

    @TempDir
    private Path directory;

    private Path service = Path.of("");

    @BeforeEach
    void start() throws IOException {
        Assumptions.assumeTrue(Files.isWritable(SERVICES), "services of PAM cannot be made here");
        try {
            NativeLibrary.getInstance("libpam.so.0");
        } catch (LinkageError none) {
            Assumptions.abort("there is no libpam here");
        }
        // notes who has come, and knows the passwords of two
        Path program = directory.resolve("program");
        Files.writeString(program, """
                #!/bin/sh
                password=$(tr -d '\\000')
                echo "$PAM_USER $PAM_RHOST" >> %s
                case "$PAM_USER" in
                    %s | %s) [ "$password" = "secret of $PAM_USER" ] ;;
                    *) exit 1 ;;
                esac
                """.formatted(log(), ANN, CID));
        Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwxr-xr-x"));
        service = Files.createTempFile(SERVICES, "trunkline-test-", "");
        Files.write(
                service,
                List.of("auth required pam_exec.so expose_authtok quiet " + program, "account required pam_permit.so"));
        Cluster.shared()
                .node(Cluster.PRIMARY)
                .query("SET password_encryption = 'scram-sha-256'; " + role(ANN) + role(DAN));
        Cluster.awaitStandbys();
    }

    @AfterEach
    void stop() throws IOException {
        if (!service.toString().isEmpty()) {
            Files.deleteIfExists(service);
            Cluster.shared().node(Cluster.PRIMARY).query("DROP ROLE IF EXISTS " + ANN + ", " + DAN);
        }
    }

    private Path log() {
        return directory.resolve("log");
    }

    private static String role(String name) {
        return "CREATE ROLE " + name + " LOGIN PASSWORD '" + password(name) + "' IN ROLE " + Cluster.SCRAM_ROLES + "; ";
    }

    private static String password(String user) {
        return "secret of " + user;
    }

    private TestProxy proxy() {
        return TestProxy.start(
                Cluster.shared(),
                List.of("enable_pool_hba = on", "worker_threads = 1"),
                List.of(),
                List.of("host all all 127.0.0.1/32 pam pamservice=" + service.getFileName()));
    }

    @Test
    void theRightPasswordLogsInToAllServers() throws IOException {
        try (TestProxy proxy = proxy();
                RawClient client = ClearText.session(proxy, ANN, password(ANN))) {
            assertThat(Files.readAllLines(log())).containsExactly(ANN + " 127.0.0.1");
            Eventually.holds(
                    () -> assertThat(client.ask("SELECT port FROM here")).isEqualTo(Cluster.port(TestProxy.READ_NODE)));
        }
    }

    @Test
    void aWrongPasswordIsRefusedOnAWarmPoolToo() throws IOException {
        try (TestProxy proxy = proxy()) {
            ClearText.wrong(proxy, ANN, password(CID));
            ClearText.admitted(proxy, ANN, password(ANN));
            proxy.awaitNoneBusy(Cluster.PRIMARY);
            assertThat(proxy.idle(Cluster.PRIMARY)).isPositive();

            ClearText.wrong(proxy, ANN, password(CID));
            ClearText.admitted(proxy, ANN, password(ANN));
            assertThat(Files.readAllLines(log())).hasSize(4);
        }
    }

    @Test
    void whomPamDoesNotKnowIsRefusedWithThePasswordOfTheServersToo() throws IOException {
        try (TestProxy proxy = proxy()) {
            ClearText.wrong(proxy, DAN, password(DAN));
            ClearText.wrong(proxy, "pam_nobody", "anything");
            assertThat(proxy.server().pool().open(Cluster.PRIMARY)).isZero();
        }
    }

    @Test
    void whomOnlyPamKnowsIsRefusedByTheServers() throws IOException {
        try (TestProxy proxy = proxy()) {
            ClearText.refused(proxy, CID, password(CID), "28000", "role \"" + CID + "\" does not exist");
        }
    }

    @Test
    void anEmptyPasswordIsRefusedBeforePamIsAsked() throws IOException {
        try (TestProxy proxy = proxy()) {
            ClearText.empty(proxy, ANN);
            assertThat(log()).doesNotExist();
        }
    }
}
