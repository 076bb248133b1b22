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
class PamLoginTest extends PasswordsJudgedElsewhere {
    private static final Path SERVICES = Path.of("/etc/pam.d");

    @TempDir
    private Path directory;

    private Path service = Path.of("");

    PamLoginTest() {
        super("pam_");
    }

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
                """.formatted(log(), ann, cid, eve));
        Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwxr-xr-x"));
        service = Files.createTempFile(SERVICES, "trunkline-test-", "");
        Files.write(
                service,
                List.of("auth required pam_exec.so expose_authtok quiet " + program, "account required pam_permit.so"));
        createRoles();
    }

    @AfterEach
    void stop() throws IOException {
        if (!service.toString().isEmpty()) {
            Files.deleteIfExists(service);
            dropRoles();
        }
    }

    private Path log() {
        return directory.resolve("log");
    }

    @Override
    List<String> asked() throws IOException {
        return Files.exists(log()) ? Files.readAllLines(log()) : List.of();
    }

    @Override
    TestProxy proxy(String... passwords) {
        return TestProxy.start(
                Cluster.shared(),
                List.of("enable_pool_hba = on", "worker_threads = 1"),
                List.of(passwords),
                List.of("host all all 127.0.0.1/32 pam pamservice=" + service.getFileName()));
    }

    @Test
    void pamIsToldTheAddressOfTheClient() throws IOException {
        try (TestProxy proxy = proxy()) {
            ClearText.admitted(proxy, ann, password(ann));
            assertThat(asked()).containsExactly(ann + " 127.0.0.1");
        }
    }
}
