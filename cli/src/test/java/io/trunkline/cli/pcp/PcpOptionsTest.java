package io.trunkline.cli.pcp;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class PcpOptionsTest {
    @ParameterizedTest
    @CsvSource(
            quoteCharacter = '`',
            delimiter = '|',
            value = {
                "pcp_attach_node | pcp_attach_node: missing node-id",
                "pcp_node_count -x | pcp_node_count: invalid option -- 'x'",
                "pcp_node_count -n 1 | pcp_node_count: invalid option -- 'n'",
                "pcp_node_count --no | pcp_node_count: option '--no' is ambiguous; possibilities: '--no-password' '--node-id'",
                "pcp_node_count --mode=f | Invalid argument \"f\", Try \"pcp_node_count --help\" for more information.",
                "pcp_node_count --scope l | Invalid argument \"l\", Try \"pcp_node_count --help\" for more information.",
                "pcp_stop_pgpool -m slow | pcp_stop_pgpool: Invalid shutdown mode \"slow\", must be either",
                "pcp_reload_config -s all | pcp_reload_config: Invalid command scope \"all\", must be either",
            })
    void wrongCommandLineIsAnErrorWhateverTheEnvironmentSays(String command, String message) {
        Run.Result result =
                Run.of(command).with(PcpProgram.STATUS_VARIABLE, "pgpool").result();
        assertThat(result.status()).isEqualTo(1);
        assertThat(result.out()).isEmpty();
        assertThat(result.err()).startsWith(message.replace("`", ""));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "pcp_attach_node 129 | Invalid node-id '129', must be between 0 and 128",
                "pcp_detach_node -n -1 | Invalid node-id '-1', must be between 0 and 128",
                "pcp_detach_node db1 | Invalid node-id 'db1', must be between 0 and 128",
                "pcp_node_info 1x | Invalid node-id '1x', must be between 0 and 128",
                "pcp_proc_info 0 | Invalid process-id '0', must be greater than 0",
                "pcp_proc_info -P x | Invalid process-id 'x', must be greater than 0",
                "pcp_node_count -p 80 | Invalid port number '80', must be between 1024 and 65535",
                "pcp_watchdog_info -- -2 | Invalid watchdog-id '-2', must be a positive number or zero for a local watchdog node",
            })
    void wrongNumberIsAnErrorThatPgpoolsProgramsEndWell(String command, String message) {
        String expected = command.split(" ")[0] + ": " + message.replace('\'', '"') + "\n";
        assertThat(Run.of(command).result()).isEqualTo(new Run.Result(1, "", expected));
        assertThat(Run.of(command).with(PcpProgram.STATUS_VARIABLE, "pgpool").result())
                .isEqualTo(new Run.Result(0, "", expected));
    }

    @ParameterizedTest
    @EnumSource(Tool.class)
    void helpNamesTheOptionsOfTheProgramOnStandardError(Tool tool) {
        Run.Result result = Run.of(tool.program() + " --help").result();
        assertThat(result.status()).isZero();
        assertThat(result.out()).isEmpty();
        assertThat(result.err()).startsWith(tool.program() + " - ").contains("Usage:\n" + tool.program() + " [OPTION");
        for (char letter : tool.letters().replace(":", "").toCharArray()) {
            if (tool != Tool.PCP_STOP_PGPOOL || letter != 'a') {
                assertThat(result.err()).contains("  -" + letter + ", --");
            }
        }
        assertThat(Run.of(tool.program() + " -?").result()).isEqualTo(result);
    }

    @ParameterizedTest
    @ValueSource(strings = {"pcp_node_info -V", "pcp_node_info --version", "pcp_node_info -h x --vers"})
    void versionHasTheFormOfPgpools(String command) {
        Run.Result result = Run.of(command).result();
        assertThat(result.status()).isZero();
        assertThat(result.err()).matches("pcp_node_info \\(pgpool-II\\) 4\\.7\\.[0-9]+ \\(trunkline \\S+\\)\n");
    }

    @Test
    void whatIsTooMuchIsIgnoredWithAWarning() {
        Run.Result result = Run.of("pcp_attach_node 1 2 -h /nonexistent -w").result();
        assertThat(result.status()).isEqualTo(1);
        assertThat(result.err())
                .isEqualTo("pcp_attach_node: Warning: extra command-line argument \"2\" ignored\n"
                        + "ERROR: connection to socket \"/nonexistent/.s.PGSQL.9898\" failed with error"
                        + " \"No such file or directory\"\n");
    }
}
