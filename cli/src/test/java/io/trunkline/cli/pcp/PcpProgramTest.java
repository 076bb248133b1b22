package io.trunkline.cli.pcp;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PcpProgramTest {
    private static final byte[] DONE = ScriptedServer.packet('l', "CommandComplete", "3");

    @TempDir
    Path directory;

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "pcp_attach_node 3 | C3_ | c",
                "pcp_detach_node -n 3 | D3_ | d",
                "pcp_detach_node -g 3 | d3_ | d",
                "pcp_promote_node 1 | J1 _n | d",
                "pcp_promote_node -s 1 | J1 _s | d",
                "pcp_promote_node --switchover -g 1 | j1 _s | d",
                "pcp_recovery_node 12 | O12_ | c",
                "pcp_stop_pgpool | Ts | t",
                "pcp_stop_pgpool -m immediate | Ti | t",
                "pcp_stop_pgpool -mf -s cluster | tf | t",
                "pcp_reload_config | Zl | z",
                "pcp_reload_config --scope=c | Zc | z",
                "pcp_log_rotate -s l | Vl | v",
                "pcp_invalidate_query_cache | G | g",
            })
    void actionIsAskedForAndItsSuccessSaid(String command, String request, char reply) throws Exception {
        try (ScriptedServer server = ScriptedServer.answering(ScriptedServer.packet(reply, "CommandComplete"))) {
            String program = command.split(" ")[0];
            assertThat(Run.on(server, command).result())
                    .isEqualTo(new Run.Result(0, program + " -- Command Successful\n", ""));
            assertThat(server.request()).isEqualTo(request.replace('_', '\0'));
        }
    }

    @Test
    void refusalIsToldAndIsAnErrorUnlessPgpoolsWayIsAskedFor() throws Exception {
        byte[] refusal = ScriptedServer.packet('E', "SERROR", "CXX000", "Minvalid request", "Dnode 9", "");
        try (ScriptedServer server = ScriptedServer.answering(refusal)) {
            Run.Result refused = new Run.Result(1, "", "ERROR:  invalid request\nDETAIL:  node 9\n\n");
            assertThat(Run.on(server, "pcp_attach_node 9").result()).isEqualTo(refused);
            assertThat(Run.on(server, "pcp_attach_node 9")
                            .with(PcpProgram.STATUS_VARIABLE, "pgpool")
                            .result())
                    .isEqualTo(new Run.Result(0, "", refused.err()));
        }
    }

    @Test
    void refusalWithoutDetailHasNoLineForIt() throws Exception {
        byte[] refusal = ScriptedServer.packet('E', "SFATAL", "CXX000", "MDisk full", "Fa.c", "L1", "");
        try (ScriptedServer server = ScriptedServer.answering(refusal)) {
            assertThat(Run.on(server, "pcp_proc_count").result().err()).isEqualTo("FATAL:  Disk full\n\n");
        }
    }

    @Test
    void noticesAreShownWithThePacketsAndElseLeftOut() throws Exception {
        byte[] notice = ScriptedServer.packet('N', "SLOG", "C00000", "Mjust so", "");
        try (ScriptedServer server = ScriptedServer.answering(notice, DONE)) {
            assertThat(Run.on(server, "pcp_node_count").result()).isEqualTo(new Run.Result(0, "3\n", ""));
            assertThat(Run.on(server, "pcp_node_count -d").result().out()).isEqualTo("""
                            DEBUG: recv: tos="m", len=8
                            DEBUG: recv: tos="r", len=21
                            DEBUG: send: tos="L", len=4
                            DEBUG: recv: tos="N", len=26
                            BACKEND LOG:  just so
                            DEBUG: recv: tos="l", len=22
                            3
                            DEBUG: send: tos="X", len=4
                            """);
        }
    }

    @Test
    void wrongPasswordIsAnErrorWhateverTheEnvironmentSays() throws Exception {
        try (ScriptedServer server = ScriptedServer.answering(DONE)) {
            assertThat(Run.on(server, "pcp_node_count")
                            .typing("wrong")
                            .with(PcpProgram.STATUS_VARIABLE, "pgpool")
                            .result())
                    .isEqualTo(new Run.Result(1, "", "FATAL:  authentication failed for user\nDETAIL:  no match\n\n"));
        }
    }

    // ---- where the password comes from

    @Test
    void passwordIsTakenFromTheFileAndElseAskedFor() throws Exception {
        try (ScriptedServer server = ScriptedServer.answering(DONE)) {
            Path file = passwordFile("127.0.0.1:" + server.port() + ":admin:se\\:cret\n");
            Run fromFile = Run.on(server, "pcp_node_count").with(file).typing("wrong");
            assertThat(fromFile.result().status()).isZero();
            assertThat(fromFile.prompts()).isEmpty();

            Run typed = Run.on(server, "pcp_node_count");
            assertThat(typed.result().status()).isZero();
            assertThat(typed.prompts()).containsExactly("Password: ");
        }
    }

    @Test
    void optionsForceThePromptOrForbidIt() throws Exception {
        try (ScriptedServer server = ScriptedServer.answering(DONE)) {
            Path wrong = passwordFile("*:*:*:wrong\n");
            assertThat(Run.on(server, "pcp_node_count -W").with(wrong).result().status())
                    .isZero();
            Run silent = Run.on(server, "pcp_node_count -W --no-password");
            assertThat(silent.result().err()).contains("authentication failed");
            assertThat(silent.prompts()).isEmpty();
        }
    }

    @Test
    void nothingTypedMeansTheFile() throws Exception {
        try (ScriptedServer server = ScriptedServer.answering(DONE)) {
            Path file = passwordFile("otherhost:*:*:wrong\n127.0.0.1:*:admin:se\\:cret\n*:*:*:wrong\n");
            assertThat(Run.on(server, "pcp_node_count -W")
                            .typing("")
                            .with(file)
                            .result()
                            .status())
                    .isZero();
        }
    }

    @Test
    void fileThatOthersCanReadIsNotUsed() throws Exception {
        try (ScriptedServer server = ScriptedServer.answering(DONE)) {
            Path file = passwordFile("*:*:*:se\\:cret\n");
            Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r-----"));
            Run.Result result = Run.on(server, "pcp_node_count -w").with(file).result();
            assertThat(result.status()).isEqualTo(1);
            assertThat(result.err())
                    .startsWith("WARNING: password file " + file
                            + " is open to its group or to everybody, and so not used: make its mode 0600\nFATAL:");
        }
    }

    @Test
    void fileWithLineEndsOfWindowsIsRead() throws Exception {
        try (ScriptedServer server = ScriptedServer.answering(DONE)) {
            Path file = passwordFile("# comment\r\n*:*:admin:se\\:cret\r\n");
            assertThat(Run.on(server, "pcp_node_count -w").with(file).result().status())
                    .isZero();
        }
    }

    private Path passwordFile(String text) throws IOException {
        Path file = Files.writeString(directory.resolve("pass"), text);
        return Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
    }

    // ---- servers that misbehave

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "x | CommandComplete | ERROR: invalid PCP packet type =\"x\"",
                "l | Something | command failed with reason: \"Something\"",
                "l | CommandComplete_none | command failed. invalid response",
            })
    void answerThatMakesNoSenseIsAnError(char type, String strings, String message) throws Exception {
        try (ScriptedServer server = ScriptedServer.answering(ScriptedServer.packet(type, strings.split("_")))) {
            assertThat(Run.on(server, "pcp_node_count").result()).isEqualTo(new Run.Result(1, "", message + "\n"));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"2", "-1"})
    void rowsThatDoNotComeAreAnError(String announced) throws Exception {
        byte[] size = ScriptedServer.packet('w', "ArraySize", announced);
        byte[] row = ScriptedServer.row('w', "NodeInfo", List.of("x"));
        byte[] end = ScriptedServer.packet('w', "CommandComplete");
        byte[][] answer = announced.equals("2") ? new byte[][] {size, end} : new byte[][] {size, row, end};
        try (ScriptedServer server = ScriptedServer.answering(answer)) {
            assertThat(Run.on(server, "pcp_watchdog_info").result())
                    .isEqualTo(new Run.Result(1, "", "command failed. invalid response\n"));
        }
    }

    @Test
    void lengthThatCannotBeIsAnError() throws Exception {
        try (ScriptedServer server = ScriptedServer.answering(new byte[] {'l', 127, 0, 0, 0})) {
            assertThat(Run.on(server, "pcp_node_count").result())
                    .isEqualTo(new Run.Result(1, "", "ERROR: invalid PCP packet length 2130706432\n"));
        }
    }

    @Test
    void serverThatIsGoneIsNamed() throws Exception {
        int port;
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = free.getLocalPort();
        }
        assertThat(Run.of("pcp_node_count -h 127.0.0.1 -p " + port).result())
                .isEqualTo(new Run.Result(
                        1, "", "ERROR: connection to host \"127.0.0.1\" failed with error \"Connection refused\"\n"));
    }
}
