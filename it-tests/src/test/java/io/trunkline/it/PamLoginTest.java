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
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

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

    /** Known to PAM, and on the servers with another password. */
    private static final String EVE = "pam_eve";

    private static final String OTHER_SECRET = "another secret";

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
        // notes who has come, and knows the passwords of three
        Path program = directory.resolve("program");
        Files.writeString(program, """
                #!/bin/sh
                password=$(tr -d '\\000')
                echo "$PAM_USER $PAM_RHOST" >> %s
                case "$PAM_USER" in
                    %s | %s | %s) [ "$password" = "secret of $PAM_USER" ] ;;
                    *) exit 1 ;;
                esac
                """.formatted(log(), ANN, CID, EVE));
        Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwxr-xr-x"));
        service = Files.createTempFile(SERVICES, "trunkline-test-", "");
        Files.write(
                service,
                List.of("auth required pam_exec.so expose_authtok quiet " + program, "account required pam_permit.so"));
        Cluster.shared()
                .node(Cluster.PRIMARY)
                .query("SET password_encryption = 'scram-sha-256'; " + role(ANN, password(ANN))
                        + role(DAN, password(DAN)) + role(EVE, OTHER_SECRET));
        Cluster.awaitStandbys();
    }

    @AfterEach
    void stop() throws IOException {
        if (!service.toString().isEmpty()) {
            Files.deleteIfExists(service);
            Cluster.shared().node(Cluster.PRIMARY).query("DROP ROLE IF EXISTS " + String.join(", ", ANN, DAN, EVE));
        }
    }

    private Path log() {
        return directory.resolve("log");
    }

    private static String role(String name, String password) {
        return "CREATE ROLE " + name + " LOGIN PASSWORD '" + password + "' IN ROLE " + Cluster.SCRAM_ROLES + "; ";
    }

    private static String password(String user) {
        return "secret of " + user;
    }

    private TestProxy proxy(String... passwords) {
        return TestProxy.start(
                Cluster.shared(),
                List.of("enable_pool_hba = on", "worker_threads = 1"),
                List.of(passwords),
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

    /** PAM judges what the client sends, and the servers what is stored. */
    @ParameterizedTest
    @ValueSource(strings = {"TEXT", "AES"})
    void aStoredPasswordLogsInToTheServers(String form) throws IOException {
        String entry = form.equals("AES") ? TestProxy.encrypted(OTHER_SECRET) : form + OTHER_SECRET;
        try (TestProxy proxy = proxy(EVE + ":" + entry)) {
            ClearText.wrong(proxy, EVE, OTHER_SECRET);
            ClearText.admitted(proxy, EVE, password(EVE));
            proxy.awaitNoneBusy(Cluster.PRIMARY);
            assertThat(proxy.idle(Cluster.PRIMARY)).isPositive();
            ClearText.wrong(proxy, EVE, OTHER_SECRET);
        }
        try (TestProxy proxy = proxy()) {
            ClearText.wrong(proxy, EVE, password(EVE));
        }
    }

    @Test
    void anMd5HashDoesNotLogInToServersThatAskForScram() throws IOException {
        try (TestProxy proxy = proxy(ANN + ":md5" + "0".repeat(32))) {
            ClearText.refused(
                    proxy,
                    ANN,
                    password(ANN),
                    "28000",
                    "Trunkline cannot log in as user \"" + ANN
                            + "\": the server asks for SCRAM-SHA-256, and only an md5 hash is stored");
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
