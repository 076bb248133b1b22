package io.trunkline.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class ParameterPageTest {
    private static final String COMMAND = "mvn -pl config test -Dtest=ParameterPageTest -Dtrunkline.regenerate=true";

    @Test
    void theCommittedPageIsWhatTheTableGenerates() throws Exception {
        assertIsUpToDate(Path.of("..", "docs", "parameters.md"), ParameterPage.render(COMMAND));
    }

    @Test
    void theCommittedSampleIsWhatTheTableGenerates() throws Exception {
        assertIsUpToDate(
                Path.of("..", "cli", "src", "dist", "etc", "pgpool.conf.sample"), ParameterSample.render(COMMAND));
    }

    @Test
    void theSettingsOfTheSampleAreTheDefaults() {
        String settings = ParameterTable.all().stream()
                .map(definition -> ParameterSample.setting(definition).substring(1))
                .collect(Collectors.joining("\n"));
        ConfigReading set = Configs.read("");
        ConfigReading reading = PgpoolConfig.parse("pgpool.conf", settings + "\n" + Configs.BACKENDS);
        assertThat(Configs.messages(reading, Severity.ERROR)).isEmpty();
        assertThat(ParameterTable.all()).allSatisfy(definition -> {
            String name = ParameterSample.name(definition);
            assertThat(reading.readable().show(name))
                    .as(name)
                    .isEqualTo(set.readable().show(name));
        });
    }

    private static void assertIsUpToDate(Path file, String generated) throws IOException {
        if (Boolean.getBoolean("trunkline.regenerate")) {
            Files.createDirectories(file.getParent());
            Files.writeString(file, generated);
        }
        assertThat(file)
                .as("%s is out of date; make it again with: %s", file.getFileName(), COMMAND)
                .hasContent(generated);
    }
}
