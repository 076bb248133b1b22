package io.trunkline.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class ParameterPageTest {
    private static final String COMMAND = "mvn -pl config test -Dtest=ParameterPageTest -Dtrunkline.regenerate=true";

    @Test
    void theCommittedPageIsWhatTheTableGenerates() throws Exception {
        Path page = Path.of("..", "docs", "parameters.md");
        String generated = ParameterPage.render(COMMAND);
        if (Boolean.getBoolean("trunkline.regenerate")) {
            Files.createDirectories(page.getParent());
            Files.writeString(page, generated);
        }
        assertThat(page)
                .as("docs/parameters.md is out of date; make it again with: %s", COMMAND)
                .hasContent(generated);
    }
}
